import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { v7 as uuid } from 'uuid'
import { idPart, makeSecret, parseSecret } from '../../../../src/access/tokens/secret-text.ts'

const letters = Array.from('0123456789abcdefghjkmnpqrstvwxyz')

describe('a secret', () => {
  test('has its one form, and gives back what is kept of it', () => {
    const id = uuid()
    const { text, secretHash } = makeSecret('berth_', id)
    expect(text).toMatch(/^berth_[0-9a-hjkmnp-tv-z]{55}$/)
    const secret = text.slice(22, 54)
    expect(secretHash).toEqual(createHash('sha256').update(secret).digest())
    expect(parseSecret('berth_', text)).toEqual({ idPart: idPart(id), secretHash })
    expect(text.slice(6, 22)).toBe(idPart(id))
  })

  test('has the form that other programs know: a text made by another', () => {
    // id part, 20 bytes of secret from 00 to 13, CRC-32 of all before it.
    const text = 'berth_' + '3vas6d6rn198m58r' + '000g40r40m30e209185gr38e1w8124gk' + '3mezhsx'
    expect(idPart('00000000-0000-7000-8000-000000000000')).toBe('3vas6d6rn198m58r')
    expect(parseSecret('berth_', text)).toEqual({
      idPart: '3vas6d6rn198m58r',
      secretHash: Buffer.from('a616ff8932086f674d362317073730269f6704efb73bdad01f1c61a627d5595d', 'hex'),
    })
  })

  test('is of one kind', () => {
    const { text } = makeSecret('bticket_', uuid())
    expect(parseSecret('berth_', text)).toBeUndefined()
    // Not even with the other's prefix: the checksum is over it too.
    expect(parseSecret('berth_', text.replace('bticket_', 'berth_'))).toBeUndefined()
    expect(parseSecret('bticket_', text)).toBeDefined()
  })

  test('is always another, with all of its letters in use', () => {
    const texts = Array.from({ length: 500 }, () => makeSecret('berth_', 'the same').text.slice(22, 54))
    expect(new Set(texts).size).toBe(500)
    expect(new Set(texts.join('')).size).toBe(32)
  })

  test('with one letter changed, two swapped, or one more or less is none', () => {
    const position = fc.integer({ min: 6, max: 60 })
    fc.assert(
      fc.property(position, fc.constantFrom(...letters), (at, letter) => {
        const { text } = makeSecret('berth_', uuid())
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        expect(parseSecret('berth_', changed) === undefined).toBe(changed !== text)
        const swapped = text.slice(0, at - 1) + text[at]! + text[at - 1]! + text.slice(at + 1)
        if (at > 6) expect(parseSecret('berth_', swapped) === undefined).toBe(swapped !== text)
        expect(parseSecret('berth_', text.slice(0, at) + text.slice(at + 1))).toBeUndefined()
        expect(parseSecret('berth_', text.slice(0, at) + letter + text.slice(at))).toBeUndefined()
      }),
    )
  })

  test.each(['', 'berth_', 'x', 'BERTH_', 'berth_\n'])('%j is none', (text) =>
    expect(parseSecret('berth_', text)).toBeUndefined(),
  )
})

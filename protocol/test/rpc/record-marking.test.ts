import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/rpc/buffer-pool.ts'
import { RecordDecoder, RecordError } from '../../src/rpc/record-marking.ts'
import { hex, record, words } from './hex.ts'

const limits = { recordSizeMax: 256 * 1024, fragmentCountMax: 16, assemblyBytesMax: 1024 * 1024 }

function decoder(overrides: Partial<typeof limits> = {}) {
  const usage = { bytes: 0 }
  const pool = new BufferPool([64 * 1024, 512 * 1024], 8 * 1024 * 1024)
  return { decoder: new RecordDecoder({ ...limits, ...overrides }, pool, usage), usage, pool }
}

/** The records in `chunks`, copied. */
function decode(target: RecordDecoder, chunks: Buffer[]): Buffer[] {
  const records: Buffer[] = []
  for (const chunk of chunks) {
    target.push(chunk)
    while (target.next()) records.push(Buffer.from(target.buffer.subarray(target.start, target.end)))
  }
  return records
}

/** Cuts bytes at arbitrary places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end))
}

describe('RecordDecoder', () => {
  it('joins the fragments of a record', () => {
    const bytes = hex(`
      00000004 0a0b0c0d   # a fragment of 4 bytes, more follow
      00000000            # an empty one
      80000002 0e0f       # the last one
      80000001 10         # another record
    `)
    expect(decode(decoder().decoder, [bytes])).toEqual([hex('0a0b0c0d0e0f'), hex('10')])
  })

  it('gives a view of the chunk for a record that lies whole in it', () => {
    const { decoder: target, usage } = decoder()
    const chunk = record(hex('01020304'))
    target.push(chunk)
    expect(target.next()).toBe(true)
    expect(target.buffer).toBe(chunk)
    expect([target.start, target.end, usage.bytes]).toEqual([4, 8, 0])
  })

  it('finds the same records however the stream is cut', () => {
    const fragments = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(fragments, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (list, places) => {
          const stream = list.flatMap((parts) =>
            parts.flatMap((part, i) => [
              words((i === parts.length - 1 ? 0x8000_0000 : 0) | part.length),
              part,
            ]),
          )
          const { decoder: target, usage } = decoder()
          expect(decode(target, cut(Buffer.concat(stream), places))).toEqual(
            list.map((parts) => Buffer.concat(parts)),
          )
          expect(target.midRecord).toBe(false)
          target.dispose()
          expect(usage.bytes).toBe(0)
        },
      ),
    )
  })

  it('gives back what it keeps a chunk in as soon as its last record is used', () => {
    const { decoder: target, pool } = decoder()
    const receiveBuffer = Buffer.concat([record(Buffer.alloc(600, 1)), record(Buffer.alloc(600, 2))])
    target.push(receiveBuffer)
    expect(target.next()).toBe(true)
    target.keepChunk()
    receiveBuffer.fill(0)
    target.dropUsedChunk()
    expect(pool.bytes).toBe(0)
    expect(target.next()).toBe(true)
    expect(target.buffer.subarray(target.start, target.end)).toEqual(Buffer.alloc(600, 2))
    // Who has no time left to look for a record after the last one says so instead.
    target.dropUsedChunk()
    expect(pool.bytes).toBe(64 * 1024)
    expect(target.next()).toBe(false)
    expect(decode(target, [record(hex('05'))])).toEqual([hex('05')])
    expect(pool.bytes).toBe(64 * 1024)
  })

  it('assembles a large record in a pooled buffer, which the next one gets again', () => {
    const { decoder: target, pool } = decoder()
    const body = Buffer.alloc(200_000, 7)
    const chunks = cut(Buffer.concat([record(body), record(body)]), [65536, 131072, 250_000])
    expect(decode(target, chunks).map((bytes) => bytes.equals(body))).toEqual([true, true])
    expect(target.next()).toBe(false)
    expect(pool.bytes).toBe(512 * 1024)
  })

  it('refuses a record over the limit at its header, before anything is buffered', () => {
    const { decoder: target, usage } = decoder()
    target.push(words(0x8000_0000 | (limits.recordSizeMax + 1)))
    expect(() => target.next()).toThrow(RecordError)
    expect(usage.bytes).toBe(0)
  })

  it('refuses fragments that are too large together', () => {
    const { decoder: target } = decoder({ recordSizeMax: 10 })
    expect(() => decode(target, [words(8, 0, 0, 0x8000_0003)])).toThrow('record of 11 bytes, limit 10')
  })

  it('refuses endless empty fragments', () => {
    const empty = Buffer.alloc(4 * (limits.fragmentCountMax + 1))
    expect(() => decode(decoder().decoder, [empty])).toThrow('record of over 16 fragments')
  })

  it('refuses a record when incomplete ones hold too much', () => {
    const { decoder: target, usage } = decoder()
    usage.bytes = limits.assemblyBytesMax - 99
    expect(() => decode(target, [words(0x8000_0064)])).toThrow(RecordError)
  })

  it('survives any bytes: records, or a RecordError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const { decoder: target, usage } = decoder()
        try {
          decode(
            target,
            chunks.map((chunk) => Buffer.from(chunk)),
          )
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError)
        }
        target.dispose()
        expect(usage.bytes).toBe(0)
      }),
    )
  })
})

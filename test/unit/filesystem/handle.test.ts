import { describe, expect, it } from 'vitest'
import { Nfsstat3 } from 'nfs-server-ts'
import { HandleCodec, HandleKind, HandleVersion } from '../../../src/filesystem/handle.ts'
import { native } from '../../../src/native/index.ts'

const key = Buffer.from([...Array(16).keys()])

describe('SipHash-2-4-128', () => {
  // From the reference implementation's vectors_sip128 (github.com/veorq/SipHash): key 00…0f, input 00…n-1.
  it.each([
    [0, 'a3817f04ba25a8e66df67214c7550293'],
    [1, 'da87c1d86b99af44347659119b22fc45'],
    [2, '8177228da4a45dc7fca38bdef60affe4'],
  ])('of %i bytes is as published', (size, expected) => {
    const out = Buffer.alloc(16)
    native.siphash(key, Buffer.from([...Array(size).keys()]), 0, size, out)
    expect(out.toString('hex')).toBe(expected)
  })
})

describe('HandleCodec', () => {
  const codec = new HandleCodec(key)
  const make = (share: number): Buffer => {
    const header = codec.header(HandleVersion.KERNEL, share, 0)
    const size = codec.encode(header, HandleKind.REGULAR, 129, Buffer.from('inode+gen123'), 12)
    return Buffer.from(codec.encoded.subarray(0, size))
  }

  it('accepts what it made', () => {
    expect(() => codec.verify(make(1))).not.toThrow()
  })

  it('refuses a handle with any one bit changed', () => {
    const handle = make(1)
    for (let bit = 0; bit < handle.length * 8; bit++) {
      const altered = Buffer.from(handle)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => codec.verify(altered), `bit ${bit}`).toThrow(
        expect.objectContaining({ status: Nfsstat3.BADHANDLE }),
      )
    }
  })

  it('refuses every truncation and any extension', () => {
    const handle = make(1)
    for (let size = 0; size < handle.length; size++) {
      expect(() => codec.verify(handle.subarray(0, size)), `${size} bytes`).toThrow('BADHANDLE')
    }
    expect(() => codec.verify(Buffer.concat([handle, Buffer.alloc(4)]))).toThrow('BADHANDLE')
  })

  it('makes other handles for other shares, and refuses one put together from two', () => {
    const [one, two] = [make(1), make(2)]
    expect(one.equals(two)).toBe(false)
    expect(() => codec.verify(Buffer.concat([two.subarray(0, 12), one.subarray(12)]))).toThrow('BADHANDLE')
  })

  it('refuses the handles of another key', () => {
    expect(() => new HandleCodec(Buffer.alloc(16, 7)).verify(make(1))).toThrow('BADHANDLE')
  })

  it('takes keys of 16 bytes only', () => {
    expect(() => new HandleCodec(Buffer.alloc(15))).toThrow(RangeError)
  })
})

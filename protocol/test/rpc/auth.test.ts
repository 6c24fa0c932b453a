import { describe, expect, it } from 'vitest'
import { AuthError, AuthStat, CredentialDecoder } from '../../src/rpc/auth.ts'
import { XdrError, XdrReader } from '../../src/xdr/index.ts'
import { hex, words } from './hex.ts'

const decode = (decoder: CredentialDecoder, bytes: Buffer) => decoder.decode(new XdrReader(bytes))

/** From `showmount -e` of nfs-utils 2.6.2, run by root on a host named `vm`. */
const showmount = hex(`
  00000001 0000001c   # AUTH_SYS, 28 bytes
  6b00d192            # stamp
  00000002 766d 0000  # machine name "vm"
  00000000 00000000   # uid 0, gid 0
  00000001 00000000   # one group: 0
  00000000 00000000   # verifier: AUTH_NONE, empty
`)

/** AUTH_SYS with these groups, and a verifier. */
function authSys({ stamp = 1, uid = 1, gids = [] as number[], verifier = [0, 0] }): Buffer {
  return words(1, 20 + 4 * gids.length, stamp, 0, uid, 2, gids.length, ...gids, ...verifier)
}

function refusal(bytes: Buffer): number {
  try {
    decode(new CredentialDecoder(), bytes)
  } catch (error) {
    if (error instanceof AuthError) return error.stat
    throw error
  }
  return AuthStat.OK
}

describe('CredentialDecoder', () => {
  it('decodes what nfs-utils sends', () => {
    const credentials = decode(new CredentialDecoder(), showmount)
    expect(credentials).toEqual({ flavor: 'sys', machineName: 'vm', uid: 0, gid: 0, gids: [0] })
  })

  it('reads up to the end of the verifier', () => {
    const reader = new XdrReader(Buffer.concat([showmount, words(42)]))
    const decoder = new CredentialDecoder()
    decoder.decode(reader)
    expect(reader.uint32()).toBe(42)
    reader.reset(Buffer.concat([showmount, words(43)]))
    decoder.decode(reader) // From the cache.
    expect(reader.uint32()).toBe(43)
  })

  it('gives the same object for equal credentials, whatever their stamp, also when users take turns', () => {
    const decoder = new CredentialDecoder()
    const first = decode(decoder, authSys({ uid: 1, stamp: 1 }))
    const other = decode(decoder, authSys({ uid: 2 }))
    expect(other).not.toEqual(first)
    expect(decode(decoder, authSys({ uid: 1, stamp: 2 }))).toBe(first)
    expect(decode(decoder, authSys({ uid: 2, stamp: 3 }))).toBe(other)
  })

  it('forgets the user it has not seen for longest, and never mixes users up', () => {
    const decoder = new CredentialDecoder()
    for (let round = 0; round < 3; round++)
      for (let uid = 0; uid < 40; uid++)
        expect(decode(decoder, authSys({ uid, gids: [uid] }))).toMatchObject({ uid, gids: [uid] })
  })

  it.each([
    ['an unknown flavor', words(77, 0, 0, 0), AuthStat.REJECTEDCRED],
    ['RPCSEC_GSS', words(6, 4, 0, 0, 0), AuthStat.REJECTEDCRED],
    ['a body over 400 bytes', words(1, 404), AuthStat.BADCRED],
    ['AUTH_NONE with a body', words(0, 4, 1, 0, 0), AuthStat.BADCRED],
    ['AUTH_SYS of 0 bytes', words(1, 0, 0, 0), AuthStat.BADCRED],
    ['AUTH_SYS of 21 bytes', Buffer.concat([words(1, 21), Buffer.alloc(32)]), AuthStat.BADCRED],
    ['more groups than 16', authSys({ gids: Array.from({ length: 17 }, () => 0) }), AuthStat.BADCRED],
    ['a group count beyond the body', words(1, 20, 1, 0, 1, 2, 3, 0, 0), AuthStat.BADCRED],
    ['bytes after the groups', words(1, 24, 1, 0, 1, 2, 0, 9, 0, 0), AuthStat.BADCRED],
    [
      'a machine name over 255 bytes',
      Buffer.concat([words(1, 280, 1, 256), Buffer.alloc(280)]),
      AuthStat.BADCRED,
    ],
    ['a verifier of another flavor', authSys({ verifier: [1, 0] }), AuthStat.BADVERF],
    ['a verifier with a body', authSys({ verifier: [0, 4, 0] }), AuthStat.BADVERF],
  ])('refuses %s', (_, bytes, stat) => expect(refusal(bytes)).toBe(stat))

  it('takes 16 groups and a name of 255 bytes', () => {
    expect(refusal(authSys({ gids: Array.from({ length: 16 }, (_, i) => i) }))).toBe(AuthStat.OK)
    const name = Buffer.concat([words(1, 276, 1, 255), Buffer.alloc(256), words(1, 2, 0, 0, 0)])
    expect(refusal(name)).toBe(AuthStat.OK)
  })

  it('says XdrError for a call that ends inside its credential', () => {
    for (let end = 0; end < showmount.length; end++)
      expect(() => decode(new CredentialDecoder(), showmount.subarray(0, end))).toThrow(XdrError)
  })
})

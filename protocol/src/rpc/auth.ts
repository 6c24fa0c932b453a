import { XdrError, type XdrReader } from '../xdr/index.ts'

/** Authentication flavors, RFC 5531 §8.2 and RFC 5531 appendix A. */
export const AuthFlavor = { none: 0, sys: 1 } as const

/** Largest body of a credential or verifier, RFC 5531 §8.2. */
export const authBodySizeMax = 400
/** Most supplementary groups in AUTH_SYS, RFC 5531 appendix A. */
export const authSysGroupCountMax = 16
/** Longest machine name in AUTH_SYS, in bytes, RFC 5531 appendix A. */
export const authSysMachineNameSizeMax = 255

/** A decoded credential. It says what the client claims, no more: AUTH_SYS proves nothing. */
export type Credentials =
  | { readonly flavor: 'none' }
  | {
      readonly flavor: 'sys'
      readonly machineName: string
      readonly uid: number
      readonly gid: number
      readonly gids: readonly number[]
    }

/** auth_stat, RFC 5531 §9. */
export const AuthStat = {
  OK: 0,
  BADCRED: 1,
  REJECTEDCRED: 2,
  BADVERF: 3,
  REJECTEDVERF: 4,
  TOOWEAK: 5,
  INVALIDRESP: 6,
  FAILED: 7,
} as const
export type AuthStat = (typeof AuthStat)[keyof typeof AuthStat]

/** A credential that is refused: the call is denied with AUTH_ERROR. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly stat: AuthStat

  constructor(stat: AuthStat, message: string) {
    super(message)
    this.stat = stat
  }
}

const none: Credentials = { flavor: 'none' }

interface CachedCredentials {
  /** The body's bytes after the stamp, as words. */
  readonly words: Uint32Array
  readonly credentials: Credentials
}

/** Users of one connection that are remembered. A client with more at once decodes some of them again. */
const cachedCountMax = 8
const stampSize = 4

/**
 * Decodes the credentials of one connection. Byte-equal ones give the same object and allocate nothing: a client sends
 * the same few users in every call.
 */
export class CredentialDecoder {
  /** Most recently used first. */
  readonly #cached: CachedCredentials[] = []

  /**
   * Reads the credential and the verifier of a call, RFC 5531 §8.2.
   * Errors: AuthError for what is refused, XdrError for a call that ends inside them.
   */
  decode(reader: XdrReader): Credentials {
    const flavor = reader.uint32()
    const size = reader.uint32()
    if (size > authBodySizeMax) throw new AuthError(AuthStat.BADCRED, `credential of ${size} bytes`)
    if (size > reader.remaining) throw new XdrError('message ends inside a credential', reader.offset)
    const credentials = this.#credentials(reader, flavor, size)
    const verifierFlavor = reader.uint32()
    const verifierSize = reader.uint32()
    if (verifierFlavor !== AuthFlavor.none || verifierSize !== 0)
      throw new AuthError(AuthStat.BADVERF, `verifier of flavor ${verifierFlavor}, ${verifierSize} bytes`)
    return credentials
  }

  #credentials(reader: XdrReader, flavor: number, size: number): Credentials {
    if (flavor === AuthFlavor.none) {
      if (size !== 0) throw new AuthError(AuthStat.BADCRED, `AUTH_NONE of ${size} bytes`)
      return none
    }
    if (flavor !== AuthFlavor.sys)
      throw new AuthError(AuthStat.REJECTEDCRED, `flavor ${flavor} is not served`)
    // The smallest one: stamp, empty name, uid, gid, no groups. It is a multiple of 4 bytes, as XDR is.
    if (size < 20 || size % 4 !== 0) throw new AuthError(AuthStat.BADCRED, `AUTH_SYS of ${size} bytes`)
    const start = reader.offset
    const end = reader.end
    const cached = this.#cached
    for (let i = 0; i < cached.length; i++) {
      const entry = cached[i]!
      if (entry.words.length * 4 !== size - stampSize) continue
      reader.reset(reader.buffer, start + stampSize, end)
      if (!matches(reader, entry.words)) continue
      if (i > 0) cached.unshift(...cached.splice(i, 1))
      return entry.credentials
    }
    reader.reset(reader.buffer, start, start + size)
    const credentials = decodeAuthSys(reader)
    reader.reset(reader.buffer, start + stampSize, end)
    const words = Uint32Array.from({ length: size / 4 - 1 }, () => reader.uint32())
    if (cached.length === cachedCountMax) cached.pop()
    cached.unshift({ words, credentials })
    return credentials
  }
}

/** Whether the next words are these; then they have been read. */
function matches(reader: XdrReader, words: Uint32Array): boolean {
  for (const word of words) if (reader.uint32() !== word) return false
  return true
}

/** authsys_parms, RFC 5531 appendix A: the whole of the reader. */
function decodeAuthSys(reader: XdrReader): Credentials {
  try {
    reader.uint32() // The stamp: an arbitrary number of the client.
    const machineName = reader.opaque(authSysMachineNameSizeMax).toString('utf8')
    const uid = reader.uint32()
    const gid = reader.uint32()
    const count = reader.uint32()
    if (count > authSysGroupCountMax) throw new AuthError(AuthStat.BADCRED, `AUTH_SYS with ${count} groups`)
    const gids = Array.from({ length: count }, () => reader.uint32())
    reader.expectEnd()
    return Object.freeze({ flavor: 'sys', machineName, uid, gid, gids: Object.freeze(gids) })
  } catch (error) {
    if (error instanceof XdrError) throw new AuthError(AuthStat.BADCRED, `AUTH_SYS: ${error.message}`)
    throw error
  }
}

import type { Credentials } from 'nfs-server-ts'
import { native } from '../native/index.ts'
import { errnoName } from './errno.ts'
import type { Share } from './share.ts'

/** Who the kernel is told is asking. */
interface Identity {
  uid: number
  gid: number
  gids: readonly number[]
}

/** The uid and gid that say "leave alone" to chown and mean nobody to setfsuid: never a caller's. */
const invalidId = 0xffff_ffff

function sameGroups(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/**
 * The filesystem identity of this thread: fsuid, fsgid and supplementary groups, so that the kernel itself checks
 * permissions, sets owners and clears set-id bits. Switching costs microseconds, so it happens only on a change.
 *
 * Only one of these may exist in a thread, and nothing else in the thread may touch files: it would act as whoever
 * called last.
 */
export class ThreadIdentity {
  /** False when this process may not switch: then every caller acts as the server's own user. */
  readonly switches: boolean
  readonly #server: Identity
  #current: Identity
  #lastCredentials: Credentials | undefined
  #lastShare: Share | undefined

  constructor(switches: boolean) {
    this.switches = switches
    this.#server = { uid: process.getuid!(), gid: process.getgid!(), gids: process.getgroups!() }
    this.#current = this.#server
    this.#check(native.clearUmask(), 'have a umask of its own')
  }

  /** The effective user: 0 may do everything, and is spared permission checks. */
  get uid(): number {
    return this.#current.uid
  }

  /** Acts as the caller, as the share's squash rule maps it. */
  assume(share: Share, credentials: Credentials): void {
    if (!this.switches || (credentials === this.#lastCredentials && share === this.#lastShare)) return
    this.#switchTo(mapped(share, credentials))
    this.#lastCredentials = credentials
    this.#lastShare = share
  }

  /** Acts as the server itself. */
  assumeServer(): void {
    this.#lastCredentials = undefined
    this.#switchTo(this.#server)
  }

  /** Runs something as the server itself, then acts as the caller again. */
  asServer<T>(run: () => T): T {
    const caller = this.#current
    this.#switchTo(this.#server)
    try {
      return run()
    } finally {
      this.#switchTo(caller)
    }
  }

  /**
   * Opens by kernel handle, which needs CAP_DAC_READ_SEARCH: a thread has it only while its fsuid is the server's
   * (capabilities(7), "Effect of user ID changes on capabilities"). Group membership does not matter to it.
   */
  openByHandle(
    mountFd: number,
    type: number,
    buffer: Buffer,
    start: number,
    size: number,
    flags: number,
  ): number {
    const { uid } = this.#current
    if (uid === this.#server.uid) return native.openByHandle(mountFd, type, buffer, start, size, flags)
    this.#check(native.setfsuid(this.#server.uid), 'return to its own user')
    const fd = native.openByHandle(mountFd, type, buffer, start, size, flags)
    this.#check(native.setfsuid(uid), `act as user ${uid}`)
    return fd
  }

  #switchTo(next: Identity): void {
    const current = this.#current
    if (next === current) return
    // The groups and gid go first: changing them needs no capability that an fsuid takes away, but the order is the
    // usual one, and a failure leaves the thread with the rights of neither.
    if (!sameGroups(next.gids, current.gids)) {
      const groups = Uint32Array.from(next.gids)
      this.#check(native.setgroups(Buffer.from(groups.buffer)), 'set supplementary groups')
    }
    if (next.gid !== current.gid) this.#check(native.setfsgid(next.gid), `act as group ${next.gid}`)
    if (next.uid !== current.uid) this.#check(native.setfsuid(next.uid), `act as user ${next.uid}`)
    this.#current = next
  }

  // A half-switched thread must not serve another call with the wrong rights.
  #check(result: number, what: string): void {
    if (result < 0) throw new FatalIdentityError(`the serving thread cannot ${what}: ${errnoName(result)}`)
  }
}

/** The thread's identity is not what it should be: the lane must end rather than act for the wrong user. */
export class FatalIdentityError extends Error {
  override readonly name = 'FatalIdentityError'
}

function mapped(share: Share, credentials: Credentials): Identity {
  const { squash, anonymousUid, anonymousGid } = share.definition
  if (credentials.flavor === 'none' || squash === 'all')
    return { uid: anonymousUid, gid: anonymousGid, gids: [] }
  const squashed = squash === 'root'
  const map = (id: number, to: number): number => ((squashed && id === 0) || id === invalidId ? to : id)
  return {
    uid: map(credentials.uid, anonymousUid),
    gid: map(credentials.gid, anonymousGid),
    gids: credentials.gids.map((gid) => map(gid, anonymousGid)),
  }
}

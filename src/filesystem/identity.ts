import { Nfsstat3, NfsError, type Credentials } from 'nfs-server-ts'
import { native } from '../native/index.ts'
import { errnoName } from './errno.ts'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'

/** Who the kernel is told is asking. */
interface Identity {
  uid: number
  gid: number
  gids: readonly number[]
}

/** The uid and gid that say "leave alone" to chown and mean nobody to setfsuid: never a caller's. */
const invalidId = 0xffff_ffff

/** Some id that is not root's, for a try at start: even a small user namespace has it. */
const otherId = 1

function setGroups(gids: readonly number[]): number {
  return native.setgroups(Buffer.from(Uint32Array.from(gids).buffer))
}

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
  #lastRule: IdentityRule | undefined

  /** @throws Error when the process is to switch and may not. */
  constructor(switches: boolean) {
    this.switches = switches
    this.#server = { uid: process.getuid!(), gid: process.getgid!(), gids: process.getgroups!() }
    this.#current = this.#server
    this.#check(native.clearUmask(), 'have a umask of its own')
    // Threads begin with the identity of the one that starts them: the pool must not begin while this one is a caller.
    native.startSync(-1, 0, () => {})
    if (!switches) return
    const result = this.#trySwitchTo({ uid: otherId, gid: otherId, gids: [] })
    this.#returnToServer()
    if (result < 0)
      throw new Error(
        'started as root without the right to act as other users: grant CAP_SETUID and CAP_SETGID, or start as a plain user, as whom all callers then act',
      )
  }

  /** The effective user: 0 may do everything, and is spared permission checks. */
  get uid(): number {
    return this.#current.uid
  }

  get gid(): number {
    return this.#current.gid
  }

  /** Acts as the caller, as the grant's rule maps it; @throws NfsError ACCES when the kernel knows no such user. */
  assume(rule: IdentityRule, credentials: Credentials): void {
    if (!this.switches || (credentials === this.#lastCredentials && rule === this.#lastRule)) return
    this.#lastCredentials = undefined
    this.#switchTo(mapped(rule, credentials))
    this.#lastCredentials = credentials
    this.#lastRule = rule
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
    if (next === this.#current || this.#trySwitchTo(next) === 0) return
    // In a user namespace a client may name a user or group that is not mapped: its call alone is refused.
    this.#returnToServer()
    throw new NfsError(Nfsstat3.ACCES)
  }

  /** 0 or a negative errno: then the thread is neither who it was nor `next`. */
  #trySwitchTo(next: Identity): number {
    const current = this.#current
    // The groups and gid go first: changing them needs no capability that an fsuid takes away, but the order is the
    // usual one, and a failure leaves the thread with the rights of neither.
    const result =
      (sameGroups(next.gids, current.gids) ? 0 : setGroups(next.gids)) ||
      (next.gid === current.gid ? 0 : native.setfsgid(next.gid)) ||
      (next.uid === current.uid ? 0 : native.setfsuid(next.uid))
    if (result === 0) this.#current = next
    return result
  }

  /** From whatever a failed switch has left. */
  #returnToServer(): void {
    const { uid, gid, gids } = this.#server
    this.#check(setGroups(gids) || native.setfsgid(gid) || native.setfsuid(uid), 'return to its own user')
    this.#current = this.#server
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

function mapped({ squash, uid, gid, gids }: IdentityRule, credentials: Credentials): Identity {
  if (squash === 'all') return { uid, gid, gids }
  if (credentials.flavor === 'none') return { uid, gid, gids: [] }
  const squashed = squash === 'root'
  const map = (id: number, to: number): number => ((squashed && id === 0) || id === invalidId ? to : id)
  return {
    uid: map(credentials.uid, uid),
    gid: map(credentials.gid, gid),
    gids: credentials.gids.map((group) => map(group, gid)),
  }
}

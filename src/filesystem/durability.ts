import { WriteVerifier } from '../shared-memory/write-verifier.ts'
import type { Disk } from './disk.ts'

/** What is to reach the disk: the file with its attributes, or what is needed to read its data back. */
export const SyncKind = { FILE: 0, DATA: 1, FILESYSTEM: 2 } as const
export type SyncKind = (typeof SyncKind)[keyof typeof SyncKind]

/** What can be synced: a descriptor that can be kept open meanwhile, and the disk that it is on. */
export interface Syncable {
  readonly fd: number
  readonly disk: Disk
  pin(): void
  unpin(): void
}

type Waiter = (result: number) => void

/** The syncs of one descriptor: those that wait for the one running to end share the next. */
interface Queue {
  waiting: Waiter[]
  kind: SyncKind
}

function stronger(a: SyncKind, b: SyncKind): SyncKind {
  if (a === SyncKind.FILESYSTEM || b === SyncKind.FILESYSTEM) return SyncKind.FILESYSTEM
  return a === SyncKind.FILE ? a : b
}

/**
 * Syncs on the threads of each disk, shared by all who wait for one of the same descriptor. A sync never starts in the middle
 * of a batch of calls: the next tick comes after the batch, so that all its CREATEs in one directory are one log force.
 *
 * A failed sync means that data once acknowledged as unstable may be lost, and that the kernel will not say so again:
 * the write verifier changes, so that clients send their uncommitted data anew (RFC 1813 §3.3.21).
 */
export class Durability {
  readonly #verifier: WriteVerifier
  readonly #queues = new Map<Syncable, Queue>()
  readonly #onFailure: (result: number) => void
  /** Written to since their last sync began. */
  readonly #unsynced = new Set<Syncable>()
  #failures = 0
  #idle: { readonly disk: Disk | undefined; resolve(): void }[] = []

  /** `verifier`: of all lanes together. */
  constructor(onFailure: (result: number) => void, verifier = WriteVerifier.create()) {
    this.#onFailure = onFailure
    this.#verifier = verifier
  }

  /**
   * The write verifier: 8 bytes, another one after a restart or a failed sync. A WRITE asks before it writes, a COMMIT
   * after it has synced: what another lane has lost meanwhile shows in both.
   */
  get verifier(): Buffer {
    return this.#verifier.bytes
  }

  get failures(): number {
    return this.#failures
  }

  /** Says that `target` has data that is promised to nobody yet. */
  wrote(target: Syncable): void {
    this.#unsynced.add(target)
  }

  /**
   * Must be told before a descriptor is closed. The kernel reports a failed write-back to descriptors that were open at
   * the time, and forgets it with the inode: without one, a later COMMIT would know nothing of the loss.
   */
  part(target: Syncable): void {
    if (this.#unsynced.has(target)) void this.sync(target, SyncKind.DATA)
  }

  /** Whether a descriptor is better kept open, as its disk has more to bring in safety already than it keeps up with. */
  mustStay(target: Syncable): boolean {
    return target.disk.isBehind && this.#unsynced.has(target)
  }

  /** What was written to `target` need not last: its file is gone. */
  forget(target: Syncable): void {
    this.#unsynced.delete(target)
  }

  /** Resolves with 0 when what was written before this call is on disk, or with a negative errno. Never rejects. */
  sync(target: Syncable, kind: SyncKind): Promise<number> {
    return new Promise((resolve) => {
      const queue = this.#queues.get(target)
      if (queue !== undefined) {
        // FILE covers DATA; a share's root is the only target of FILESYSTEM, which covers both.
        queue.kind = queue.waiting.length === 0 ? kind : stronger(kind, queue.kind)
        queue.waiting.push(resolve)
        return
      }
      this.#queues.set(target, { waiting: [resolve], kind })
      target.pin()
      process.nextTick(() => this.#start(target))
    })
  }

  /** As {@link sync}, of each file of those meant that has data promised to nobody yet, or is being synced. */
  async syncWritten(isMeant: (target: Syncable) => boolean): Promise<number> {
    const targets = new Set([...this.#unsynced, ...this.#queues.keys()].filter(isMeant))
    const results = await Promise.all([...targets].map((target) => this.sync(target, SyncKind.FILE)))
    return results.find((result) => result < 0) ?? 0
  }

  /** Resolves when no sync of a disk, or of any, is running or waiting. */
  settled(disk?: Disk): Promise<void> {
    if (!this.#isBusy(disk)) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push({ disk, resolve }))
  }

  #start(target: Syncable): void {
    const queue = this.#queues.get(target)!
    const { waiting } = queue
    queue.waiting = []
    this.#unsynced.delete(target)
    target.disk.sync(target.fd, queue.kind, (result) => {
      // The verifier changes before anyone is told: whoever asks next must not see the old one.
      if (result < 0) this.#fail(result)
      for (const resolve of waiting) resolve(result)
      if (queue.waiting.length > 0) {
        this.#start(target)
        return
      }
      this.#queues.delete(target)
      target.unpin()
      if (this.#idle.length > 0) this.#tellIdle()
    })
  }

  #isBusy(disk: Disk | undefined): boolean {
    if (disk === undefined) return this.#queues.size > 0
    for (const target of this.#queues.keys()) if (target.disk === disk) return true
    return false
  }

  #tellIdle(): void {
    const idle = this.#idle.filter(({ disk }) => !this.#isBusy(disk))
    this.#idle = this.#idle.filter((waiter) => !idle.includes(waiter))
    for (const { resolve } of idle) resolve()
  }

  #fail(result: number): void {
    this.#failures++
    this.#verifier.change()
    this.#onFailure(result)
  }
}

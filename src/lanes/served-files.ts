import { NfsError, Nfsstat3, type DirOpArgs3, type MaybePromise, type Nfs3Caller } from 'nfs-server-ts'
import { joinedChanges, type LinuxBackend, type ShareDefinition } from '../filesystem/index.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { Arrival } from './folder-backend.ts'
import { shareIn } from './holding-backend.ts'
import type { Holds } from './holds.ts'
import type { Order, OrderResults, Place } from './messages.ts'
import type { NotedChanges } from './slow/messages.ts'
import type { SlowStores } from './slow/slow-stores.ts'

/** How long is waited at the end for remote stores, in ms: as for local disks. */
const closeTimeoutMs = 3000

/** All that a lane serves: the shares whose files it touches itself, and those of remote stores, which threads of theirs do. */
export class ServedFiles {
  readonly #local: LinuxBackend
  readonly #slow: SlowStores
  readonly #onLog: (event: LogEvent) => void

  constructor(local: LinuxBackend, slow: SlowStores, onLog: (event: LogEvent) => void) {
    this.#local = local
    this.#slow = slow
    this.#onLog = onLog
  }

  /** As {@link LinuxBackend.openShare}; one of a remote store is opened by its threads, later. */
  openShare(share: ShareDefinition): string | undefined {
    return this.#slow.take(share) ? undefined : this.#local.openShare(share)
  }

  async closeShare(shareId: number): Promise<void> {
    await Promise.all([this.#slow.drop(shareId), this.#local.closeShare(shareId)])
  }

  /** The root of a share that the control plane lets a client go to. @throws NfsError */
  arrive(caller: Nfs3Caller, { share, grant }: Place & { kind: 'share' }): MaybePromise<Arrival> {
    try {
      this.openShare(share)
    } catch (error) {
      this.#onLog({ level: 'error', message: (error as Error).message, fields: {} })
      throw new NfsError(Nfsstat3.IO, { cause: error })
    }
    return this.#slow.has(share.id)
      ? this.#slow.root(share.id, grant, caller)
      : this.#local.root(share.id, grant)
  }

  /** What a name in a directory of a share leads to. @throws NfsError */
  async enter(caller: Nfs3Caller, what: DirOpArgs3): Promise<Arrival> {
    const shareId = shareIn(what.dir)
    if (this.#slow.has(shareId)) return this.#slow.enter(shareId, caller, what)
    const found = await this.#local.lookup(caller, what)
    if (found.status !== Nfsstat3.OK) throw new NfsError(found.status)
    return { object: found.object, attributes: found.attributes }
  }

  /** Brings to the disk what was written to a share: 0 or a negative errno. */
  async sync(shareId: number): Promise<number> {
    const results = await Promise.all([this.#local.sync(shareId), this.#slow.sync(shareId)])
    return results.find((result) => result < 0) ?? 0
  }

  /** As {@link sync}, of a share whose calls wait: what can be put off is left to {@link settle}. */
  async syncHeld(shareId: number): Promise<number> {
    const results = await Promise.all([this.#local.syncHeld(shareId), this.#slow.sync(shareId)])
    return results.find((result) => result < 0) ?? 0
  }

  /** Of a remote store nothing is put off. */
  settle(shareId: number): Promise<number> {
    return this.#local.settle(shareId)
  }

  /** Tells what has changed in shares so far, and answers what was noted of it. */
  async tellChanges(shareIds: readonly number[]): Promise<NotedChanges> {
    const slow = await this.#slow.tellChanges(shareIds)
    this.#local.tellChanges(shareIds)
    return new Map(
      shareIds.map((id) => [
        id,
        joinedChanges([
          this.#local.changesOf(id),
          ...slow.filter((noted) => noted.has(id)).map((noted) => noted.get(id)),
        ]),
      ]),
    )
  }

  async carryOut(order: Order, holds: Holds): Promise<OrderResults[Order['kind']]> {
    switch (order.kind) {
      case 'watch': {
        await this.#slow.watch(order.shareId)
        this.#local.watch(order.shareId)
        return undefined
      }
      case 'unwatch': {
        this.#local.unwatch(order.shareId)
        // Nobody need wait for a store that does not answer.
        void this.#slow.unwatch(order.shareId)
        return undefined
      }
      case 'take-changes': {
        const slow = await this.#slow.takeChanges(order.shareId)
        return joinedChanges([this.#local.takeChanges(order.shareId), ...slow])
      }
      case 'begin-journal': {
        await this.#slow.beginJournal(order.shareId)
        this.#local.beginJournal(order.shareId)
        return undefined
      }
      case 'end-journal': {
        this.#local.endJournal(order.shareId)
        void this.#slow.endJournal(order.shareId)
        return undefined
      }
      case 'sync':
        return holds.sync(order.shareIds)
      case 'settle':
        return holds.settle(order.shareIds)
      case 'hold':
        return holds.hold(order.shareIds)
      case 'seal':
        return holds.seal(order.shareIds)
      case 'move':
        return this.#move(order.share).then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        )
      case 'release':
        return holds.release(order.shareIds)
    }
  }

  /** Brings everything to the disk and lets go of all files; says what does not answer. Answers whether all did. */
  async close(): Promise<boolean> {
    const [silent] = await Promise.all([this.#slow.close(closeTimeoutMs), this.#local.close()])
    for (const store of silent)
      this.#onLog({
        level: 'error',
        message: `store ${store} does not answer: it is left as it is, and what was written to it last may be lost`,
        fields: { store },
      })
    return silent.length === 0
  }

  /** A share whose calls wait has been moved: all that was written to it is on the disk. */
  async #move(share: ShareDefinition): Promise<void> {
    const isFromSlow = this.#slow.has(share.id)
    if (isFromSlow) await this.#slow.drop(share.id)
    else if (share.remote === true) await this.#local.closeShare(share.id)
    if (isFromSlow || share.remote === true) this.openShare(share)
    else await this.#local.moveShare(share)
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { RemovedObject } from '../shared-memory/removed-objects.ts'
import { isSnapshotNumber } from '../shared-memory/share-number.ts'
import type { ShareSlot, ShareTable } from '../shared-memory/share-table.ts'
import type { ChangeJournal } from './change-journal.ts'
import type { ChangeList } from './change-list.ts'
import { ChangeNotes } from './change-notes.ts'
import { type Disk, Disks } from './disk.ts'
import { SyncKind } from './durability.ts'
import type { Engine } from './engine.ts'
import type { GoneSnapshots } from './gone-snapshots.ts'
import type { GrantedShares } from './granted-share.ts'
import { Descriptor } from './inode.ts'
import { InodeIndex } from './inode-index.ts'
import { KernelLocator, MovedLocator, type ObjectLocator } from './object-locator.ts'
import { MoveMap } from './move-map.ts'
import { ServedShare } from './served-share.ts'
import type { FilesystemLanes } from './lanes.ts'
import { Share, type ShareDefinition } from './share.ts'
import { ShareChanges } from './share-changes.ts'

/** Snapshots that are open at once: each has two descriptors. The one not used for longest makes room. */
export const openSnapshotCountMax = 512
/** How long what was open of a share that was moved away stays so, in ms. */
const leaveAfterMs = 5000
/** Seconds without a call after which a snapshot is closed; its handles open it again. */
const snapshotIdleSeconds = 600

export interface OpenSharesOptions {
  readonly shareTable: ShareTable
  readonly lane: number
  readonly stateDirectory: string
  readonly lanes?: FilesystemLanes
  onWarning(message: string, error?: unknown): void
}

/** Shares and snapshots as they are opened, watched, brought to the disk and closed. */
export class OpenShares {
  readonly #options: OpenSharesOptions
  readonly #engine: Engine
  readonly #shares: GrantedShares
  readonly #gone: GoneSnapshots
  /** Of shares that were moved: calls that wait for a disk may end there still. */
  readonly #leaving = new Set<ServedShare>()
  /** Of shares that somebody watches, open or not. */
  readonly #notes = new Map<number, ChangeNotes>()
  readonly #journal: ChangeJournal
  readonly #disks: Disks

  constructor(
    options: OpenSharesOptions,
    engine: Engine,
    shares: GrantedShares,
    gone: GoneSnapshots,
    journal: ChangeJournal,
  ) {
    this.#options = options
    this.#disks = new Disks(options.lanes?.verifier.failureCount)
    this.#engine = engine
    this.#shares = shares
    this.#gone = gone
    this.#journal = journal
  }

  /**
   * Opens a share, unless it is open: its handles mean something from here on. Answers what it may not do, as a
   * sentence. @throws Error naming the share and directory that cannot be served.
   */
  open(definition: ShareDefinition): string | undefined {
    if (this.#shares.get(definition.id) !== undefined) return undefined
    if (definition.snapshotOf !== undefined) this.#makeRoom()
    const served = this.#serve(definition)
    this.#shares.add(served)
    const isIndexed = served.locator instanceof InodeIndex && definition.handles !== 'index'
    return isIndexed ? `${definition.path}: ${InodeIndex.reason}` : undefined
  }

  /**
   * Serves a share from where it was moved to. All that was written to it is on the disk, and its changing calls wait:
   * clients see no moment between the two. @throws Error when it cannot be served there; then it is served no more.
   */
  async move(definition: ShareDefinition): Promise<void> {
    const former = this.#shares.get(definition.id)
    try {
      const served = this.#serve(definition)
      this.#shares.delete(definition.id)
      this.#shares.add(served)
    } catch (error) {
      this.#shares.delete(definition.id)
      throw error
    } finally {
      if (former !== undefined) {
        // All of it is on the disk: no file need be synced before it is closed.
        for (const first of former.openByInode.values())
          for (let at: Descriptor | undefined = first; at !== undefined; at = at.twin)
            this.#engine.durability.forget(at)
        this.#closeFiles(former)
        this.#leaving.add(former)
        setTimeout(() => this.#leave(former), leaveAfterMs).unref()
      }
    }
    this.#engine.files.beginCall()
    if (former !== undefined) await this.#engine.durability.settled(former.disk)
  }

  #leave(served: ServedShare): void {
    if (this.#leaving.delete(served)) this.#close(served)
  }

  #close(served: ServedShare): void {
    served.close()
    this.#disks.give(served.disk)
  }

  #serve(definition: ShareDefinition): ServedShare {
    const { shareTable, lane, stateDirectory, onWarning } = this.#options
    const { identity } = this.#engine
    return identity.asServer(() => {
      const share = new Share(definition)
      const state = shareTable.slot(definition.snapshotOf?.share ?? share.id, lane)
      const moved = openMoveMap(share)
      const doLast = definition.handles !== 'index' && definition.snapshotOf?.inodeHighMask === undefined
      const byKernel = doLast && KernelLocator.works(share, identity)
      if (moved !== undefined && !byKernel) throw unusableMap(share, moved)
      const locator = moved
        ? new MovedLocator(share, identity, moved)
        : byKernel
          ? new KernelLocator(share, identity)
          : InodeIndex.open(share, identity, stateDirectory, (message, error) =>
              onWarning(`${definition.path}: ${message}`, error),
            )
      const served = openServed(share, locator, state, this.#disks, moved)
      this.#connect(served)
      served.usedAt = this.#engine.seconds
      return served
    })
  }

  /**
   * Lets go of a share that is no more and its open files, once what was written to it is on disk. Of a snapshot, open
   * or not, handles are stale from now on.
   */
  async close(shareId: number): Promise<void> {
    if (isSnapshotNumber(shareId)) this.#gone.add(shareId)
    await this.#letGo(shareId)
    if (isSnapshotNumber(shareId))
      InodeIndex.remove(shareId, this.#engine.identity, this.#options.stateDirectory)
  }

  async #letGo(shareId: number): Promise<void> {
    const served = this.#shares.get(shareId)
    if (served === undefined) return
    this.#shares.delete(shareId)
    const { durability, files } = this.#engine
    await durability.settled(served.disk)
    this.#closeFiles(served)
    files.beginCall()
    await durability.settled(served.disk)
    if (!served.isSnapshot) await this.#sync(served)
    this.#close(served)
  }

  /** Begins to note what changes in a share, from nothing. */
  watch(shareId: number): void {
    this.#notes.set(shareId, new ChangeNotes())
    this.#connect(this.#shares.get(shareId))
  }

  unwatch(shareId: number): void {
    this.#notes.delete(shareId)
    this.#connect(this.#shares.get(shareId))
  }

  /** Begins to tell what changes in a share, open or not. */
  beginJournal(shareId: number): void {
    this.#journal.begin(shareId)
    this.#connect(this.#shares.get(shareId))
  }

  endJournal(shareId: number): void {
    this.#journal.end(shareId)
    this.#connect(this.#shares.get(shareId))
  }

  /** As {@link changesOf}, and notes from nothing again: no change is in neither. */
  takeChanges(shareId: number): ChangeList | undefined {
    const changes = this.changesOf(shareId)
    this.watch(shareId)
    return changes
  }

  /** What has changed since a share is watched; undefined: more than is noted, or it is not watched. */
  changesOf(shareId: number): ChangeList | undefined {
    return this.#notes.get(shareId)?.list
  }

  /** Brings to the disk what was written to a share: 0 or a negative errno. */
  sync(shareId: number): Promise<number> {
    const served = this.#shares.get(shareId)
    return served === undefined ? Promise.resolve(0) : this.#sync(served)
  }

  /**
   * As {@link sync}, while calls wait for a cut. What a filesystem in user space has not brought to the disk yet, it shows all
   * the same to who copies it, and CephFS keeps in a snapshot: nobody has to wait for that.
   */
  syncHeld(shareId: number): Promise<number> {
    const served = this.#shares.get(shareId)
    return served?.share.syncsWhole === true ? this.#sync(served) : Promise.resolve(0)
  }

  /** What {@link syncHeld} has put off. */
  settle(shareId: number): Promise<number> {
    const served = this.#shares.get(shareId)
    return served?.share.syncsWhole === false ? this.#sync(served) : Promise.resolve(0)
  }

  /** Where that says nothing of the whole filesystem, of each file that is not on the disk yet. */
  #sync(served: ServedShare): Promise<number> {
    const { durability } = this.#engine
    if (served.share.syncsWhole) return durability.sync(served.root, SyncKind.FILESYSTEM)
    return durability.syncWritten((target) => target instanceof Descriptor && target.inode.served === served)
  }

  /** Lets go of files that other lanes have removed; undefined: of any that are gone. */
  closeRemoved(removed: readonly RemovedObject[] | undefined): void {
    const { files } = this.#engine
    const chains = removed
      ? removed.map(({ share, inode }) => this.#shares.get(share)?.openByInode.get(inode))
      : [...this.#shares.served()].flatMap(({ openByInode }) => [...openByInode.values()])
    for (const first of chains) if (first !== undefined) files.closeGone(first)
    files.beginCall()
  }

  /** Lets go of what nobody has used for long: grants that have ended, snapshots. */
  sweep(): void {
    this.#shares.sweep()
    const idleSince = this.#engine.seconds - snapshotIdleSeconds
    for (const served of [...this.#shares.served()])
      if (served.isSnapshot && served.usedAt < idleSince) this.#closeSnapshot(served)
  }

  /** Brings all to the disk and closes all. Answers the disks that have not answered within `timeoutMs`, as they are called. */
  async closeAll(timeoutMs: number): Promise<string[]> {
    const { durability, files, identity } = this.#engine
    identity.assumeServer()
    files.closeAll()
    const shares = [...this.#shares.served()].filter(({ isSnapshot }) => !isSnapshot)
    const synced = shares.map((served) => this.#sync(served))
    await Promise.race([
      Promise.all([...synced, durability.settled()]),
      delay(timeoutMs, undefined, { ref: false }),
    ])
    const waiting = this.#disks.waiting().map(({ name }) => name)
    for (const served of this.#shares.served()) this.#close(served)
    for (const served of this.#leaving) this.#leave(served)
    return waiting
  }

  /** Tells a share, if it is open, who wants to know of its changes. */
  #connect(served: ServedShare | undefined): void {
    if (served === undefined || served.isSnapshot) return
    const { share } = served
    const [notes, journal] = [this.#notes.get(share.id), this.#journal.of(share.id)]
    const isWanted = notes !== undefined || journal !== undefined
    served.changes = isWanted ? new ShareChanges(share, notes, journal) : undefined
  }

  #makeRoom(): void {
    let count = 0
    let oldest: ServedShare | undefined
    for (const served of this.#shares.served()) {
      if (!served.isSnapshot) continue
      count++
      if (oldest === undefined || served.usedAt < oldest.usedAt) oldest = served
    }
    if (count >= openSnapshotCountMax && oldest !== undefined) this.#closeSnapshot(oldest)
  }

  /** Nothing was ever written to it: nothing is waited for but reads under way, which keep their files open. */
  #closeSnapshot(served: ServedShare): void {
    this.#shares.delete(served.share.id)
    this.#closeFiles(served)
    this.#close(served)
  }

  #closeFiles(served: ServedShare): void {
    const { files, identity } = this.#engine
    identity.assumeServer()
    for (const descriptor of [...served.openByInode.values()]) files.closeAllOf(descriptor)
  }
}

/** The map of a share that was moved. Without it no handle of a client may be believed. */
function openMoveMap(share: Share): MoveMap | undefined {
  const { path, moveMap } = share.definition
  if (moveMap === undefined) return undefined
  try {
    return MoveMap.open(moveMap)
  } catch (error) {
    share.close()
    throw new Error(`share ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** Closes both. */
function unusableMap(share: Share, moved: MoveMap): Error {
  moved.close()
  share.close()
  return new Error(
    `share ${share.definition.path}: it was moved, and the handles that clients have of it can be opened only by root, or with CAP_DAC_READ_SEARCH`,
  )
}

/** Opens a share's inode map and the like; a failure closes what was opened before. */
function openServed(
  share: Share,
  locator: ObjectLocator,
  state: ShareSlot,
  disks: Disks,
  moved: MoveMap | undefined,
): ServedShare {
  let disk: Disk | undefined
  try {
    disk = disks.take(share.diskName)
    return new ServedShare(share, locator, state, disk, moved)
  } catch (error) {
    if (disk !== undefined) disks.give(disk)
    moved?.close()
    locator.close()
    share.close()
    throw error
  }
}

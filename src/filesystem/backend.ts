import {
  Nfsstat3,
  NfsError,
  NfsPutOff,
  type CreateHow3,
  type DirOpArgs3,
  type EntriesTarget,
  type Fattr3,
  type MknodData3,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfstime3,
  type Readdir3Args,
  type ReadTarget,
  type Sattr3,
  type StableHow,
} from 'nfs-server-ts'
import { native } from '../native/index.ts'
import type { GrantTable } from '../shared-memory/grant-table.ts'
import { isSnapshotNumber } from '../shared-memory/share-number.ts'
import type { ShareTable } from '../shared-memory/share-table.ts'
import { FileOperation } from '../audit/event.ts'
import { AuditTrail, type AuditSink } from './audit-trail.ts'
import type { ChangeList } from './change-list.ts'
import type { FilesystemLanes } from './lanes.ts'
import { ChangeJournal } from './change-journal.ts'
import { Durability } from './durability.ts'
import { Engine, itself, Slot } from './engine.ts'
import { errnoName } from './errno.ts'
import { FileOperations } from './file-operations.ts'
import { GrantedShares } from './granted-share.ts'
import { GoneSnapshots } from './gone-snapshots.ts'
import { HandleCodec } from './handle.ts'
import { ThreadIdentity } from './identity.ts'
import { InodeTable } from './inode-table.ts'
import { KnownInodes } from './known-inodes.ts'
import { LookupOperations } from './lookup-operations.ts'
import { NameOperations } from './name-operations.ts'
import { ObjectOperations } from './object-operations.ts'
import { OpenFiles } from './open-files.ts'
import { openFileCountPossible } from './system-check.ts'
import { type ShareDefinition } from './share.ts'
import { OpenShares } from './open-shares.ts'

/** Descriptors unused for one to two of these are closed: a file removed on the host then gives its space back. */
const sweepIntervalMs = 30_000
/** How often is looked for files that other lanes have removed: so long a file that is open here keeps its space. */
const removedIntervalMs = 250
/** How long is waited at the end for what was written to be on the disk: supervisors do not wait for ever. */
const closeTimeoutMs = 3000

export interface FilesystemOptions {
  /** The living grants, and how shares stand. */
  readonly grants: GrantTable
  readonly shareTable: ShareTable
  /** Which of the threads that share the tables this is, counted from 0. */
  readonly lane: number
  /** What this one and the others tell each other; undefined where there are no others. */
  readonly lanes?: FilesystemLanes
  /** 16 secret bytes: whoever has them can make file handles. */
  readonly handleKey: Buffer
  /** A directory for what must survive a restart: the index of shares whose filesystem makes no usable handles. */
  readonly stateDirectory: string
  /** Most descriptors kept open, by all lanes together. */
  readonly openFileCountMax: number
  /** Most handles whose inode numbers are remembered, by all lanes together; of a lane rounded up to a power of two. */
  readonly inodeCountMax: number
  /**
   * A handle of a share has come that is not open here and may exist. Who is asked opens it, or says that it is gone. The call
   * is run again when what it answers resolves; without an answer, its client is told to try again later.
   */
  onClosedShare(shareId: number): Promise<void> | undefined
  /** Where file operations are told of shares that want it. */
  readonly audit?: AuditSink
  /** Entries of journal-entries.ts about shares of which a journal is kept; the bytes are the receiver's. */
  onChanges?(entries: Uint8Array): void
  /** Something the operator should know: a failed sync. */
  onWarning(message: string, error?: unknown): void
}

/** How full the caches are, and how often syncs have failed. */
export interface FilesystemStatistics {
  openFileCount: number
  inodeCount: number
  syncFailureCount: number
}

/** The root of a share under a grant, by their numbers. */
export interface ShareRoot {
  readonly share: number
  readonly grant: number
}

interface Parts {
  readonly engine: Engine
  readonly shares: GrantedShares
  readonly open: OpenShares
  readonly journal: ChangeJournal
}

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/**
 * Serves directories of a Linux machine over NFS version 3. Calls run synchronously on this thread, as the caller; what
 * waits for a disk answers later. One thread has at most one of these, and does nothing else with files.
 */
export class LinuxBackend implements Nfs3Backend {
  /** What it may not do here, a sentence each. */
  readonly restrictions: readonly string[]
  readonly #shares: GrantedShares
  readonly #open: OpenShares
  readonly #journal: ChangeJournal
  readonly #engine: Engine
  readonly #objects: ObjectOperations
  readonly #files: FileOperations
  readonly #lookups: LookupOperations
  readonly #names: NameOperations
  readonly #trail: AuditTrail | undefined
  readonly #sweepers: readonly NodeJS.Timeout[]
  readonly #warn: (message: string) => void

  private constructor(
    options: FilesystemOptions,
    { engine, shares, open, journal }: Parts,
    restrictions: readonly string[],
  ) {
    this.#engine = engine
    this.#shares = shares
    this.#open = open
    this.#journal = journal
    this.restrictions = restrictions
    this.#warn = (message) => options.onWarning(message)
    this.#objects = new ObjectOperations(engine)
    this.#files = new FileOperations(engine)
    this.#lookups = new LookupOperations(engine)
    this.#names = new NameOperations(engine, this.#objects, this.#lookups)
    this.#trail = options.audit && new AuditTrail(engine, options.audit)
    const removed = options.lanes?.removed
    this.#sweepers = [
      setInterval(() => this.#sweep(), sweepIntervalMs).unref(),
      ...(removed
        ? [setInterval(() => this.#open.closeRemoved(removed.take()), removedIntervalMs).unref()]
        : []),
    ]
  }

  /** A backend without shares; @throws Error when this process cannot serve files at all. */
  static open(options: FilesystemOptions): LinuxBackend {
    const codec = new HandleCodec(options.handleKey)
    const identity = new ThreadIdentity(process.getuid!() === 0)
    const helper = native.startHelper()
    if (helper < 0) throw new Error(`cannot start a thread: ${errnoName(helper)}`)
    const restrictions = identity.switches
      ? []
      : [`Not started as root: every caller acts as user ${process.getuid!()}.`]
    const { lanes } = options
    const durability = new Durability(
      (result) =>
        options.onWarning(
          `a sync failed with ${errnoName(result)}: clients are told to send unstable data again`,
        ),
      lanes?.verifier,
    )
    const gone = new GoneSnapshots()
    const shares = new GrantedShares(options.grants, codec, (shareId) => {
      const mayBe = isSnapshotNumber(shareId) ? !gone.has(shareId) : options.shareTable.has(shareId)
      if (!mayBe) return new NfsError(Nfsstat3.STALE)
      const opened = options.onClosedShare(shareId)
      return opened === undefined ? new NfsError(Nfsstat3.JUKEBOX) : new NfsPutOff(opened)
    })
    const inodes = new InodeTable(shares, codec)
    const { laneCount } = options.shareTable
    const known = new KnownInodes(options.inodeCountMax / laneCount)
    const openFileCountMax = Math.min(options.openFileCountMax, openFileCountPossible())
    if (openFileCountMax < options.openFileCountMax)
      restrictions.push(
        `At most ${openFileCountMax} files are kept open, not ${options.openFileCountMax}: the process may have no more descriptors (ulimit -n).`,
      )
    const files = new OpenFiles(inodes, durability, Math.ceil(openFileCountMax / laneCount))
    const engine = new Engine(codec, inodes, known, files, identity, durability, lanes?.removed)
    const journal = new ChangeJournal(identity, (entries) => options.onChanges?.(entries), lanes?.renames)
    const open = new OpenShares(options, engine, shares, gone, journal)
    return new LinuxBackend(options, { engine, shares, open, journal }, restrictions)
  }

  /** As {@link OpenShares.open}. */
  openShare(definition: ShareDefinition): string | undefined {
    return this.#open.open(definition)
  }

  /** Whether the share with this number is open. */
  hasShare(shareId: number): boolean {
    return this.#shares.get(shareId) !== undefined
  }

  /** As {@link OpenShares.close}. */
  closeShare(shareId: number): Promise<void> {
    return this.#open.close(shareId)
  }

  /** Begins to note what changes in a share, from nothing. */
  watch(shareId: number): void {
    this.#open.watch(shareId)
  }

  unwatch(shareId: number): void {
    this.#open.unwatch(shareId)
  }

  /** What has changed since a share is watched; undefined: more than is noted, or it is not watched. */
  changesOf(shareId: number): ChangeList | undefined {
    return this.#open.changesOf(shareId)
  }

  /** As {@link OpenShares.takeChanges}. */
  takeChanges(shareId: number): ChangeList | undefined {
    return this.#open.takeChanges(shareId)
  }

  /** As {@link OpenShares.move}. */
  moveShare(definition: ShareDefinition): Promise<void> {
    return this.#open.move(definition)
  }

  /** Begins to tell what changes in a share: {@link FilesystemOptions.onChanges}. */
  beginJournal(shareId: number): void {
    this.#open.beginJournal(shareId)
  }

  endJournal(shareId: number): void {
    this.#open.endJournal(shareId)
  }

  /** Tells what has changed in shares so far; what does from now on is told whatever was. */
  tellChanges(shareIds: readonly number[]): void {
    this.#journal.forget(shareIds)
  }

  /** Brings to the disk what was written to a share: 0 or a negative errno. */
  sync(shareId: number): Promise<number> {
    return this.#open.sync(shareId)
  }

  /** As {@link sync}, of a share whose changing calls wait; {@link settle} does the rest when they go on. */
  syncHeld(shareId: number): Promise<number> {
    return this.#open.syncHeld(shareId)
  }

  settle(shareId: number): Promise<number> {
    return this.#open.settle(shareId)
  }

  /**
   * File handle and attributes of a share's root under a grant. @throws RangeError when the share is not open, NfsError
   * ACCES when the grant is not for it.
   */
  root(shareId: number, grant: number): { object: Buffer; attributes: Fattr3 } {
    const served = this.#shares.get(shareId)
    if (served === undefined) throw new RangeError(`no share ${shareId}`)
    const granted = this.#shares.granted(shareId, grant)
    const packed = served.locator.identify(served.share.rootFd, itself)
    const result = packed < 0 ? packed : native.statAt(served.share.rootFd, itself, 0)
    if (result < 0)
      throw new Error(`share ${served.share.definition.path}: no handle of its root: ${errnoName(result)}`)
    const object = Buffer.from(this.#engine.intern(granted, packed, 0).handle)
    return { object, attributes: granted.attributes(0) }
  }

  /**
   * The share and grant of a directory that is the root of a share, not of a snapshot; undefined: it is another.
   * @throws NfsError as every call on it would.
   */
  rootAt(caller: Nfs3Caller, directory: Buffer): ShareRoot | undefined {
    const { inode } = this.#engine.enterDirectory(caller, directory)
    const { served, grant } = inode.granted
    if (served.isSnapshot || !served.share.isRoot(Slot.BEFORE)) return undefined
    return { share: served.share.id, grant }
  }

  /** The sidecar of the snapshot of which a directory is the root, for a backup. @throws NfsError as every call on it would. */
  sidecarAt(caller: Nfs3Caller, directory: Buffer): ShareRoot | undefined {
    const { inode } = this.#engine.enterDirectory(caller, directory)
    const { served, grant, sidecar } = inode.granted
    if (sidecar === undefined || !served.share.isRoot(Slot.BEFORE)) return undefined
    return { share: sidecar, grant }
  }

  get statistics(): FilesystemStatistics {
    const { files, known, durability } = this.#engine
    return { openFileCount: files.size, inodeCount: known.size, syncFailureCount: durability.failures }
  }

  /** Brings everything written to disk and lets go of all files; says what does not answer. No call may come after. */
  async close(): Promise<void> {
    for (const sweeper of this.#sweepers) clearInterval(sweeper)
    this.#journal.flush()
    for (const disk of await this.#open.closeAll(closeTimeoutMs))
      this.#warn(
        `${disk} has not answered for ${closeTimeoutMs / 1000} s: what was written there may not be on the disk`,
      )
  }

  #sweep(): void {
    this.#engine.seconds = Math.floor(Date.now() / 1000)
    this.#engine.files.sweep()
    this.#open.sweep()
  }

  getattr(caller: Nfs3Caller, object: Buffer): Result<'getattr'> {
    return this.#objects.getattr(caller, object)
  }

  setattr(
    caller: Nfs3Caller,
    object: Buffer,
    attributes: Sattr3,
    guard: Nfstime3 | undefined,
  ): Result<'setattr'> {
    const result = this.#objects.setattr(caller, object, attributes, guard)
    return this.#trail?.changed(FileOperation.SETATTR, result) ?? result
  }

  lookup(caller: Nfs3Caller, what: DirOpArgs3): Result<'lookup'> {
    return this.#lookups.lookup(caller, what)
  }

  access(caller: Nfs3Caller, object: Buffer, access: number): Result<'access'> {
    return this.#objects.access(caller, object, access)
  }

  readlink(caller: Nfs3Caller, symlink: Buffer): Result<'readlink'> {
    return this.#objects.readlink(caller, symlink)
  }

  read(caller: Nfs3Caller, file: Buffer, offset: number, count: number, target: ReadTarget): Result<'read'> {
    const result = this.#files.read(caller, file, offset, count, target)
    return this.#trail?.used(false, result) ?? result
  }

  write(caller: Nfs3Caller, file: Buffer, offset: number, stable: StableHow, data: Buffer): Result<'write'> {
    const result = this.#files.write(caller, file, offset, stable, data)
    return this.#trail?.used(true, result) ?? result
  }

  create(caller: Nfs3Caller, where: DirOpArgs3, how: CreateHow3): Result<'create'> {
    const result = this.#names.create(caller, where, how)
    return this.#trail?.named(FileOperation.CREATE, where, result) ?? result
  }

  mkdir(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    const result = this.#names.mkdir(caller, where, attributes)
    return this.#trail?.named(FileOperation.MKDIR, where, result) ?? result
  }

  symlink(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3, path: Buffer): Result<'symlink'> {
    const result = this.#names.symlink(caller, where, attributes, path)
    return this.#trail?.named(FileOperation.SYMLINK, where, result) ?? result
  }

  mknod(caller: Nfs3Caller, where: DirOpArgs3, what: MknodData3): Result<'mknod'> {
    const result = this.#names.mknod(caller, where, what)
    return this.#trail?.named(FileOperation.MKNOD, where, result) ?? result
  }

  remove(caller: Nfs3Caller, object: DirOpArgs3): Result<'remove'> {
    const result = this.#names.remove(caller, object)
    return this.#trail?.named(FileOperation.REMOVE, object, result) ?? result
  }

  rmdir(caller: Nfs3Caller, object: DirOpArgs3): Result<'rmdir'> {
    const result = this.#names.rmdir(caller, object)
    return this.#trail?.named(FileOperation.RMDIR, object, result) ?? result
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3): Result<'rename'> {
    const result = this.#names.rename(caller, from, to)
    return this.#trail?.moved(FileOperation.RENAME, from, to, result) ?? result
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    const result = this.#names.link(caller, file, link)
    return this.#trail?.moved(FileOperation.LINK, undefined, link, result) ?? result
  }

  readdir(caller: Nfs3Caller, args: Readdir3Args): Result<'readdir'> {
    return this.#lookups.readdir(caller, args)
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args, target: EntriesTarget): Result<'readdirplus'> {
    return this.#lookups.readdirplus(caller, args, target)
  }

  fsstat(caller: Nfs3Caller, root: Buffer): Result<'fsstat'> {
    return this.#objects.fsstat(caller, root)
  }

  fsinfo(caller: Nfs3Caller, root: Buffer): Result<'fsinfo'> {
    return this.#objects.fsinfo(caller, root)
  }

  pathconf(caller: Nfs3Caller, object: Buffer): Result<'pathconf'> {
    return this.#objects.pathconf(caller, object)
  }

  commit(caller: Nfs3Caller, file: Buffer, _offset: number, _count: number): Result<'commit'> {
    return this.#files.commit(caller, file)
  }
}

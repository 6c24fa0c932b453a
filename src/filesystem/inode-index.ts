import { constants, rmSync } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Nfsstat3, NfsError } from 'nfs-server-ts'
import { handleBytes, native, O_PATH, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import { HandleVersion, handleHeaderSize, kernelHandleSizeMax } from './handle.ts'
import type { ThreadIdentity } from './identity.ts'
import type { ObjectLocator } from './object-locator.ts'
import type { Share } from './share.ts'

const { ESTALE, ENOENT, EXDEV } = osConstants.errno

/** Directories between a share's root and an object that is looked for. */
const depthMax = 1024
/** Names whose place in the index is remembered, so that a LOOKUP of a known name writes nothing. */
const knownNameCountMax = 100_000
const direntPageSize = 64 * 1024
const itself = Buffer.alloc(0)

/** Stat slot of this file's own look-ups: that of open-files.ts, which never asks while one is in use. */
const slotOfIndex = 3

/**
 * How an object is recognised: by a kernel handle that we may not open, by inode number and birth time, or, where nothing
 * is ever made and only part of the number lasts, by that part.
 */
type Recognition = 'handle' | 'identifying handle' | 'number and birth time' | 'lasting number'

interface NameRow {
  parent: Buffer
  name: Buffer
}

/**
 * Databases and statements are never garbage: since Node 24.19 a collection between calls that frees one of
 * better-sqlite3 12 aborts the process (`RemoveEnvironmentCleanupHook`, Assertion failed: (env) != nullptr). So no
 * `pragma()` either, which makes a statement and drops it. better-sqlite3 13 is free of this, but needs Node 22.
 */
const keptForEver: unknown[] = []

/**
 * Finds objects by the names they were last seen under, where the kernel's handles cannot be opened: for a plain user,
 * on a filesystem without export support (overlay), or where they do not last (snapshots of CephFS). An object is its
 * key; each name is a row from the key to the parent's key, so that renaming a directory moves one row and not its whole
 * tree. What is opened by a name must still have the key, else the parent is searched for it: somebody may have renamed
 * it on the host.
 *
 * The rows are in SQLite in the state directory, written before a handle is given out, so handles survive a restart of
 * the gateway; after a power cut those of the last moments may be stale. A row that is wrong does no harm, as it is not
 * believed: it is better to keep one than to fail a call that has been carried out.
 */
export class InodeIndex implements ObjectLocator {
  /** Why an operator should know. */
  static readonly reason =
    'file handles cannot be opened here (not root, or no support in the filesystem): names are kept in an index, which is slower, and a file moved on the host to another directory is stale to clients.'

  readonly version = HandleVersion.INDEXED
  readonly listsHandles = false
  readonly #share: Share
  readonly #identity: ThreadIdentity
  readonly #recognition: Recognition
  readonly #highMask: number
  readonly #database: Database.Database
  readonly #insert: Database.Statement<[Buffer, Buffer, Buffer]>
  readonly #delete: Database.Statement<[Buffer, Buffer]>
  readonly #move: Database.Statement<[Buffer, Buffer, Buffer, Buffer]>
  readonly #namesOf: Database.Statement<[Buffer], NameRow>
  readonly #rootKey: string
  readonly #known = new Map<string, string>()
  readonly #onWarning: (message: string, error: unknown) => void
  /** Whether the last change failed: the operator is told once. */
  #isFailing = false

  private constructor(
    share: Share,
    identity: ThreadIdentity,
    database: Database.Database,
    onWarning: (message: string, error: unknown) => void,
  ) {
    this.#onWarning = onWarning
    this.#share = share
    this.#identity = identity
    this.#database = database
    this.#highMask = share.definition.snapshotOf?.inodeHighMask ?? 0xffff_ffff
    this.#recognition = recognitionOn(share)
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS name (parent BLOB NOT NULL, name BLOB NOT NULL, object BLOB NOT NULL, PRIMARY KEY (parent, name)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS name_object ON name (object);
    `)
    this.#insert = database.prepare('INSERT OR REPLACE INTO name (parent, name, object) VALUES (?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM name WHERE parent = ? AND name = ?')
    this.#move = database.prepare(
      'UPDATE OR REPLACE name SET parent = ?, name = ? WHERE parent = ? AND name = ?',
    )
    this.#namesOf = database.prepare('SELECT parent, name FROM name WHERE object = ?')
    keptForEver.push(database, this.#insert, this.#delete, this.#move, this.#namesOf)
    this.#rootKey = packedKey(this.identify(share.rootFd, itself)).toString('latin1')
  }

  static open(
    share: Share,
    identity: ThreadIdentity,
    stateDirectory: string,
    onWarning: (message: string, error: unknown) => void,
  ): InodeIndex {
    const path = pathOf(stateDirectory, share.id)
    return identity.asServer(() => new InodeIndex(share, identity, new Database(path), onWarning))
  }

  /** Removes what is kept of a share or snapshot that is no more, and is not open. */
  static remove(shareId: number, identity: ThreadIdentity, stateDirectory: string): void {
    const path = pathOf(stateDirectory, shareId)
    identity.asServer(() => {
      for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
    })
  }

  accepts(version: number): boolean {
    return version === this.version
  }

  identify(dirfd: number, name: Buffer): number {
    if (this.#recognition === 'handle' || this.#recognition === 'identifying handle')
      return native.nameToHandle(dirfd, name, this.#recognition === 'handle' ? 0 : 1)
    const result = native.statAt(dirfd, name, slotOfIndex)
    if (result < 0) return result
    handleBytes.writeUInt32LE(statField(slotOfIndex, StatField.INO_LOW), 0)
    handleBytes.writeUInt32LE((statField(slotOfIndex, StatField.INO_HIGH) & this.#highMask) >>> 0, 4)
    if (this.#recognition === 'lasting number') return 8
    handleBytes.writeDoubleLE(statField(slotOfIndex, StatField.BTIME), 8)
    handleBytes.writeUInt32LE(statField(slotOfIndex, StatField.BTIME_NS), 16)
    return 20
  }

  open(handle: Buffer, flags: number): number {
    return this.#identity.asServer(() => this.#openKey(keyOfHandle(handle), flags, 0))
  }

  together(run: () => void): void {
    try {
      this.#change(() => this.#database.transaction(run)())
    } catch (error) {
      // What was learned was rolled back.
      this.#known.clear()
      throw error
    }
  }

  learn(dir: Buffer, name: Buffer, handle: Buffer): void {
    const [parent, object] = [keyOfHandle(dir), keyOfHandle(handle)]
    const [place, key] = [placeOf(parent, name), object.toString('latin1')]
    if (this.#known.get(place) === key) return
    this.#change(() => this.#insert.run(parent, name, object))
    this.#remember(place, key)
  }

  forget(dir: Buffer, name: Buffer): void {
    const parent = keyOfHandle(dir)
    this.#known.delete(placeOf(parent, name))
    this.#tryToChange(() => this.#delete.run(parent, name))
  }

  move(fromDir: Buffer, fromName: Buffer, toDir: Buffer, toName: Buffer): void {
    const [from, to] = [keyOfHandle(fromDir), keyOfHandle(toDir)]
    if (from.equals(to) && fromName.equals(toName)) return
    this.#known.delete(placeOf(from, fromName))
    this.#known.delete(placeOf(to, toName))
    this.#tryToChange(() => this.#move.run(to, toName, from, fromName))
  }

  close(): void {
    this.#identity.asServer(() => this.#database.close())
  }

  /** Changes rows; @throws NfsError when the disk of the state directory refuses. */
  #change(change: () => void): void {
    try {
      this.#identity.asServer(change)
      this.#isFailing = false
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      if (!this.#isFailing) this.#onWarning('the index of file handles cannot be written', error)
      this.#isFailing = true
      throw new NfsError(error.code === 'SQLITE_FULL' ? Nfsstat3.NOSPC : Nfsstat3.IO, { cause: error })
    }
  }

  /** Changes rows after the files: a failure is the operator's to know and no reason to deny what was done. */
  #tryToChange(change: () => void): void {
    try {
      this.#change(change)
    } catch (error) {
      if (!(error instanceof NfsError)) throw error
    }
  }

  #remember(place: string, key: string): void {
    if (this.#known.size >= knownNameCountMax)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    this.#known.set(place, key)
  }

  /** A descriptor of the object with this key, or a negative errno. */
  #openKey(key: Buffer, flags: number, depth: number): number {
    if (key.toString('latin1') === this.#rootKey)
      return native.reopen(this.#share.rootFd, flags & ~constants.O_NOFOLLOW)
    if (depth > depthMax) return -ESTALE
    let result = -ESTALE
    for (const { parent, name } of this.#namesOf.all(key)) {
      const dirfd = this.#openKey(parent, O_PATH | constants.O_DIRECTORY, depth + 1)
      const fd = dirfd < 0 ? dirfd : this.#openNamed(dirfd, parent, name, key, flags)
      if (dirfd >= 0) native.close(dirfd)
      if (fd >= 0) return fd
      // A passing trouble, as too few descriptors, must not look like the end of the object.
      if (fd !== -ESTALE) result = fd
    }
    return result
  }

  /** The object by a name it had, or by another in the same directory: then the index is put right. */
  #openNamed(dirfd: number, parent: Buffer, name: Buffer, key: Buffer, flags: number): number {
    const fd = this.#openIf(dirfd, name, key, flags)
    if (fd !== -ESTALE) return fd
    this.#known.delete(placeOf(parent, name))
    this.#tryToChange(() => this.#delete.run(parent, name))
    const found = this.#search(dirfd, key)
    if (found === undefined) return -ESTALE
    this.#tryToChange(() => this.#insert.run(parent, found, key))
    return this.#openIf(dirfd, found, key, flags)
  }

  /** Opens a name if it leads to the object with this key. */
  #openIf(dirfd: number, name: Buffer, key: Buffer, flags: number): number {
    // Looked at before it is opened for real: what stands there now could be a device.
    const seen = native.openBeneath(dirfd, name, O_PATH | constants.O_NOFOLLOW, 0)
    // Nothing there, or something mounted over it.
    if (seen < 0) return seen === -ENOENT || seen === -EXDEV ? -ESTALE : seen
    const packed = this.identify(seen, itself)
    if (packed < 0 || !packedKey(packed).equals(key)) {
      native.close(seen)
      return -ESTALE
    }
    if (flags & O_PATH) return seen
    const fd = native.reopen(seen, flags & ~constants.O_NOFOLLOW)
    native.close(seen)
    return fd
  }

  /** A name in a directory that leads to the object with this key. */
  #search(dirfd: number, key: Buffer): Buffer | undefined {
    const fd = native.reopen(dirfd, constants.O_RDONLY | constants.O_DIRECTORY)
    if (fd < 0) return undefined
    const page = Buffer.allocUnsafe(direntPageSize)
    let [cookieHigh, cookieLow] = [0, 0]
    try {
      for (;;) {
        const size = native.getdents(fd, cookieHigh, cookieLow, page, 0, page.length)
        if (size <= 0) return undefined
        for (let at = 0; at < size; at += page.readUInt16LE(at + 16)) {
          cookieLow = page.readUInt32LE(at + 8)
          cookieHigh = page.readUInt32LE(at + 12)
          const name = page.subarray(at + 19, page.indexOf(0, at + 19))
          const packed = this.identify(fd, name)
          if (packed >= 0 && packedKey(packed).equals(key)) return Buffer.from(name)
        }
      }
    } finally {
      native.close(fd)
    }
  }
}

function pathOf(stateDirectory: string, shareId: number): string {
  return join(stateDirectory, `inode-index-${shareId}.sqlite`)
}

/** The best way to recognise objects of a share's filesystem, tried on its root. */
function recognitionOn(share: Share): Recognition {
  if (share.definition.snapshotOf?.inodeHighMask !== undefined) return 'lasting number'
  const fits = (packed: number): boolean =>
    packed >= 0 && (packed & 0xff) <= kernelHandleSizeMax && packed >> 8 <= 0xff
  if (fits(native.nameToHandle(share.rootFd, itself, 0))) return 'handle'
  if (fits(native.nameToHandle(share.rootFd, itself, 1))) return 'identifying handle'
  return 'number and birth time'
}

/** A key is a handle's type byte and its kernel part. */
function keyOfHandle(handle: Buffer): Buffer {
  return Buffer.concat([
    handle.subarray(2, 3),
    handle.subarray(handleHeaderSize, handleHeaderSize + handle[3]!),
  ])
}

/** The key of what `identify` has just answered. */
function packedKey(packed: number): Buffer {
  return Buffer.concat([Buffer.from([packed >> 8]), handleBytes.subarray(0, packed & 0xff)])
}

function placeOf(parent: Buffer, name: Buffer): string {
  return `${parent.toString('latin1')}/${name.toString('latin1')}`
}

import { randomBytes } from 'node:crypto'
import { NfsError } from '../../nfs3/error.ts'
import { Ftype3, type NfsFh3, Nfsstat3, type Nfstime3 } from '../../nfs3/types.ts'
import { Directory } from './directory.ts'
import type { Identity } from './identity.ts'
import {
  type Content,
  type DirectoryInode,
  type FileInode,
  type Inode,
  isDirectory,
  isFile,
} from './inode.ts'

/** Bounds of a memory tree. */
export interface MemoryLimits {
  /** Most bytes of file data. */
  readonly sizeMax: number
  /** Most objects. */
  readonly inodeCountMax: number
}

/** Random bytes that name this tree, number of the inode, random bytes that a forger does not know. */
const treeIdSize = 8
const handleSize = treeIdSize + 4 + 8

/** The objects of a tree, found by number and by handle. */
export class MemoryStore {
  readonly limits: MemoryLimits
  readonly root: DirectoryInode
  readonly #inodes = new Map<number, Inode>()
  readonly #treeId = randomBytes(treeIdSize)
  #idNext = 1
  #lastNanoseconds = 0n

  constructor(limits: MemoryLimits) {
    this.limits = limits
    const now = this.now()
    // The root is its own parent, so it is made before what it holds.
    const root = { mode: 0o755, nlink: 2, uid: 0, gid: 0, atime: now, mtime: now, ctime: now } as Inode
    const directory = new Directory(root)
    this.root = Object.assign(root, this.#number({ type: Ftype3.DIR, directory })) as DirectoryInode
    this.#inodes.set(root.id, root)
  }

  get inodeCount(): number {
    return this.#inodes.size
  }

  /** Bytes of file data in memory. */
  get used(): number {
    let used = 0
    for (const inode of this.#inodes.values()) if (isFile(inode)) used += inode.content.data.used
    return used
  }

  /** Later than any time told before, so that a change always shows. */
  now(): Nfstime3 {
    const clock = BigInt(Date.now()) * 1_000_000n
    this.#lastNanoseconds = clock > this.#lastNanoseconds ? clock : this.#lastNanoseconds + 1n
    return {
      seconds: Number(this.#lastNanoseconds / 1_000_000_000n),
      nanoseconds: Number(this.#lastNanoseconds % 1_000_000_000n),
    }
  }

  /** Makes an object without a name. Throws NfsError NOSPC at the limit. */
  make(content: Content, owner: Identity, gid: number, mode: number): Inode {
    if (this.#inodes.size >= this.limits.inodeCountMax) throw new NfsError(Nfsstat3.NOSPC)
    const now = this.now()
    const times = { atime: now, mtime: now, ctime: now }
    const inode = { ...this.#number(content), mode, nlink: 0, uid: owner.uid, gid, ...times }
    this.#inodes.set(inode.id, inode)
    return inode
  }

  /** Takes one name from an object; the last one takes the object. */
  drop(inode: Inode): void {
    inode.ctime = this.now()
    // A directory has two: its name, and "." within it.
    inode.nlink -= isDirectory(inode) ? 2 : 1
    if (inode.nlink <= 0) this.#inodes.delete(inode.id)
  }

  /** Throws NfsError BADHANDLE for bytes that were never a handle of this tree, STALE for an object that is gone. */
  get(handle: NfsFh3): Inode {
    if (handle.length !== handleSize || !handle.subarray(0, treeIdSize).equals(this.#treeId))
      throw new NfsError(Nfsstat3.BADHANDLE)
    const inode = this.#inodes.get(handle.readUInt32BE(treeIdSize))
    if (inode?.handle.equals(handle) !== true) throw new NfsError(Nfsstat3.STALE)
    return inode
  }

  directory(handle: NfsFh3): DirectoryInode {
    const inode = this.get(handle)
    if (!isDirectory(inode)) throw new NfsError(Nfsstat3.NOTDIR)
    return inode
  }

  /** Throws NfsError ISDIR or INVAL for what has no data. */
  file(handle: NfsFh3): FileInode {
    const inode = this.get(handle)
    if (isFile(inode)) return inode
    throw new NfsError(isDirectory(inode) ? Nfsstat3.ISDIR : Nfsstat3.INVAL)
  }

  #number(content: Content): Pick<Inode, 'id' | 'handle' | 'content'> {
    const id = this.#idNext++
    const number = Buffer.alloc(4)
    number.writeUInt32BE(id)
    return { id, handle: Buffer.concat([this.#treeId, number, randomBytes(8)]), content }
  }
}

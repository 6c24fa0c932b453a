import { NfsError } from '../../nfs3/error.ts'
import { Ftype3, Nfsstat3, type Sattr3 } from '../../nfs3/types.ts'
import { Directory, type DirectoryEntry } from './directory.ts'
import { demand, demandUnsticky, type Identity, isMember, Permission } from './identity.ts'
import { type Content, type DirectoryInode, type Inode, isDirectory } from './inode.ts'
import { setAttributes } from './set-attributes.ts'
import type { MemoryStore } from './store.ts'

export const nameSizeMax = 255
export const linkCountMax = 32_000
const setgid = 0o2000
const change = Permission.write | Permission.search

const slash = 0x2f
const dot = 0x2e

function isDot(name: Buffer): boolean {
  return name.length === 1 && name[0] === dot
}

function isDotDot(name: Buffer): boolean {
  return name.length === 2 && name[0] === dot && name[1] === dot
}

/** Throws NfsError INVAL or NAMETOOLONG for what cannot be a name. */
function checkName(name: Buffer): void {
  if (name.length > nameSizeMax) throw new NfsError(Nfsstat3.NAMETOOLONG)
  if (name.length === 0 || name.includes(0) || name.includes(slash)) throw new NfsError(Nfsstat3.INVAL)
}

/** As {@link checkName}, for a name to be made, removed or moved: "." and ".." stay. */
function checkChangedName(name: Buffer, statusOfDots: typeof Nfsstat3.EXIST | typeof Nfsstat3.INVAL): void {
  checkName(name)
  if (isDot(name) || isDotDot(name)) throw new NfsError(statusOfDots)
}

export function lookUp(who: Identity, dir: DirectoryInode, name: Buffer): Inode {
  checkName(name)
  demand(who, dir, Permission.search)
  if (isDot(name)) return dir
  if (isDotDot(name)) return dir.content.directory.parent
  return getEntry(dir, name).inode
}

function getEntry(dir: DirectoryInode, name: Buffer): DirectoryEntry {
  const entry = dir.content.directory.get(name)
  if (entry === undefined) throw new NfsError(Nfsstat3.NOENT)
  return entry
}

/** The object a new name would collide with. Checks the name and the right to make it otherwise. */
export function findExisting(who: Identity, dir: DirectoryInode, name: Buffer): Inode | undefined {
  checkChangedName(name, Nfsstat3.EXIST)
  demand(who, dir, Permission.search)
  const existing = dir.content.directory.get(name)?.inode
  if (existing === undefined) demand(who, dir, change)
  return existing
}

/** Makes an object with a name. Throws NfsError EXIST where there is one. */
export function makeEntry(
  store: MemoryStore,
  who: Identity,
  dir: DirectoryInode,
  name: Buffer,
  content: Content,
  attributes: Sattr3,
): Inode {
  if (findExisting(who, dir, name) !== undefined) throw new NfsError(Nfsstat3.EXIST)
  const inherits = (dir.mode & setgid) !== 0
  const mode = initialMode(who, dir, content, attributes)
  const inode = store.make(content, who, inherits ? dir.gid : who.gid, mode)
  try {
    setAttributes(store, who, inode, initialAttributes(who, attributes))
    // The owner given with it took the set-id bits; here they were asked for together.
    inode.mode = mode
  } catch (error) {
    store.drop(inode)
    throw error
  }
  attach(store, dir, name, inode)
  return inode
}

function initialMode(who: Identity, dir: DirectoryInode, { type }: Content, { mode = 0 }: Sattr3): number {
  if (type === Ftype3.LNK) return 0o777
  if ((dir.mode & setgid) === 0) return mode & 0o7777
  if (type === Ftype3.DIR) return (mode & 0o7777) | setgid
  const keepsSetgid = who.uid === 0 || isMember(who, dir.gid) || (mode & 0o010) === 0
  return mode & (keepsSetgid ? 0o7777 : 0o5777)
}

/** What of the attributes is left to be set on the new object: an owner is for root to choose, as in Linux nfsd. */
function initialAttributes(who: Identity, { uid, gid, size, atime, mtime }: Sattr3): Sattr3 {
  return {
    ...(who.uid === 0 && uid !== undefined && { uid }),
    ...(who.uid === 0 && gid !== undefined && { gid }),
    ...(size !== undefined && { size }),
    ...(atime !== undefined && { atime }),
    ...(mtime !== undefined && { mtime }),
  }
}

/** Gives an object a name. */
function attach(store: MemoryStore, dir: DirectoryInode, name: Buffer, inode: Inode): void {
  dir.content.directory.add(name, inode)
  if (isDirectory(inode)) {
    inode.nlink += 2
    dir.nlink++
  } else inode.nlink++
  touch(store, dir)
}

function detach(store: MemoryStore, dir: DirectoryInode, entry: DirectoryEntry): void {
  dir.content.directory.remove(entry)
  if (isDirectory(entry.inode)) dir.nlink--
  store.drop(entry.inode)
  touch(store, dir)
}

function touch(store: MemoryStore, dir: Inode): void {
  dir.mtime = dir.ctime = store.now()
}

export function makeDirectory(
  store: MemoryStore,
  who: Identity,
  dir: DirectoryInode,
  name: Buffer,
  attributes: Sattr3,
): Inode {
  return makeEntry(store, who, dir, name, { type: Ftype3.DIR, directory: new Directory(dir) }, attributes)
}

export function addLink(
  store: MemoryStore,
  who: Identity,
  dir: DirectoryInode,
  name: Buffer,
  inode: Inode,
): void {
  if (isDirectory(inode)) throw new NfsError(Nfsstat3.ISDIR)
  if (findExisting(who, dir, name) !== undefined) throw new NfsError(Nfsstat3.EXIST)
  if (inode.nlink >= linkCountMax) throw new NfsError(Nfsstat3.MLINK)
  attach(store, dir, name, inode)
  inode.ctime = store.now()
}

export function removeEntry(
  store: MemoryStore,
  who: Identity,
  dir: DirectoryInode,
  name: Buffer,
  wanted: 'directory' | 'other',
): void {
  // RFC 1813 §3.3.13: "." is INVAL, ".." is EXIST.
  checkChangedName(name, isDotDot(name) ? Nfsstat3.EXIST : Nfsstat3.INVAL)
  demand(who, dir, Permission.search)
  const entry = getEntry(dir, name)
  demand(who, dir, change)
  demandUnsticky(who, dir, entry.inode)
  if (wanted === 'other' && isDirectory(entry.inode)) throw new NfsError(Nfsstat3.ISDIR)
  if (wanted === 'directory') demandEmptyDirectory(entry.inode)
  detach(store, dir, entry)
}

function demandEmptyDirectory(inode: Inode): void {
  if (!isDirectory(inode)) throw new NfsError(Nfsstat3.NOTDIR)
  if (!inode.content.directory.isEmpty) throw new NfsError(Nfsstat3.NOTEMPTY)
}

function isWithin(dir: DirectoryInode, ancestor: Inode): boolean {
  for (let at: Inode = dir; ;) {
    if (at === ancestor) return true
    if (!isDirectory(at) || at.content.directory.parent === at) return false
    at = at.content.directory.parent
  }
}

/** rename(2). */
export function renameEntry(
  store: MemoryStore,
  who: Identity,
  fromDir: DirectoryInode,
  fromName: Buffer,
  toDir: DirectoryInode,
  toName: Buffer,
): void {
  checkChangedName(fromName, Nfsstat3.INVAL)
  checkChangedName(toName, Nfsstat3.INVAL)
  demand(who, fromDir, Permission.search)
  const source = getEntry(fromDir, fromName)
  const moved = source.inode
  demand(who, fromDir, change)
  demand(who, toDir, change)
  demandUnsticky(who, fromDir, moved)
  if (isDirectory(moved)) {
    if (isWithin(toDir, moved)) throw new NfsError(Nfsstat3.INVAL)
    // Its ".." changes.
    if (fromDir !== toDir) demand(who, moved, Permission.write)
  }
  const target = toDir.content.directory.get(toName)
  if (target?.inode === moved) return
  if (target !== undefined) {
    demandUnsticky(who, toDir, target.inode)
    if (isDirectory(moved)) demandEmptyDirectory(target.inode)
    else if (isDirectory(target.inode)) throw new NfsError(Nfsstat3.ISDIR)
    detach(store, toDir, target)
  }
  move(store, fromDir, source, toDir, toName)
}

function move(
  store: MemoryStore,
  fromDir: DirectoryInode,
  source: DirectoryEntry,
  toDir: DirectoryInode,
  toName: Buffer,
): void {
  const moved = source.inode
  fromDir.content.directory.remove(source)
  toDir.content.directory.add(toName, moved)
  if (isDirectory(moved)) {
    fromDir.nlink--
    toDir.nlink++
    moved.content.directory.parent = toDir
  }
  touch(store, fromDir)
  touch(store, toDir)
  moved.ctime = store.now()
}

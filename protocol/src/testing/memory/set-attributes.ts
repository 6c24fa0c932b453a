import { NfsError } from '../../nfs3/error.ts'
import { Nfsstat3, type Sattr3, type SetTime3 } from '../../nfs3/types.ts'
import { demandData, type Identity, isMember, Permission, permits } from './identity.ts'
import { type Inode, isDirectory, isFile } from './inode.ts'
import type { MemoryStore } from './store.ts'

/** Largest file: a signed 64-bit offset cannot go further, and JavaScript's numbers end earlier still. */
export const fileSizeMax = Number.MAX_SAFE_INTEGER

const modeMask = 0o7777
const setuid = 0o4000
const setgid = 0o2000

function mayChangeOwner(who: Identity, inode: Inode, { uid, gid }: Sattr3): boolean {
  if (who.uid === 0) return true
  if (who.uid !== inode.uid) return uid === undefined && gid === undefined
  return (uid ?? inode.uid) === inode.uid && (gid === undefined || gid === inode.gid || isMember(who, gid))
}

function mayChangeTime(who: Identity, inode: Inode, time: SetTime3 | undefined): boolean {
  if (time === undefined || who.uid === 0 || who.uid === inode.uid) return true
  return time === 'server' && permits(who, inode, Permission.write)
}

/** Throws what chmod(2), chown(2), truncate(2) or utimensat(2) would refuse with, before anything is changed. */
function check(who: Identity, inode: Inode, change: Sattr3): void {
  const isOwner = who.uid === 0 || who.uid === inode.uid
  if (change.mode !== undefined && !isOwner) throw new NfsError(Nfsstat3.PERM)
  if (!mayChangeOwner(who, inode, change)) throw new NfsError(Nfsstat3.PERM)
  if (change.size !== undefined) {
    if (!isFile(inode)) throw new NfsError(isDirectory(inode) ? Nfsstat3.ISDIR : Nfsstat3.INVAL)
    demandData(who, inode, Permission.write)
    if (change.size > fileSizeMax) throw new NfsError(Nfsstat3.FBIG)
  }
  for (const time of [change.atime, change.mtime])
    if (!mayChangeTime(who, inode, time))
      throw new NfsError(time === 'server' ? Nfsstat3.ACCES : Nfsstat3.PERM)
}

/** The mode after a change of owner or data: what could be run with set-id bits loses them, as on Linux. */
function withoutSetId(mode: number): number {
  return mode & ~setuid & ~((mode & 0o010) !== 0 ? setgid : 0)
}

/** Marks a change of data: the times, and the set-id bits unless root made it. */
export function touchData(store: MemoryStore, who: Identity, inode: Inode): void {
  inode.mtime = inode.ctime = store.now()
  if (who.uid !== 0) inode.mode = withoutSetId(inode.mode)
}

/** SETATTR as Linux does it: all of it, or an NfsError and none of it. */
export function setAttributes(store: MemoryStore, who: Identity, inode: Inode, change: Sattr3): void {
  check(who, inode, change)
  const now = store.now()
  if (change.uid !== undefined || change.gid !== undefined) {
    inode.uid = change.uid ?? inode.uid
    inode.gid = change.gid ?? inode.gid
    if (!isDirectory(inode)) inode.mode = withoutSetId(inode.mode)
  }
  if (change.mode !== undefined) {
    // A setgid bit is only for members of the group, chmod(2).
    const allowed = who.uid === 0 || isMember(who, inode.gid) ? modeMask : modeMask & ~setgid
    inode.mode = change.mode & allowed
  }
  if (change.size !== undefined && isFile(inode)) {
    inode.content.data.truncate(change.size)
    touchData(store, who, inode)
  }
  if (change.atime !== undefined) inode.atime = change.atime === 'server' ? now : change.atime
  if (change.mtime !== undefined) inode.mtime = change.mtime === 'server' ? now : change.mtime
  inode.ctime = now
}

import { NfsError } from '../../nfs3/error.ts'
import { Access3, Nfsstat3 } from '../../nfs3/types.ts'
import type { Credentials } from '../../rpc/auth.ts'
import { type Inode, isDirectory } from './inode.ts'

/** Whom a call acts as. */
export interface Identity {
  readonly uid: number
  readonly gid: number
  readonly gids: readonly number[]
}

/** Linux's overflow id: who says nothing of himself is nobody. */
const nobody: Identity = { uid: 65534, gid: 65534, gids: [] }

/** Takes AUTH_SYS as sent, root included: this is a backend for tests. */
export function identify(credentials: Credentials): Identity {
  return credentials.flavor === 'sys' ? credentials : nobody
}

export function isMember({ gid, gids }: Identity, group: number): boolean {
  return gid === group || gids.includes(group)
}

/** Permission bits, as in one octal digit of a mode. */
export const Permission = { read: 4, write: 2, search: 1, execute: 1 } as const

/** Whether the mode grants all bits of `wanted` to `who`, as Linux decides it. */
export function permits(who: Identity, inode: Inode, wanted: number): boolean {
  if (who.uid === 0)
    return (wanted & Permission.execute) === 0 || isDirectory(inode) || (inode.mode & 0o111) !== 0
  const shift = who.uid === inode.uid ? 6 : isMember(who, inode.gid) ? 3 : 0
  return ((inode.mode >> shift) & wanted) === wanted
}

/** Throws NfsError ACCES unless {@link permits}. */
export function demand(who: Identity, inode: Inode, wanted: number): void {
  if (!permits(who, inode, wanted)) throw new NfsError(Nfsstat3.ACCES)
}

/**
 * As {@link demand}, for the data of a file. NFS has no open: whoever opened a file and then took his own right away
 * must still be able to use it, and a program must be readable to be run (RFC 1813 §4.4).
 */
export function demandData(who: Identity, inode: Inode, wanted: number): void {
  if (who.uid === inode.uid) return
  if (wanted === Permission.read && permits(who, inode, Permission.execute)) return
  demand(who, inode, wanted)
}

/** A name may leave a sticky directory by the hand of its owner, of the directory's owner, or of root. */
export function demandUnsticky(who: Identity, dir: Inode, inode: Inode): void {
  const isSticky = (dir.mode & 0o1000) !== 0
  if (isSticky && who.uid !== 0 && who.uid !== dir.uid && who.uid !== inode.uid)
    throw new NfsError(Nfsstat3.PERM)
}

/** The subset of the bits asked for that is granted, RFC 1813 §3.3.4. */
export function grantedAccess(who: Identity, inode: Inode, asked: number): number {
  const change = Permission.write | (isDirectory(inode) ? Permission.search : 0)
  let granted = 0
  if (permits(who, inode, Permission.read)) granted |= Access3.READ
  if (permits(who, inode, change)) granted |= Access3.MODIFY | Access3.EXTEND
  if (isDirectory(inode)) {
    if (permits(who, inode, Permission.search)) granted |= Access3.LOOKUP
    if (permits(who, inode, change)) granted |= Access3.DELETE
  } else if (permits(who, inode, Permission.execute)) granted |= Access3.EXECUTE
  return granted & asked
}

import {
  native,
  StatField,
  statFieldCount,
  StatfsField,
  statfsRow,
  statRows,
  SubvolumeChange,
} from './index.ts'

/** f_type of statfs(2). */
const btrfs = 0x9123683e
/** Inode number of each subvolume's root: BTRFS_FIRST_FREE_OBJECTID. */
const rootInode = 256
/** Of stat rows. */
const slot = 0
const none = -1

/** Whether an open directory is one of btrfs. */
export function isOnBtrfs(fd: number): boolean {
  return native.fstatfs(fd) === 0 && statfsRow[StatfsField.TYPE] === btrfs
}

/** Whether an open directory is the root of a btrfs subvolume. */
export function isSubvolume(fd: number): boolean {
  const row = slot * statFieldCount
  return (
    native.fstat(fd, slot) === 0 &&
    statRows[row + StatField.INO_LOW] === rootInode &&
    statRows[row + StatField.INO_HIGH] === 0 &&
    isOnBtrfs(fd)
  )
}

/** Makes an empty subvolume in a directory: 0 or a negative errno. Its mode is what the umask leaves of 0777. */
export function createSubvolume(dirfd: number, name: Buffer): Promise<number> {
  return change(SubvolumeChange.CREATE, none, dirfd, name)
}

/** Takes a read-only snapshot of the subvolume whose root is open. */
export function snapshotSubvolume(fd: number, dirfd: number, name: Buffer): Promise<number> {
  return change(SubvolumeChange.SNAPSHOT, fd, dirfd, name)
}

/**
 * Removes a subvolume with all that is in it. -EPERM: only CAP_SYS_ADMIN may, or the mount option user_subvol_rm_allowed
 * is missing; -ENOTEMPTY: another subvolume is in it.
 */
export function destroySubvolume(dirfd: number, name: Buffer): Promise<number> {
  return change(SubvolumeChange.DESTROY, none, dirfd, name)
}

function change(how: SubvolumeChange, fd: number, dirfd: number, name: Buffer): Promise<number> {
  return new Promise((resolve) => native.startSubvolume(how, fd, dirfd, name, resolve))
}

/** f_type of statfs(2), as linux/magic.h and the filesystems themselves have it. */
const names = new Map<number, string>([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x00c36400, 'ceph'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x794c7630, 'overlay'],
  [0x65735546, 'fuse'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0xca451a4e, 'bcachefs'],
])

/** Filesystems whose files are somewhere else, or are made up by a program that may take its time. */
const remote = new Set([
  0x65735546, // FUSE, and with it ceph-fuse, sshfs, GlusterFS, s3fs, virtiofs
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x00c36400, // Ceph
  0x01021997, // 9p
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
])

/** Whether calls on a filesystem of this type may wait for a network. */
export function isRemoteFilesystem(type: number): boolean {
  return remote.has(type)
}

/** What people call a filesystem; its number in hexadecimal, where they have no name for it here. */
export function filesystemName(type: number): string {
  return names.get(type) ?? `0x${type.toString(16)}`
}

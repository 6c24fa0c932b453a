import { constants, readFileSync } from 'node:fs'
import { errnoName } from './errno.ts'
import { missingFor } from './system-check.ts'
import { AT_FDCWD, native, O_PATH, StatField, StatfsField, statfsRow } from '../native/index.ts'
import { statField } from './attributes.ts'

/** What makes a directory a snapshot of a share: read-only, and under the grants of the share. */
export interface SnapshotOf {
  /** Number of the share. */
  readonly share: number
  /** Absolute path of the file that has the live files' numbers and ctimes; undefined where the filesystem keeps them. */
  readonly inodeMap?: string | undefined
  /**
   * Which bits of the upper half of an inode number are the live file's. CephFS puts a tag into the others, another one
   * after each mount; so what its files are called in handles is found by names. Undefined: all.
   */
  readonly inodeHighMask?: number | undefined
  /** Number of the directory with what is known about it, which backups see as `.berth` at its root. */
  readonly sidecar?: number | undefined
}

/** A directory to serve. How it stands (read-only, quota) is in the share table, whom its callers become in the grant. */
export interface ShareDefinition {
  /** 1 to 2^32-1, never used for another share: it is in every file handle. */
  readonly id: number
  /** Logical path: `/demo`. */
  readonly path: string
  readonly directory: string
  /** The store that it lies in; undefined: a directory outside all of them. */
  readonly store?: string | undefined
  /** Its filesystem may be slow to answer, or never do so: its calls have threads of their own. */
  readonly remote?: boolean | undefined
  /**
   * `index` keeps names instead of the kernel's handles, for a filesystem whose handles do not last (a FUSE one that
   * forgets them at a remount). Default: the kernel's wherever they can be opened.
   */
  readonly handles?: 'auto' | 'index'
  readonly snapshotOf?: SnapshotOf | undefined
  /** Absolute path of the map that a move to another filesystem has left; undefined: it lies where it was made. */
  readonly moveMap?: string | undefined
}

/** f_type of statfs(2), linux/magic.h. */
const FilesystemMagic = {
  EXT4: 0xef53,
  XFS: 0x58465342,
  BTRFS: 0x9123683e,
  TMPFS: 0x01021994,
  CEPH: 0x00c36400,
  FUSE: 0x65735546,
} as const

/** Most names of one file. What pathconf(3) knows of these filesystems; elsewhere its lowest common value. */
const linkCountMax = new Map<number, number>([
  [FilesystemMagic.EXT4, 65_000],
  [FilesystemMagic.XFS, 0x7fffffff],
  [FilesystemMagic.BTRFS, 65_535],
])
const linkCountMaxElsewhere = 127

/** Offsets are safe integers all the way: 8 PiB. */
export const fileSizeMax = Number.MAX_SAFE_INTEGER
/** Of ext4: a file has at most 2^32-1 blocks. Elsewhere more than {@link fileSizeMax}. */
const ext4BlockCountMax = 2 ** 32 - 1

/**
 * Filesystems whose fsync of a directory also makes durable the inodes just created in it: ext4 and XFS write one
 * journal transaction for name and inode, btrfs logs the new inodes of a logged directory. tmpfs has no disk.
 */
const syncsChildrenWithDirectory = new Set<number>([
  FilesystemMagic.EXT4,
  FilesystemMagic.XFS,
  FilesystemMagic.BTRFS,
  FilesystemMagic.TMPFS,
])

const cephSnapshotsName = Buffer.from('.snap')
/** Bits of the upper half of an inode number that are below the tag of CephFS. */
const untaggedMax = 0xffff

const noName = Buffer.alloc(0)

/** A share that is open: its root, and what its filesystem can do. */
export class Share {
  readonly definition: ShareDefinition
  readonly id: number
  /** An ordinary descriptor of the root: open_by_handle_at refuses an O_PATH one as its mount. */
  readonly rootFd: number
  readonly rootInoHigh: number
  readonly rootInoLow: number
  readonly devMajor: number
  readonly devMinor: number
  readonly mountId: number
  readonly linkMax: number
  readonly nameMax: number
  readonly directorySyncSuffices: boolean
  /** Whether syncfs(2) does anything: it is not told to filesystems in user space. */
  readonly syncsWhole: boolean
  /** The name in each directory by which CephFS shows snapshots and takes them: no client's to use. */
  readonly reservedName: Buffer | undefined
  /**
   * On CephFS, whether its inode numbers have a tag, as those of snapshots do: a snapshot's own or, of what had not changed
   * since, that of one before.
   */
  readonly #isTagged: boolean | undefined
  /** Bytes of the largest file that the filesystem can hold, as far as offsets go. */
  readonly fileSizeMax: number
  /** Cleared when the filesystem turns out not to know RWF_NOWAIT. */
  readsNowait = true

  constructor(definition: ShareDefinition) {
    const { directory } = definition
    const fd = native.openAt(AT_FDCWD, Buffer.from(directory), constants.O_RDONLY | constants.O_DIRECTORY)
    if (fd < 0)
      throw new Error(`share ${definition.path}: cannot open directory ${directory}: ${errnoName(fd)}`)
    const result = native.statAt(fd, noName, 0) || native.fstatfs(fd)
    if (result < 0) {
      native.close(fd)
      throw new Error(`share ${definition.path}: cannot examine directory ${directory}: ${errnoName(result)}`)
    }
    const missing = missingFor(fd)
    if (missing !== undefined) {
      native.close(fd)
      throw new Error(`share ${definition.path}: cannot be served without ${missing}`)
    }
    this.definition = definition
    this.id = definition.id
    this.rootFd = fd
    this.rootInoHigh = statField(0, StatField.INO_HIGH)
    this.rootInoLow = statField(0, StatField.INO_LOW)
    this.devMajor = statField(0, StatField.DEV_MAJOR)
    this.devMinor = statField(0, StatField.DEV_MINOR)
    this.mountId = statField(0, StatField.MOUNT_ID)
    const magic = statfsRow[StatfsField.TYPE]!
    this.linkMax = linkCountMax.get(magic) ?? linkCountMaxElsewhere
    this.nameMax = statfsRow[StatfsField.NAME_MAX]!
    const isExt4 = magic === FilesystemMagic.EXT4
    this.fileSizeMax = isExt4 ? ext4BlockCountMax * statfsRow[StatfsField.BLOCK_SIZE]! : fileSizeMax
    this.directorySyncSuffices = syncsChildrenWithDirectory.has(magic)
    this.syncsWhole = magic !== FilesystemMagic.FUSE
    const isCeph =
      magic === FilesystemMagic.CEPH || (magic === FilesystemMagic.FUSE && isCephFuse(this.mountId))
    this.reservedName = isCeph ? cephSnapshotsName : undefined
    this.#isTagged = isCeph ? isTagged(this.rootInoHigh) : undefined
  }

  /** What it shares a disk with: all of its store; without one, all of its filesystem. */
  get diskName(): string {
    const { store } = this.definition
    return store === undefined ? `device ${this.devMajor}:${this.devMinor}` : `store ${store}`
  }

  /** Whether stat slot `slot` describes the root. */
  isRoot(slot: number): boolean {
    return (
      statField(slot, StatField.INO_LOW) === this.rootInoLow &&
      statField(slot, StatField.INO_HIGH) === this.rootInoHigh &&
      this.holds(slot)
    )
  }

  /**
   * Whether stat slot `slot`, filled by fstat or statAt, describes an object of the share's own filesystem: not one
   * below a nested mount, btrfs subvolume or snapshot of CephFS, whose handles would mean something else.
   */
  holds(slot: number): boolean {
    return (
      statField(slot, StatField.DEV_MINOR) === this.devMinor &&
      statField(slot, StatField.DEV_MAJOR) === this.devMajor &&
      (this.#isTagged === undefined || this.#isTagged === isTagged(statField(slot, StatField.INO_HIGH)))
    )
  }

  close(): void {
    native.close(this.rootFd)
  }
}

function isTagged(inoHigh: number): boolean {
  return inoHigh > untaggedMax
}

/** By proc_pid_mountinfo(5): statfs(2) says of all filesystems in user space no more than that they are. */
function isCephFuse(mountId: number): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1')
  return new RegExp(`^${mountId} .* - fuse\\.ceph-fuse `, 'm').test(mounts)
}

/** Flags to open a descriptor that stands for an object without reading it. */
export const pathFlags = O_PATH | constants.O_NOFOLLOW

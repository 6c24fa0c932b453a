import { Ftype3, type Fattr3, type Nfstime3, type WccAttr } from '../../nfs3/types.ts'
import type { Directory } from './directory.ts'
import type { SparseData } from './sparse-data.ts'

/** What an object is, with what only that type has. */
export type Content =
  | {
      type: typeof Ftype3.REG
      data: SparseData
      /** Of the EXCLUSIVE create. */ verifier: Buffer | undefined
    }
  | { type: typeof Ftype3.DIR; directory: Directory }
  | { type: typeof Ftype3.LNK; path: Buffer }
  | { type: typeof Ftype3.BLK | typeof Ftype3.CHR; rdevMajor: number; rdevMinor: number }
  | { type: typeof Ftype3.SOCK | typeof Ftype3.FIFO }

export interface Inode {
  readonly id: number
  readonly handle: Buffer
  readonly content: Content
  mode: number
  nlink: number
  uid: number
  gid: number
  atime: Nfstime3
  mtime: Nfstime3
  ctime: Nfstime3
}

export type FileInode = Inode & { content: Extract<Content, { type: typeof Ftype3.REG }> }
export type DirectoryInode = Inode & { content: Extract<Content, { type: typeof Ftype3.DIR }> }

export function isFile(inode: Inode): inode is FileInode {
  return inode.content.type === Ftype3.REG
}

export function isDirectory(inode: Inode): inode is DirectoryInode {
  return inode.content.type === Ftype3.DIR
}

const directorySize = 4096

function sizeOf({ content }: Inode): number {
  if (content.type === Ftype3.REG) return content.data.size
  if (content.type === Ftype3.LNK) return content.path.length
  return content.type === Ftype3.DIR ? directorySize : 0
}

export function toFattr3(inode: Inode): Fattr3 {
  const { content, mode, nlink, uid, gid, atime, mtime, ctime } = inode
  const size = sizeOf(inode)
  return {
    type: content.type,
    mode,
    nlink,
    uid,
    gid,
    size,
    used: content.type === Ftype3.REG ? content.data.used : size,
    rdevMajor: 'rdevMajor' in content ? content.rdevMajor : 0,
    rdevMinor: 'rdevMinor' in content ? content.rdevMinor : 0,
    fsidHigh: 0,
    fsidLow: 1,
    fileidHigh: 0,
    fileidLow: inode.id,
    atimeSeconds: atime.seconds,
    atimeNanoseconds: atime.nanoseconds,
    mtimeSeconds: mtime.seconds,
    mtimeNanoseconds: mtime.nanoseconds,
    ctimeSeconds: ctime.seconds,
    ctimeNanoseconds: ctime.nanoseconds,
  }
}

export function toWccAttr(inode: Inode): WccAttr {
  return {
    size: sizeOf(inode),
    mtimeSeconds: inode.mtime.seconds,
    mtimeNanoseconds: inode.mtime.nanoseconds,
    ctimeSeconds: inode.ctime.seconds,
    ctimeNanoseconds: inode.ctime.nanoseconds,
  }
}

import { native } from './index.ts'

const pageSize = 32 * 1024
/** Offsets in a linux_dirent64 record: getdents64(2). */
const Dirent = { INO: 0, OFF: 8, RECLEN: 16, TYPE: 18, NAME: 19 } as const
/** Of {@link Dirent} TYPE, linux/dirent.h. */
export const EntryType = { UNKNOWN: 0, DIRECTORY: 4, REGULAR: 8 } as const

export interface DirectoryEntry {
  /** A view that is good until the next entry is asked for. */
  readonly name: Buffer
  /** Of {@link EntryType}; filesystems need not tell it. */
  readonly type: number
  /** Halves of the inode number, which some filesystems make up here. */
  readonly inodeHigh: number
  readonly inodeLow: number
}

/**
 * The entries of an open directory but "." and "..", page by page: what is removed meanwhile moves no others. Ends with
 * 0, or a negative errno.
 */
export function* entriesOf(fd: number): Generator<DirectoryEntry, number> {
  const page = Buffer.allocUnsafe(pageSize)
  let [cookieHigh, cookieLow] = [0, 0]
  for (;;) {
    const size = native.getdents(fd, cookieHigh, cookieLow, page, 0, pageSize)
    if (size <= 0) return size
    for (let at = 0; at < size; at += page.readUInt16LE(at + Dirent.RECLEN)) {
      cookieLow = page.readUInt32LE(at + Dirent.OFF)
      cookieHigh = page.readUInt32LE(at + Dirent.OFF + 4)
      const name = page.subarray(at + Dirent.NAME, page.indexOf(0, at + Dirent.NAME))
      if (isDots(name)) continue
      const [inodeLow, inodeHigh] = [
        page.readUInt32LE(at + Dirent.INO),
        page.readUInt32LE(at + Dirent.INO + 4),
      ]
      yield { name, type: page[at + Dirent.TYPE]!, inodeHigh, inodeLow }
    }
  }
}

const dot = 0x2e

function isDots(name: Buffer): boolean {
  return name[0] === dot && (name.length === 1 || (name.length === 2 && name[1] === dot))
}

import { native } from '../native/index.ts'
import type { ListedDirectory } from './listing.ts'
import { allBits } from './served-share.ts'

/** Offsets in a linux_dirent64 record: getdents64(2). */
export const Dirent = { INO: 0, OFF: 8, RECLEN: 16, TYPE: 18, NAME: 19 } as const

/** Cookie of the name that comes last where one is added: below what filesystems use for the end (2^63-1). */
const addedCookie = { high: 0x7fff_ffff, low: 0xffff_fff0 } as const
/** For names of up to 12 bytes. */
const addedRecordSize = 32
const DT_DIR = 4

/**
 * Entries of an open directory from a cookie on, as linux_dirent64 records, into `page`: their bytes, 0 at the end, or a
 * negative errno. What a share and a snapshot show otherwise than the kernel is done here.
 */
export function readPage(
  { inode: { served }, fd, addedName }: ListedDirectory,
  cookieHigh: number,
  cookieLow: number,
  page: Buffer,
  sizeMax: number,
): number {
  if (addedName !== undefined && cookieHigh === addedCookie.high && cookieLow === addedCookie.low) return 0
  const size = native.getdents(fd, cookieHigh, cookieLow, page, 0, sizeMax)
  if (size === 0 && addedName !== undefined) return writeAdded(page, addedName)
  if (size > 0) served.moved?.tellPage(page, size)
  if (size > 0 && served.inodeMap >= 0) native.inodeMapPage(served.inodeMap, page, 0, size)
  if (served.inodeHighMask !== allBits) maskNumbers(page, size, served.inodeHighMask)
  return size
}

function maskNumbers(page: Buffer, size: number, highMask: number): void {
  for (let at = 0; at < size; at += page.readUInt16LE(at + Dirent.RECLEN)) {
    const high = at + Dirent.INO + 4
    page.writeUInt32LE((page.readUInt32LE(high) & highMask) >>> 0, high)
  }
}

/** It is no name of the directory: whoever looks it up is led elsewhere. */
function writeAdded(page: Buffer, name: Buffer): number {
  page.fill(0, 0, addedRecordSize)
  page.writeUInt32LE(addedCookie.low, Dirent.INO)
  page.writeUInt32LE(addedCookie.high, Dirent.INO + 4)
  page.writeUInt32LE(addedCookie.low, Dirent.OFF)
  page.writeUInt32LE(addedCookie.high, Dirent.OFF + 4)
  page.writeUInt16LE(addedRecordSize, Dirent.RECLEN)
  page[Dirent.TYPE] = DT_DIR
  name.copy(page, Dirent.NAME)
  return addedRecordSize
}

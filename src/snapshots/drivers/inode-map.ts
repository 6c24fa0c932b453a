import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { AT_FDCWD, native } from '../../native/index.ts'
import type { ObjectTable } from './object-table.ts'
import { require } from './tree-pair.ts'

/**
 * The file that says which live object each object of a snapshot was, and when that had changed last: copies have inode
 * numbers and ctimes of their own. Numbers are little endian.
 *
 *      0  "BERTHINO"
 *      8  u32 version, 1
 *     12  u32 bytes of a record, 32
 *     16  u64 records
 *     24  8 zero bytes
 *
 * and records by ascending inode number, one for each object but the places of other filesystems:
 *
 *      0  u64 inode number in the snapshot
 *      8  u64 inode number of the live object
 *     16  i64 seconds of the live object's ctime at the cut
 *     24  u32 and its nanoseconds
 *     28  u32 zero
 */
const magic = 'BERTHINO'
const version = 1
const headerSize = 32
const recordSize = 32
const recordsAtOnce = 4096

/** Writes the map of some objects. It is on the disk once its filesystem is synced. */
export function writeInodeMap(path: string, table: ObjectTable, objects: Uint32Array): void {
  const header = Buffer.alloc(headerSize)
  header.write(magic, 'latin1')
  header.writeUInt32LE(version, 8)
  header.writeUInt32LE(recordSize, 12)
  header.writeBigUInt64LE(BigInt(objects.length), 16)
  const page = Buffer.allocUnsafe(recordsAtOnce * recordSize)
  const file = openSync(path, 'wx', 0o600)
  try {
    write(file, header)
    for (let start = 0; start < objects.length; start += recordsAtOnce) {
      const some = objects.subarray(start, start + recordsAtOnce)
      some.forEach((object, at) => table.writeRecord(object, page, at * recordSize))
      write(file, page.subarray(0, some.length * recordSize))
    }
  } finally {
    closeSync(file)
  }
}

/** Halves of a number of 64 bits. */
export interface Halves {
  readonly high: number
  readonly low: number
}

/** The inode numbers of all objects of a snapshot: their own, and those of the live objects. @throws {Error} if it is damaged */
export function* inodesIn(path: string): Generator<{ readonly own: Halves; readonly live: Halves }> {
  const page = Buffer.allocUnsafe(recordsAtOnce * recordSize)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, page, 0, headerSize, 0) < headerSize || page.toString('latin1', 0, 8) !== magic)
      throw new Error(`${path} is no inode map`)
    const size = headerSize + Number(page.readBigUInt64LE(16)) * recordSize
    for (let position = headerSize; position < size;) {
      const count = readSync(file, page, 0, Math.min(page.length, size - position), position)
      if (count < recordSize) throw new Error(`${path} is cut short`)
      const whole = count - (count % recordSize)
      for (let at = 0; at < whole; at += recordSize)
        yield { own: halvesAt(page, at), live: halvesAt(page, at + 8) }
      position += whole
    }
  } finally {
    closeSync(file)
  }
}

/**
 * The map for native.inodeMapTranslate and the like, to be closed by native.inodeMapClose. The addon closes the descriptor, so the
 * addon opens it: what openSync opens in a worker, Node closes when that ends, even when the number is somebody else's by then.
 * @throws {Error} where it cannot be read
 */
export function openInodeMap(path: string): number {
  const fd = require(native.openAt(AT_FDCWD, Buffer.from(path), constants.O_RDONLY), 'open', () => path)
  const map = native.inodeMapOpen(fd)
  if (map < 0) native.close(fd)
  return require(map, 'read the inode map', () => path)
}

function halvesAt(page: Buffer, at: number): Halves {
  return { high: page.readUInt32LE(at + 4), low: page.readUInt32LE(at) }
}

function write(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { StatField } from '../../native/index.ts'
import { field, type ObjectTable } from './object-table.ts'

/**
 * The file that says, while a copy is made, which objects have been copied whole, so that whoever goes on with it need not
 * copy them again. A record is written once what it tells of is on the disk; of records of the same copy the last counts.
 * Numbers are little endian.
 *
 *      0  "BERTHLOG"
 *      8  u32 version, 1
 *     12  u32 bytes of a record, 64
 *     16  48 zero bytes
 *
 * and records:
 *
 *      0  u64 inode number of the copy
 *      8  u64 inode number of the live object
 *     16  f64 seconds of the live object's ctime when it was copied
 *     24  u32 and its nanoseconds
 *     28  u32 the type of its mode
 *     32  f64 its size
 *     40  f64 seconds of the copy's ctime then
 *     48  u32 and its nanoseconds
 *     52  f64 bytes of data copied by then, of all files
 *     60  u32 CRC-32 of what is before
 */
export const copyLogName = 'copied'
const magic = 'BERTHLOG'
const version = 1
const recordSize = 64
const checkedSize = 60
const recordsAtOnce = 4096
/** Records that wait for the next sync at most: 16 MiB. */
const waitingCountMax = 262_144
/** How long what was copied may wait to be brought to the disk, in ms: a kill loses as much. */
const settleEveryMs = 5000

export interface CopyRecord {
  readonly copyHigh: number
  readonly copyLow: number
  readonly liveHigh: number
  readonly liveLow: number
  readonly ctime: number
  readonly ctimeNs: number
  readonly mode: number
  readonly size: number
  readonly copyCtime: number
  readonly copyCtimeNs: number
}

/** Writes the log of one copy. */
export class CopyLog {
  readonly #file: number
  readonly #sync: () => void
  readonly #everyMs: number
  /** What waits for the next sync. */
  readonly #pages: Buffer[] = []
  #waitingCount = 0
  #settledAt = performance.now()
  #bytes: number

  /**
   * @param sync brings all that was copied to the disk
   * @param bytes of data that had been copied before
   */
  constructor(path: string, sync: () => void, bytes: number, everyMs = settleEveryMs) {
    this.#sync = sync
    this.#bytes = bytes
    this.#everyMs = everyMs
    this.#file = openSync(path, 'a', 0o600)
  }

  /** Notes an object that was copied whole: the live one in stat row 0, its copy in row 1. */
  add(table: ObjectTable, object: number): void {
    const page = (this.#pages[Math.floor(this.#waitingCount / recordsAtOnce)] ??= Buffer.alloc(
      recordsAtOnce * recordSize,
    ))
    const start = (this.#waitingCount++ % recordsAtOnce) * recordSize
    const record = page.subarray(start, start + recordSize)
    const live = table.liveOf(object)
    record.writeUInt32LE(field(1, StatField.INO_LOW), 0)
    record.writeUInt32LE(field(1, StatField.INO_HIGH), 4)
    record.writeUInt32LE(live.low, 8)
    record.writeUInt32LE(live.high, 12)
    record.writeDoubleLE(live.ctime, 16)
    record.writeUInt32LE(live.ctimeNs, 24)
    record.writeUInt32LE(table.modeOf(object), 28)
    record.writeDoubleLE(table.size(object), 32)
    record.writeDoubleLE(field(1, StatField.CTIME), 40)
    record.writeUInt32LE(field(1, StatField.CTIME_NS), 48)
    record.writeDoubleLE(this.#bytes, 52)
    record.writeUInt32LE(crc32(record.subarray(0, checkedSize)), checkedSize)
    const isDue = performance.now() - this.#settledAt >= this.#everyMs
    if (isDue || this.#waitingCount >= waitingCountMax) this.settle()
  }

  /** So many bytes more were copied. */
  copied(bytes: number): void {
    this.#bytes += bytes
  }

  /** What was noted outlives a crash when this returns. */
  settle(): void {
    if (this.#waitingCount > 0) {
      this.#sync()
      for (let left = this.#waitingCount, at = 0; left > 0; left -= recordsAtOnce, at++)
        write(this.#file, this.#pages[at]!.subarray(0, Math.min(left, recordsAtOnce) * recordSize))
      fdatasyncSync(this.#file)
      this.#waitingCount = 0
    }
    this.#settledAt = performance.now()
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Makes the log of a copy that begins. */
export function createCopyLog(path: string): void {
  const file = openSync(path, 'wx', 0o600)
  writeHeader(file)
  closeSync(file)
}

function writeHeader(file: number): void {
  const header = Buffer.alloc(recordSize)
  header.write(magic, 'latin1')
  header.writeUInt32LE(version, 8)
  header.writeUInt32LE(recordSize, 12)
  write(file, header)
}

function write(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

/**
 * What an earlier run has noted, the oldest first, up to where a crash has cut it: the rest is cut off. Nothing, where it is
 * no log that this program knows: it begins anew. Answers how many bytes of data had been copied.
 */
export function* recordsIn(path: string): Generator<CopyRecord, number> {
  const page = Buffer.allocUnsafe(recordsAtOnce * recordSize)
  const file = openSync(path, 'r+')
  let bytes = 0
  let position = recordSize
  try {
    if (!isHeader(page, readSync(file, page, 0, recordSize, 0))) {
      ftruncateSync(file, 0)
      writeHeader(file)
      return 0
    }
    for (;;) {
      const count = readSync(file, page, 0, page.length, position)
      let at = 0
      for (; at + recordSize <= count && isRecord(page, at); at += recordSize) {
        bytes = page.readDoubleLE(at + 52)
        yield recordAt(page, at)
      }
      position += at
      if (at < page.length) break
    }
    ftruncateSync(file, position)
  } finally {
    closeSync(file)
  }
  return bytes
}

/** How far a copy has come. */
export interface CopySummary {
  readonly files: number
  readonly bytes: number
  /** When it was worked on last, in milliseconds since 1970. */
  readonly at: number
}

/** What the log of a copy tells; undefined: there is none, or nothing in it. */
export async function summaryOf(path: string): Promise<CopySummary | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const { size, mtimeMs } = await file.stat()
      const files = Math.floor(size / recordSize) - 1
      const page = Buffer.alloc(recordSize)
      if (files < 1 || !isHeader(page, (await file.read(page, 0, recordSize, 0)).bytesRead)) return undefined
      await file.read(page, 0, recordSize, files * recordSize)
      return { files, bytes: isRecord(page, 0) ? page.readDoubleLE(52) : 0, at: mtimeMs }
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isHeader(page: Buffer, size: number): boolean {
  return size === recordSize && page.toString('latin1', 0, 8) === magic && page.readUInt32LE(8) === version
}

function isRecord(page: Buffer, at: number): boolean {
  return crc32(page.subarray(at, at + checkedSize)) === page.readUInt32LE(at + checkedSize)
}

function recordAt(page: Buffer, at: number): CopyRecord {
  return {
    copyLow: page.readUInt32LE(at),
    copyHigh: page.readUInt32LE(at + 4),
    liveLow: page.readUInt32LE(at + 8),
    liveHigh: page.readUInt32LE(at + 12),
    ctime: page.readDoubleLE(at + 16),
    ctimeNs: page.readUInt32LE(at + 24),
    mode: page.readUInt32LE(at + 28),
    size: page.readDoubleLE(at + 32),
    copyCtime: page.readDoubleLE(at + 40),
    copyCtimeNs: page.readUInt32LE(at + 48),
  }
}

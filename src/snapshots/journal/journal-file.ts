import { open, type FileHandle } from 'node:fs/promises'
import { writeAllDurably } from '../../namespace/files.ts'

/**
 * A file of what has changed in a share since a snapshot, beside the snapshots. Numbers little endian:
 *
 *      0  "BERTHJRN"
 *      8  u32 version, 1
 *     12  u32 number of the snapshot since which; 0: none
 *     16  entries, as filesystem/journal-entries.ts has them
 */
const magic = 'BERTHJRN'
const version = 1
export const journalHeaderSize = 16

export interface JournalContent {
  readonly since: number
  readonly entries: Buffer
}

export function journalHeader(since: number): Buffer {
  const header = Buffer.alloc(journalHeaderSize)
  header.write(magic, 'latin1')
  header.writeUInt32LE(version, 8)
  header.writeUInt32LE(since, 12)
  return header
}

/** Puts it in the file, whole or not at all, and on the disk. */
export async function writeJournal(path: string, since: number, ...entries: Buffer[]): Promise<void> {
  await writeAllDurably([{ path, content: Buffer.concat([journalHeader(since), ...entries]) }])
}

/** Undefined: there is none, or it is damaged or larger than wanted. */
export async function readJournal(path: string, sizeMax: number): Promise<JournalContent | undefined> {
  return withFile(path, async (file) => {
    const { size } = await file.stat()
    if (size > journalHeaderSize + sizeMax) return undefined
    const bytes = await file.readFile()
    const since = sinceIn(bytes)
    return since === undefined ? undefined : { since, entries: bytes.subarray(journalHeaderSize) }
  })
}

/** Since which snapshot; undefined: there is none, or it is damaged. */
export async function journalSince(path: string): Promise<number | undefined> {
  return withFile(path, async (file) => {
    const header = Buffer.alloc(journalHeaderSize)
    const { bytesRead } = await file.read(header, 0, journalHeaderSize, 0)
    return sinceIn(header.subarray(0, bytesRead))
  })
}

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined
    throw error
  }
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}

function sinceIn(bytes: Buffer): number | undefined {
  const isOurs =
    bytes.length >= journalHeaderSize &&
    bytes.toString('latin1', 0, magic.length) === magic &&
    bytes.readUInt32LE(8) === version
  return isOurs ? bytes.readUInt32LE(12) : undefined
}

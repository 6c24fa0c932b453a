/**
 * What has changed in a share since some instant, as a list of names to be looked at: how lanes tell of it, and how it is
 * kept beside snapshots. Whoever goes down from the root by the names that are listed for each directory meets all that is
 * different. More names than have changed do no harm, nor does the same entry twice.
 *
 * An entry, numbers little endian:
 *
 *      0  u16 kind: 1 a name in a directory, 2 an object whose names are not known
 *      2  u16 bytes of the name
 *      4  u32 number of the share
 *      8  u64 inode number of the directory, or of the object
 *     16  the name
 */
export const EntryKind = { NAME: 1, OBJECT: 2 } as const
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind]

export const entryHeaderSize = 16
/** Bytes of a name, NAME_MAX of Linux. */
export const entryNameSizeMax = 255

export interface JournalEntry {
  readonly kind: EntryKind
  readonly share: number
  /** Halves of the inode number. */
  readonly inodeHigh: number
  readonly inodeLow: number
  /** A view; empty for an object. */
  readonly name: Buffer
}

/** Writes an entry, for which there is room. Answers where the next one begins. */
export function writeEntry(
  into: Buffer,
  at: number,
  { kind, share, inodeHigh, inodeLow, name }: JournalEntry,
): number {
  into.writeUInt16LE(kind, at)
  into.writeUInt16LE(name.length, at + 2)
  into.writeUInt32LE(share, at + 4)
  into.writeUInt32LE(inodeLow, at + 8)
  into.writeUInt32LE(inodeHigh, at + 12)
  into.set(name, at + entryHeaderSize)
  return at + entryHeaderSize + name.length
}

/** Bytes of the entry that begins at `at`. */
export function entrySize(bytes: Buffer, at: number): number {
  return entryHeaderSize + bytes.readUInt16LE(at + 2)
}

/** Number of the share of the entry that begins at `at`. */
export function shareOfEntry(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4)
}

/** Entries one after the other. @throws {Error} where they are no entries */
export function* entriesIn(bytes: Buffer): Generator<JournalEntry> {
  for (let at = 0; at < bytes.length;) {
    const isWhole = at + entryHeaderSize <= bytes.length && at + entrySize(bytes, at) <= bytes.length
    const kind = isWhole ? bytes.readUInt16LE(at) : 0
    if (kind !== EntryKind.NAME && kind !== EntryKind.OBJECT)
      throw new Error(`the journal of changes is damaged at byte ${at}`)
    const end = at + entrySize(bytes, at)
    yield {
      kind,
      share: shareOfEntry(bytes, at),
      inodeHigh: bytes.readUInt32LE(at + 12),
      inodeLow: bytes.readUInt32LE(at + 8),
      name: bytes.subarray(at + entryHeaderSize, end),
    }
    at = end
  }
}

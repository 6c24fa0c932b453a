import type { XdrWriter } from '../xdr/index.ts'
import { encodePostOpAttr, encodePostOpFh, postOpAttrSize } from './attributes.ts'
import type {
  DirectoryAttributes,
  DirectoryCursor,
  EntriesTarget,
  Readdirplus3Ok,
  WrittenEntries,
} from './backend.ts'
import { type Fattr3, Nfsstat3 } from './types.ts'

/** The most a page may take, in bytes. */
export interface PageBounds {
  /** Size of the READDIR3resok or READDIRPLUS3resok structure with all XDR overhead, RFC 1813 §3.3.16 and §3.3.17. */
  readonly sizeMax: number
  /** Size of names, file numbers and cookies alone: READDIRPLUS's dircount. */
  readonly dirSizeMax: number
}

/** cookieverf3 before the list; the list's end and the eof flag after it. */
const verifierSize = 8
const trailerSize = 4 + 4
/** fileid3, length word of the name, cookie3. */
const entryFixedSize = 8 + 4 + 8
const statusSize = 4
/** "another entry follows". */
const linkSize = 4
/** A name of one byte with its padding. */
const nameSizeMin = 4
/** What READDIRPLUS adds to an entry: attributes, and a handle of four bytes, smaller than any in use. */
const plusSizeMin = postOpAttrSize + 4 + 4 + 4

/** Most entries that a page of `sizeMax` bytes can hold, at least 1: what a backend may usefully read ahead. */
export function entryCountMax(sizeMax: number, plus: boolean): number {
  const entrySizeMin = linkSize + entryFixedSize + nameSizeMin + (plus ? plusSizeMin : 0)
  return Math.max(1, Math.floor((sizeMax - verifierSize - trailerSize) / entrySizeMin))
}

type TooSmall = DirectoryAttributes & { status: typeof Nfsstat3.TOOSMALL }

/**
 * Makes room for a READDIRPLUS reply of `sizeMax` bytes and points `target` at where its entries go. `writer` stands
 * where the status will be written.
 */
export function reserveEntries(
  writer: XdrWriter,
  { sizeMax, dirSizeMax }: PageBounds,
  target: EntriesTarget,
): void {
  writer.ensure(statusSize + sizeMax)
  target.buffer = writer.buffer
  target.offset = writer.offset + statusSize + postOpAttrSize + verifierSize
  target.size = Math.max(0, sizeMax - postOpAttrSize - verifierSize - trailerSize)
  target.dirSizeMax = dirSizeMax
}

/** Puts what comes before and after entries that the backend has written in place. */
function finishWrittenPage(
  writer: XdrWriter,
  dirAttributes: Fattr3 | undefined,
  cookieVerifier: Buffer,
  { writtenSize, writtenCount, eof }: WrittenEntries,
): void | TooSmall {
  if (dirAttributes === undefined)
    throw new Error('READDIRPLUS entries written, but no attributes before them')
  if (writtenCount === 0 && !eof) return { status: Nfsstat3.TOOSMALL, dirAttributes }
  encodePostOpAttr(writer, dirAttributes)
  writer.fixedOpaque(cookieVerifier)
  writer.offset += writtenSize
  writer.bool(false)
  writer.bool(eof)
}

/**
 * Writes the success arm of READDIR (RFC 1813 §3.3.16) or READDIRPLUS (§3.3.17): as many whole entries as the bounds
 * allow. Returns TOOSMALL when not even one fits; a page without entries is only written for the end of a directory.
 */
export function encodeDirectoryPage(
  writer: XdrWriter,
  { dirAttributes, cookieVerifier, entries }: Readdirplus3Ok,
  { sizeMax, dirSizeMax }: PageBounds,
  plus: boolean,
): void | TooSmall {
  if ('writtenSize' in entries) return finishWrittenPage(writer, dirAttributes, cookieVerifier, entries)
  const end = writer.offset + sizeMax
  encodePostOpAttr(writer, dirAttributes)
  writer.fixedOpaque(cookieVerifier)
  let count = 0
  let dirSize = 0
  let full = writer.offset + trailerSize > end
  while (!full && entries.next()) {
    dirSize += entryDirSize(entries)
    // Deviation: dircount never holds back the first entry. Clients that compute it badly (0 included) would get
    // nothing, for ever; Linux nfsd ignores it altogether.
    full = count > 0 && dirSize > dirSizeMax
    if (full) break
    const start = writer.offset
    encodeEntry(writer, entries, plus)
    full = writer.offset + trailerSize > end
    if (full) writer.offset = start
    else count++
  }
  if (count === 0) {
    if (full) return { status: Nfsstat3.TOOSMALL, dirAttributes }
    if (!entries.eof)
      throw new Error('directory cursor gave no entry and no end: the client would ask for ever')
  }
  writer.bool(false)
  writer.bool(!full && entries.eof)
}

function entryDirSize({ nameStart, nameEnd }: DirectoryCursor): number {
  const nameSize = nameEnd - nameStart
  return entryFixedSize + nameSize + (-nameSize & 3)
}

/** entry3 or entryplus3. */
function encodeEntry(writer: XdrWriter, entry: DirectoryCursor, plus: boolean): void {
  writer.bool(true)
  writer.uint64Parts(entry.fileidHigh, entry.fileidLow)
  writer.opaqueRange(entry.nameBuffer, entry.nameStart, entry.nameEnd)
  writer.uint64Parts(entry.cookieHigh, entry.cookieLow)
  if (!plus) return
  encodePostOpAttr(writer, entry.attributes)
  encodePostOpFh(writer, entry.handle)
}

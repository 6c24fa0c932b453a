import { NfsPutOff, type EntriesTarget, type Readdir3Args, type WrittenEntries } from 'nfs-server-ts'
import { ListingField, listingRow, native } from '../native/index.ts'
import { whenInMemory } from './cold-entries.ts'
import { Dirent, readPage } from './directory-page.ts'
import type { ListedDirectory } from './listing.ts'

/** Most bytes of entries taken from the kernel at once. */
const pageSizeMax = 64 * 1024
/** Usual size of a getdents record. */
const entrySizeUsual = 40
/** Room for a few entries of the longest name, whatever the client asked for. */
const pageSizeMin = 2048
/** A getdents record takes at most this many times what the entry counts towards `dirSizeMax`. */
const recordSizeRatio = 1.15

/**
 * READDIRPLUS by the addon: entries go from the kernel into the reply without becoming objects on the way. Cookies are
 * the kernel's own, as in listing.ts.
 */
export class PlusListing {
  readonly #page = Buffer.allocUnsafeSlow(pageSizeMax)
  readonly #key: Buffer

  /** `key`: of file handles. */
  constructor(key: Buffer) {
    this.#key = key
  }

  /**
   * Writes the entries of an open directory from a cookie on, as many as fit; or answers a negative errno.
   * `namesOnly`: the caller may list it but not search it. @throws NfsPutOff while the first ones are not in memory.
   */
  write(
    listed: ListedDirectory,
    { cookieHigh, cookieLow, entryCountMax }: Readdir3Args,
    target: EntriesTarget,
    namesOnly: boolean,
  ): WrittenEntries | number {
    const { inode, fd, isRoot, attributes } = listed
    const wanted = Math.ceil(Math.min(target.dirSizeMax, entryCountMax * entrySizeUsual) * recordSizeRatio)
    const pageSize = Math.min(pageSizeMax, Math.max(pageSizeMin, wanted))
    const { served } = inode
    const { share } = served
    const written: WrittenEntries = { writtenSize: 0, writtenCount: 0, eof: false }
    let dirSize = 0
    let [high, low] = [cookieHigh, cookieLow]
    for (;;) {
      const end = readPage(listed, high, low, this.#page, pageSize)
      // After the first entries, a failure is left for the next call to tell.
      if (end < 0) return written.writtenCount > 0 ? written : end
      if (end === 0) return { ...written, eof: true }
      const inMemory = namesOnly ? undefined : whenInMemory(listed, high, low, this.#page, end, pageSize)
      if (inMemory !== undefined) {
        if (written.writtenCount > 0) return written
        throw new NfsPutOff(inMemory)
      }
      for (let at = 0; at < end; at = listingRow[ListingField.NEXT]!) {
        const size = native.listPlus(
          fd,
          this.#page,
          at,
          end,
          target.buffer,
          target.offset + written.writtenSize,
          target.size - written.writtenSize,
          Math.max(0, target.dirSizeMax - dirSize),
          this.#key,
          inode.granted.header,
          share.mountId,
          share.devMajor,
          share.devMinor,
          served.handleSize,
          isRoot ? attributes.fileidHigh : 0,
          isRoot ? attributes.fileidLow : 0,
          (namesOnly ? 1 : 0) | (written.writtenCount === 0 ? 2 : 0) | ((served.inodeMap + 1) << 2),
          inode.granted.fsid,
        )
        if (size === 0) return written
        written.writtenSize += size
        written.writtenCount += listingRow[ListingField.COUNT]!
        dirSize += listingRow[ListingField.DIR_SIZE]!
        const last = listingRow[ListingField.LAST]!
        low = this.#page.readUInt32LE(last + Dirent.OFF)
        high = this.#page.readUInt32LE(last + Dirent.OFF + 4)
      }
    }
  }
}

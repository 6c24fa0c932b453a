import { native } from '../native/index.ts'
import type { ListedDirectory } from './listing.ts'

/** Bytes of getdents records, some 40 of them: fewer entries are listed at once, in memory or not. */
const pageSizeMin = 1024

/**
 * Resolves when the inodes of a page of entries are in memory; undefined: they are, or it makes no difference. To list
 * what nobody has looked at for a while takes a read of the disk every few entries: a thread of the disk makes them, so that
 * they hold up nobody else. `page`: `size` bytes of getdents records after a cookie; more may follow, up to `sizeMax`.
 */
export function whenInMemory(
  { inode, fd }: ListedDirectory,
  cookieHigh: number,
  cookieLow: number,
  page: Buffer,
  size: number,
  sizeMax: number,
): Promise<void> | undefined {
  const descriptor = inode.descriptor!
  // A remote store is waited for by threads of its own as it is.
  if (size < pageSizeMin || inode.served.share.definition.remote === true) return undefined
  if (native.entriesCold(fd, page, size) === 0) return undefined
  const { disk } = descriptor
  const cookie = `${cookieHigh}-${cookieLow}`
  // They do not stay in memory, or so much waits already that the lane has to: to list is never refused.
  if (descriptor.broughtFrom === cookie || disk.isBehind) return undefined
  descriptor.pin()
  return new Promise((resolve) => {
    disk.list(fd, cookieHigh, cookieLow, sizeMax, () => {
      descriptor.broughtFrom = cookie
      descriptor.unpin()
      resolve()
    })
  })
}

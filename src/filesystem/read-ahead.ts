import type { Descriptor } from './inode.ts'

/** How much is read ahead at a time, in bytes: several of the largest READs, which clients have in flight together. */
export const readAheadSize = 4 * 1024 * 1024

/**
 * Has the disk read what a client is about to ask for. The kernel does so too, but only for calls that may wait, and by its
 * own small measure; READs here do not wait as long as the pages are in memory.
 *
 * One for each open file: READs that had to go to the disk near each other, in whatever order they came, are of who reads
 * one after the other. From then on the disk is asked for the next piece when half of the last one is taken. A READ far from
 * there ends it.
 */
export class ReadAhead {
  /** Where the last READ from the disk ended; 0 before there was one. */
  #missEnd = 0
  /** Up to where the disk was asked to read; 0: it was not. */
  #end = 0

  /** A READ must wait for the disk. Answers how many bytes after it are to be read, too. */
  missed(position: number, count: number): number {
    const isNear = Math.abs(position - this.#missEnd) <= readAheadSize && this.#missEnd > 0
    this.#missEnd = position + count
    this.#end = isNear ? this.#missEnd + readAheadSize : 0
    return isNear ? readAheadSize : 0
  }

  /** A READ was answered from memory. */
  found(descriptor: Descriptor, position: number, count: number): void {
    if (this.#end === 0) return
    const from = this.#end
    if (position > from || position < from - 2 * readAheadSize) this.#end = 0
    else if (position + count > from - readAheadSize / 2) {
      this.#end = from + readAheadSize
      descriptor.pin()
      descriptor.disk.readAhead(descriptor.fd, readAheadSize, from, () => descriptor.unpin())
    }
  }
}

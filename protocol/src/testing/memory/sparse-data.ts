const pageSize = 16 * 1024

/** Bytes of a file, kept in pages; pages never written are holes and read as zeros. */
export class SparseData {
  readonly #pages = new Map<number, Buffer>()
  size = 0

  /** Bytes of memory taken. */
  get used(): number {
    return this.#pages.size * pageSize
  }

  /** Copies up to `count` bytes from `offset` on into `target` at `targetOffset`; returns how many there were. */
  read(offset: number, count: number, target: Buffer, targetOffset: number): number {
    const end = Math.min(offset + count, this.size)
    for (let at = offset; at < end;) {
      const within = at % pageSize
      const size = Math.min(pageSize - within, end - at)
      const to = targetOffset + (at - offset)
      const page = this.#pages.get((at - within) / pageSize)
      if (page === undefined) target.fill(0, to, to + size)
      else page.copy(target, to, within, within + size)
      at += size
    }
    return Math.max(0, end - offset)
  }

  write(offset: number, data: Buffer): void {
    for (let done = 0; done < data.length;) {
      const within = (offset + done) % pageSize
      const size = Math.min(pageSize - within, data.length - done)
      const index = (offset + done - within) / pageSize
      let page = this.#pages.get(index)
      if (page === undefined) this.#pages.set(index, (page = Buffer.alloc(pageSize)))
      data.copy(page, within, done, done + size)
      done += size
    }
    if (data.length > 0) this.size = Math.max(this.size, offset + data.length)
  }

  /** How many more bytes of memory a write would take. */
  growth(offset: number, count: number): number {
    let missing = 0
    for (let index = Math.floor(offset / pageSize); index * pageSize < offset + count; index++)
      if (!this.#pages.has(index)) missing++
    return missing * pageSize
  }

  truncate(size: number): void {
    if (size < this.size) {
      for (const index of this.#pages.keys()) if (index * pageSize >= size) this.#pages.delete(index)
      // What a later extension uncovers must read as zeros, not as what was cut off.
      this.#pages.get(Math.floor(size / pageSize))?.fill(0, size % pageSize)
    }
    this.size = size
  }
}

import type { DirectoryCursor } from '../../nfs3/backend.ts'
import type { Fattr3 } from '../../nfs3/types.ts'
import { firstEntryCookie } from './directory.ts'
import { type DirectoryInode, type Inode, toFattr3 } from './inode.ts'

const dot = Buffer.from('.')
const dotDot = Buffer.from('..')

/** Lists a directory from behind a cookie on: ".", "..", then its names in the order they were made. */
export class MemoryCursor implements DirectoryCursor {
  readonly #dir: DirectoryInode
  readonly #plus: boolean
  #cookie: number
  #inode: Inode
  nameBuffer: Buffer = dot

  constructor(dir: DirectoryInode, cookie: number, plus: boolean) {
    this.#dir = dir
    this.#inode = dir
    this.#cookie = cookie
    this.#plus = plus
  }

  next(): boolean {
    if (this.#cookie === 0) return this.#reach(1, dot, this.#dir)
    const { directory } = this.#dir.content
    if (this.#cookie < firstEntryCookie - 1)
      return this.#reach(firstEntryCookie - 1, dotDot, directory.parent)
    const entry = directory.after(this.#cookie)
    return entry !== undefined && this.#reach(entry.cookie, entry.name, entry.inode)
  }

  #reach(cookie: number, name: Buffer, inode: Inode): true {
    this.#cookie = cookie
    this.#inode = inode
    this.nameBuffer = name
    return true
  }

  get eof(): boolean {
    return true
  }
  get fileidHigh(): number {
    return 0
  }
  get fileidLow(): number {
    return this.#inode.id
  }
  get cookieHigh(): number {
    return Math.floor(this.#cookie / 0x1_0000_0000)
  }
  get cookieLow(): number {
    return this.#cookie >>> 0
  }
  get nameStart(): number {
    return 0
  }
  get nameEnd(): number {
    return this.nameBuffer.length
  }
  get attributes(): Fattr3 | undefined {
    return this.#plus ? toFattr3(this.#inode) : undefined
  }
  get handle(): Buffer | undefined {
    return this.#plus ? this.#inode.handle : undefined
  }
}

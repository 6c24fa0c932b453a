import type { DirectoryCursor } from 'nfs-server-ts'
import type { FolderView } from './messages.ts'

/** Cookies and file numbers of "." and ".." come before those of entries, which are made of their numbers. */
const cookieOfSelf = 1
const cookieOfParent = 2
const firstCookie = 3

interface Entry {
  readonly cookie: number
  readonly fileid: number
  readonly name: string
}

/** The file number of a place in the namespace. */
export function fileidOf(nodeId: number): number {
  return nodeId + firstCookie
}

/**
 * The names in a folder from a cookie on. A cookie is made of the entry's own number, so that it means the same however
 * many others come and go between two pages. Links are told without handle and attributes: what is behind one is found
 * out when somebody goes there.
 */
export class FolderListing implements DirectoryCursor {
  readonly eof = true
  readonly fileidHigh = 0
  readonly cookieHigh = 0
  readonly nameStart = 0
  readonly attributes = undefined
  readonly handle = undefined
  fileidLow = 0
  cookieLow = 0
  nameBuffer = Buffer.alloc(0)
  nameEnd = 0
  readonly #entries: Iterator<Entry, undefined>

  /** `after`: cookie of the last entry that the client has. */
  constructor(folder: FolderView, after: number) {
    const all = [
      { cookie: cookieOfSelf, fileid: fileidOf(folder.id), name: '.' },
      { cookie: cookieOfParent, fileid: fileidOf(folder.parentId), name: '..' },
      ...folder.entries.map(({ id, name }) => ({ cookie: fileidOf(id), fileid: fileidOf(id), name })),
    ]
    this.#entries = all.filter(({ cookie }) => cookie > after).values()
  }

  next(): boolean {
    const next = this.#entries.next()
    if (next.done === true) return false
    const { cookie, fileid, name } = next.value
    this.cookieLow = cookie
    this.fileidLow = fileid
    this.nameBuffer = Buffer.from(name)
    this.nameEnd = this.nameBuffer.length
    return true
  }
}

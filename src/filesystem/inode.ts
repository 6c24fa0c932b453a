import { native } from '../native/index.ts'
import type { Disk } from './disk.ts'
import type { ClockItem } from './clock.ts'
import type { HandleKind } from './handle.ts'
import type { GrantedShare } from './granted-share.ts'
import { ReadAhead } from './read-ahead.ts'
import type { ServedShare } from './served-share.ts'

/** How far a descriptor can be used: to examine, to read too, to write too. Higher includes lower. */
export const OpenMode = { PATH: 0, READ: 1, WRITE: 2 } as const
export type OpenMode = (typeof OpenMode)[keyof typeof OpenMode]

/** An open descriptor of an inode. Closing waits for the calls that still use it on other threads. */
export class Descriptor implements ClockItem {
  recentlyUsed = true
  /** Whether the audit was told that the file is read, and that it is written. */
  toldRead = false
  toldWrite = false
  readonly readAhead = new ReadAhead()
  /** Of a directory: the cookie of the entries whose inodes were brought into memory last. */
  broughtFrom: string | undefined
  readonly inode: Inode
  readonly fd: number
  readonly mode: OpenMode
  /** Inode number, as open-files.ts files it. */
  readonly number: number
  /** The next one of the same inode number: each grant has its own. */
  twin: Descriptor | undefined
  #pins = 0
  #closing = false

  constructor(inode: Inode, fd: number, mode: OpenMode, number: number) {
    this.inode = inode
    this.fd = fd
    this.mode = mode
    this.number = number
  }

  get disk(): Disk {
    return this.inode.served.disk
  }

  get pinned(): boolean {
    return this.#pins > 0
  }

  /** Keeps the descriptor open across a call on another thread. */
  pin(): void {
    this.#pins++
  }

  unpin(): void {
    if (--this.#pins === 0 && this.#closing) native.close(this.fd)
  }

  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#pins === 0) native.close(this.fd)
  }
}

/** An object that a client holds a handle of: the verified handle, and a descriptor while it is in use. */
export class Inode {
  readonly granted: GrantedShare
  readonly served: ServedShare
  /** The wire handle. A view of the call's bytes until the inode is open: whoever keeps it longer copies it. */
  handle: Buffer
  readonly kind: HandleKind
  /** The next open inode filed under the same hash. */
  next: Inode | undefined
  descriptor: Descriptor | undefined

  constructor(granted: GrantedShare, handle: Buffer, kind: HandleKind) {
    this.granted = granted
    this.served = granted.served
    this.handle = handle
    this.kind = kind
  }
}

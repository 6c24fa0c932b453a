import type { Credentials } from '../rpc/auth.ts'
import type { FileData } from '../xdr/index.ts'
import type { MaybePromise, RpcClient } from '../rpc/program.ts'
import type {
  Fattr3,
  Ftype3,
  NfsFh3,
  Nfsstat3,
  Nfsstat3Failure,
  Nfstime3,
  Sattr3,
  StableHow,
  WccData,
} from './types.ts'

/**
 * Who asks. The object itself is reused for the next call: a backend that needs it after its method has returned (an
 * async one) takes `client` and `credentials` from it first. These keep their identity from call to call of one
 * connection.
 */
export interface Nfs3Caller {
  readonly client: RpcClient
  readonly credentials: Credentials
}

/** The result of a call: the success arm, or a status with the attributes its failure arm carries. */
export type Nfs3Result<Ok, Fail> =
  (Ok & { status: typeof Nfsstat3.OK }) | (Fail & { status: Nfsstat3Failure })

/** Attributes after the call, of the object or the directory, where the server could tell. */
export interface ObjectAttributes {
  attributes: Fattr3 | undefined
}
export interface DirectoryAttributes {
  dirAttributes: Fattr3 | undefined
}
export interface ObjectWcc {
  wcc: WccData
}
export interface DirectoryWcc {
  dirWcc: WccData
}

/** A name in a directory, RFC 1813 §2.6 diropargs3. The name is bytes, not text; the backend judges it. */
export interface DirOpArgs3 {
  dir: NfsFh3
  name: Buffer
}

/** What CREATE, MKDIR, SYMLINK and MKNOD tell of the new object. */
export interface Created {
  object: NfsFh3 | undefined
  attributes: Fattr3 | undefined
}

/** How CREATE treats a name that exists, RFC 1813 §3.3.8. */
export type CreateHow3 =
  | { mode: 'UNCHECKED' | 'GUARDED'; attributes: Sattr3 }
  | { mode: 'EXCLUSIVE'; /** 8 bytes. */ verifier: Buffer }

/** What MKNOD makes, RFC 1813 §3.3.11. */
export type MknodData3 =
  | { type: typeof Ftype3.CHR | typeof Ftype3.BLK; attributes: Sattr3; rdevMajor: number; rdevMinor: number }
  | { type: typeof Ftype3.SOCK | typeof Ftype3.FIFO; attributes: Sattr3 }
  /** Any other type: answered with BADTYPE. */
  | { type: typeof Ftype3.REG | typeof Ftype3.DIR | typeof Ftype3.LNK }

/** Room in the reply for the data of a READ: `count` bytes from `offset` on. Gone when `read` returns. */
export interface ReadTarget {
  buffer: Buffer
  offset: number
  /** Whether the data may be left in a file instead: {@link Read3Ok.file}. */
  takesFile: boolean
}

export interface Read3Ok extends ObjectAttributes {
  /** Bytes read. */
  count: number
  eof: boolean
  /** Set by a backend that did not use the target: the data, `count` bytes. A promised result must set it, or {@link fill}. */
  data?: Buffer
  /**
   * Set in a promised result by a backend that reads straight into the reply: writes `count` bytes at an offset of a buffer. It
   * is called once at most, before anything else than what the promise has set off, and not at all if the client has gone.
   */
  fill?: (into: Buffer, offset: number) => void
  /**
   * Set, if the target takes it, by a backend that has the data in an open file: `count` bytes there, in the page cache.
   * They are sent as they are then: what is written meanwhile may be among them. A promised result must not set it.
   */
  file?: FileData
}

export interface Write3Ok extends ObjectWcc {
  /** Bytes written. */
  count: number
  /** How stable the data is now: at least as stable as asked. */
  committed: StableHow
  /** 8 bytes; another value means that unstable data may be lost. */
  verifier: Buffer
}

/**
 * The entries of a directory from a cookie on, pulled one by one while the reply has room. The fields describe the
 * entry reached by the last `next()` that returned true; they and what they refer to hold until the following one.
 * The page is written right after the backend has answered, before the next call reaches it.
 */
export interface DirectoryCursor {
  /** Goes to the next entry; false when there is none left in this cursor. */
  next(): boolean
  /** After `next()` was false: whether the directory ends here (else the client asks again from the last cookie). */
  readonly eof: boolean
  readonly fileidHigh: number
  readonly fileidLow: number
  /** Cookie of this entry: a later call with it goes on after this entry. Never 0. */
  readonly cookieHigh: number
  readonly cookieLow: number
  /** The name is bytes `nameStart` to `nameEnd` of this buffer. */
  readonly nameBuffer: Buffer
  readonly nameStart: number
  readonly nameEnd: number
  /** Only for READDIRPLUS, where the backend can tell. */
  readonly attributes: Fattr3 | undefined
  readonly handle: NfsFh3 | undefined
}

/**
 * Room in a READDIRPLUS reply for a backend that writes entryplus3 structures (RFC 1813 §3.3.17) itself, each with the
 * word before it that says an entry follows: `size` bytes from `offset` on. Gone when `readdirplus` returns.
 */
export interface EntriesTarget {
  buffer: Buffer
  offset: number
  size: number
  /** Most bytes of names, file numbers and cookies; the first entry may have more. */
  dirSizeMax: number
}

/** Entries that a backend has written into the target. The result must then tell the directory's attributes. */
export interface WrittenEntries {
  writtenSize: number
  writtenCount: number
  /** Whether the directory ends after the last one. */
  eof: boolean
}

export interface Readdir3Args {
  dir: NfsFh3
  cookieHigh: number
  cookieLow: number
  /** 8 bytes, all zero on the first call. */
  cookieVerifier: Buffer
  /** Most entries that can fit the reply: a backend that reads ahead reads no more. */
  entryCountMax: number
}

export interface Readdir3Ok extends DirectoryAttributes {
  /** 8 bytes. */
  cookieVerifier: Buffer
  entries: DirectoryCursor
}

export interface Readdirplus3Ok extends DirectoryAttributes {
  /** 8 bytes. */
  cookieVerifier: Buffer
  /** A promised result holds a cursor: the target is gone by then. */
  entries: DirectoryCursor | WrittenEntries
}

export interface Fsstat3Ok extends ObjectAttributes {
  /** Bytes: total, free, and free for the caller. */
  tbytes: number
  fbytes: number
  abytes: number
  /** Files: total, free, and free for the caller. */
  tfiles: number
  ffiles: number
  afiles: number
  /** Seconds for which this is not expected to change; 0 when it may change at any time. */
  invarsec: number
}

export interface Fsinfo3Ok extends ObjectAttributes {
  rtmax: number
  rtpref: number
  rtmult: number
  wtmax: number
  wtpref: number
  wtmult: number
  dtpref: number
  /** Bytes: at most 2^53-1. */
  maxfilesize: number
  timeDelta: Nfstime3
  properties: number
}

export interface Pathconf3Ok extends ObjectAttributes {
  linkmax: number
  nameMax: number
  noTrunc: boolean
  chownRestricted: boolean
  caseInsensitive: boolean
  casePreserving: boolean
}

/**
 * What the library serves: one method a procedure of RFC 1813 §3.3, each answering with a value or a promise.
 *
 * - Buffers in the arguments are views of the received record, valid until the method returns; copy what is kept.
 * - Offsets, sizes and counts are numbers; above 2^53-1 they are rounded up, never wrapped. Refuse them (FBIG, INVAL).
 * - A method answers a refusal as a value with its status, or throws `NfsError(status)` where it has no attributes to
 *   tell. Any other error is a bug: it is counted, and the client is told SERVERFAULT by way of SYSTEM_ERR.
 * - Objects in a returned value are read before the next call into the backend and may be reused after it. Those in a
 *   promised value are read later, when the reply is written: each promise has its own.
 */
export interface Nfs3Backend {
  getattr(caller: Nfs3Caller, object: NfsFh3): MaybePromise<Nfs3Result<{ attributes: Fattr3 }, object>>
  setattr(
    caller: Nfs3Caller,
    object: NfsFh3,
    attributes: Sattr3,
    /** The ctime the object must still have, else NOT_SYNC. */
    guard: Nfstime3 | undefined,
  ): MaybePromise<Nfs3Result<ObjectWcc, ObjectWcc>>
  lookup(
    caller: Nfs3Caller,
    what: DirOpArgs3,
  ): MaybePromise<
    Nfs3Result<{ object: NfsFh3 } & ObjectAttributes & DirectoryAttributes, DirectoryAttributes>
  >
  /** `access` is the set of {@link Access3} bits asked for; the answer holds those granted. */
  access(
    caller: Nfs3Caller,
    object: NfsFh3,
    access: number,
  ): MaybePromise<Nfs3Result<{ access: number } & ObjectAttributes, ObjectAttributes>>
  readlink(
    caller: Nfs3Caller,
    symlink: NfsFh3,
  ): MaybePromise<Nfs3Result<{ /** Bytes. */ path: Buffer } & ObjectAttributes, ObjectAttributes>>
  /** `count` is at most what the server was configured for. */
  read(
    caller: Nfs3Caller,
    file: NfsFh3,
    offset: number,
    count: number,
    target: ReadTarget,
  ): MaybePromise<Nfs3Result<Read3Ok, ObjectAttributes>>
  write(
    caller: Nfs3Caller,
    file: NfsFh3,
    offset: number,
    stable: StableHow,
    data: Buffer,
  ): MaybePromise<Nfs3Result<Write3Ok, ObjectWcc>>
  create(
    caller: Nfs3Caller,
    where: DirOpArgs3,
    how: CreateHow3,
  ): MaybePromise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>>
  mkdir(
    caller: Nfs3Caller,
    where: DirOpArgs3,
    attributes: Sattr3,
  ): MaybePromise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>>
  symlink(
    caller: Nfs3Caller,
    where: DirOpArgs3,
    attributes: Sattr3,
    /** Bytes. */ path: Buffer,
  ): MaybePromise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>>
  mknod(
    caller: Nfs3Caller,
    where: DirOpArgs3,
    what: MknodData3,
  ): MaybePromise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>>
  remove(caller: Nfs3Caller, object: DirOpArgs3): MaybePromise<Nfs3Result<DirectoryWcc, DirectoryWcc>>
  rmdir(caller: Nfs3Caller, object: DirOpArgs3): MaybePromise<Nfs3Result<DirectoryWcc, DirectoryWcc>>
  rename(
    caller: Nfs3Caller,
    from: DirOpArgs3,
    to: DirOpArgs3,
  ): MaybePromise<
    Nfs3Result<{ fromDirWcc: WccData; toDirWcc: WccData }, { fromDirWcc: WccData; toDirWcc: WccData }>
  >
  link(
    caller: Nfs3Caller,
    file: NfsFh3,
    link: DirOpArgs3,
  ): MaybePromise<
    Nfs3Result<ObjectAttributes & { linkDirWcc: WccData }, ObjectAttributes & { linkDirWcc: WccData }>
  >
  readdir(caller: Nfs3Caller, args: Readdir3Args): MaybePromise<Nfs3Result<Readdir3Ok, DirectoryAttributes>>
  /** As `readdir`; the cursor tells attributes and handle of each entry, or the backend writes into the target. */
  readdirplus(
    caller: Nfs3Caller,
    args: Readdir3Args,
    target: EntriesTarget,
  ): MaybePromise<Nfs3Result<Readdirplus3Ok, DirectoryAttributes>>
  fsstat(caller: Nfs3Caller, root: NfsFh3): MaybePromise<Nfs3Result<Fsstat3Ok, ObjectAttributes>>
  fsinfo(caller: Nfs3Caller, root: NfsFh3): MaybePromise<Nfs3Result<Fsinfo3Ok, ObjectAttributes>>
  pathconf(caller: Nfs3Caller, object: NfsFh3): MaybePromise<Nfs3Result<Pathconf3Ok, ObjectAttributes>>
  /** `count` 0 means from `offset` to the end of the file. */
  commit(
    caller: Nfs3Caller,
    file: NfsFh3,
    offset: number,
    count: number,
  ): MaybePromise<Nfs3Result<ObjectWcc & { /** 8 bytes. */ verifier: Buffer }, ObjectWcc>>
}

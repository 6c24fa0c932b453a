import type {
  Created,
  CreateHow3,
  DirectoryAttributes,
  DirectoryWcc,
  Fsinfo3Ok,
  Fsstat3Ok,
  MknodData3,
  Nfs3Result,
  ObjectAttributes,
  ObjectWcc,
  Pathconf3Ok,
} from '../nfs3/backend.ts'
import {
  type Fattr3,
  Nfs3ProcedureNumber,
  type NfsFh3,
  Nfsstat3,
  type Nfsstat3Failure,
  type Nfstime3,
  nfs3Program,
  nfs3Version,
  nfs3WriteVerfSize,
  type Sattr3,
  StableHow,
  type WccData,
} from '../nfs3/types.ts'
import type { Credentials } from '../rpc/auth.ts'
import { type XdrReader, XdrWriter } from '../xdr/index.ts'
import {
  decodeDirectoryPage,
  decodeFattr3,
  decodeFh,
  decodeOpaque,
  decodePostOpAttr,
  decodePostOpFh,
  decodeWccData,
  type DirectoryPage,
  encodeCreateHow,
  encodeMknodData,
  encodeName,
  encodeNfstime3,
  encodeSattr3,
  encodeUint64,
} from './nfs3-codec.ts'
import type { RpcTransport } from './rpc-transport.ts'

/** A name: text is sent in UTF-8. */
type Name = string | Buffer

/** From where a directory is listed on. */
export interface ListFrom {
  cookie: bigint
  /** 8 bytes. */
  cookieVerifier: Buffer
}

export interface Nfs3ClientOptions {
  /** Root by AUTH_SYS unless given. */
  credentials?: Credentials
  /** The xid of every call, to retransmit one; fresh ones unless given. */
  xid?: number | undefined
}

const listStart: ListFrom = { cookie: 0n, cookieVerifier: Buffer.alloc(8) }
const rootCredentials: Credentials = { flavor: 'sys', machineName: 'test', uid: 0, gid: 0, gids: [] }
const nfsstats = new Set<number>(Object.values(Nfsstat3))

const objectFail = (reader: XdrReader): ObjectAttributes => ({ attributes: decodePostOpAttr(reader) })
const directoryFail = (reader: XdrReader): DirectoryAttributes => ({
  dirAttributes: decodePostOpAttr(reader),
})
const objectWcc = (reader: XdrReader): ObjectWcc => ({ wcc: decodeWccData(reader) })
const directoryWcc = (reader: XdrReader): DirectoryWcc => ({ dirWcc: decodeWccData(reader) })

const createdOk = (reader: XdrReader): Created & DirectoryWcc => ({
  object: decodePostOpFh(reader),
  attributes: decodePostOpAttr(reader),
  dirWcc: decodeWccData(reader),
})
const renamed = (reader: XdrReader): { fromDirWcc: WccData; toDirWcc: WccData } => ({
  fromDirWcc: decodeWccData(reader),
  toDirWcc: decodeWccData(reader),
})
const linked = (reader: XdrReader): ObjectAttributes & { linkDirWcc: WccData } => ({
  attributes: decodePostOpAttr(reader),
  linkDirWcc: decodeWccData(reader),
})

/**
 * The 22 procedures of RFC 1813 §3.3, typed. Each resolves with either arm of the result and rejects with
 * RpcCallError where the server gave none; a reply that is not to the letter is an XdrError.
 */
export class Nfs3Client {
  readonly transport: RpcTransport
  readonly #options: Nfs3ClientOptions

  constructor(transport: RpcTransport, options: Nfs3ClientOptions = {}) {
    this.transport = transport
    this.#options = options
  }

  /** The same connection with other options. */
  with(options: Nfs3ClientOptions): Nfs3Client {
    return new Nfs3Client(this.transport, { ...this.#options, ...options })
  }

  /** Calls any procedure with any bytes; resolves with the result as it came. */
  async raw(procedure: number, args: Buffer): Promise<Buffer> {
    const reader = await this.#send(procedure, args)
    return Buffer.from(reader.buffer.subarray(reader.offset, reader.end))
  }

  async null(): Promise<void> {
    ;(await this.#send(Nfs3ProcedureNumber.NULL, Buffer.alloc(0))).expectEnd()
  }

  getattr(object: NfsFh3): Promise<Nfs3Result<{ attributes: Fattr3 }, object>> {
    return this.#call(
      'GETATTR',
      (writer) => writer.opaque(object),
      (reader) => ({ attributes: decodeFattr3(reader) }),
      () => ({}),
    )
  }

  setattr(object: NfsFh3, attributes: Sattr3, guard?: Nfstime3): Promise<Nfs3Result<ObjectWcc, ObjectWcc>> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(object)
      encodeSattr3(writer, attributes)
      writer.bool(guard !== undefined)
      if (guard !== undefined) encodeNfstime3(writer, guard)
    }
    return this.#call('SETATTR', encode, objectWcc, objectWcc)
  }

  lookup(
    dir: NfsFh3,
    name: Name,
  ): Promise<Nfs3Result<{ object: NfsFh3 } & ObjectAttributes & DirectoryAttributes, DirectoryAttributes>> {
    return this.#call(
      'LOOKUP',
      (writer) => encodeDirOp(writer, dir, name),
      (reader) => ({
        object: decodeFh(reader),
        attributes: decodePostOpAttr(reader),
        dirAttributes: decodePostOpAttr(reader),
      }),
      directoryFail,
    )
  }

  access(
    object: NfsFh3,
    access: number,
  ): Promise<Nfs3Result<{ access: number } & ObjectAttributes, ObjectAttributes>> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(object)
      writer.uint32(access)
    }
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      access: reader.uint32(),
    })
    return this.#call('ACCESS', encode, decode, objectFail)
  }

  readlink(symlink: NfsFh3): Promise<Nfs3Result<{ path: Buffer } & ObjectAttributes, ObjectAttributes>> {
    return this.#call(
      'READLINK',
      (writer) => writer.opaque(symlink),
      (reader) => ({ attributes: decodePostOpAttr(reader), path: decodeOpaque(reader, 0xffff_ffff) }),
      objectFail,
    )
  }

  read(
    file: NfsFh3,
    offset: bigint | number,
    count: number,
  ): Promise<Nfs3Result<{ count: number; eof: boolean; data: Buffer } & ObjectAttributes, ObjectAttributes>> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeUint64(writer, offset)
      writer.uint32(count)
    }
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      count: reader.uint32(),
      eof: reader.bool(),
      data: decodeOpaque(reader, count),
    })
    return this.#call('READ', encode, decode, objectFail)
  }

  write(
    file: NfsFh3,
    offset: bigint | number,
    data: Name,
    stable: StableHow = StableHow.FILE_SYNC,
  ): Promise<Nfs3Result<{ count: number; committed: number; verifier: Buffer } & ObjectWcc, ObjectWcc>> {
    const bytes = Buffer.from(data)
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeUint64(writer, offset)
      writer.uint32(bytes.length)
      writer.uint32(stable)
      writer.opaque(bytes)
    }
    const decode = (reader: XdrReader) => ({
      wcc: decodeWccData(reader),
      count: reader.uint32(),
      committed: reader.uint32(),
      verifier: decodeVerifier(reader),
    })
    return this.#call('WRITE', encode, decode, objectWcc)
  }

  create(
    dir: NfsFh3,
    name: Name,
    how: CreateHow3,
  ): Promise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>> {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeCreateHow(writer, how)
    }
    return this.#call('CREATE', encode, createdOk, directoryWcc)
  }

  mkdir(
    dir: NfsFh3,
    name: Name,
    attributes: Sattr3,
  ): Promise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>> {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeSattr3(writer, attributes)
    }
    return this.#call('MKDIR', encode, createdOk, directoryWcc)
  }

  symlink(
    dir: NfsFh3,
    name: Name,
    path: Name,
    attributes: Sattr3 = {},
  ): Promise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>> {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeSattr3(writer, attributes)
      encodeName(writer, path)
    }
    return this.#call('SYMLINK', encode, createdOk, directoryWcc)
  }

  mknod(
    dir: NfsFh3,
    name: Name,
    what: MknodData3,
  ): Promise<Nfs3Result<Created & DirectoryWcc, DirectoryWcc>> {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeMknodData(writer, what)
    }
    return this.#call('MKNOD', encode, createdOk, directoryWcc)
  }

  remove(dir: NfsFh3, name: Name): Promise<Nfs3Result<DirectoryWcc, DirectoryWcc>> {
    return this.#call('REMOVE', (writer) => encodeDirOp(writer, dir, name), directoryWcc, directoryWcc)
  }

  rmdir(dir: NfsFh3, name: Name): Promise<Nfs3Result<DirectoryWcc, DirectoryWcc>> {
    return this.#call('RMDIR', (writer) => encodeDirOp(writer, dir, name), directoryWcc, directoryWcc)
  }

  rename(
    fromDir: NfsFh3,
    fromName: Name,
    toDir: NfsFh3,
    toName: Name,
  ): Promise<
    Nfs3Result<{ fromDirWcc: WccData; toDirWcc: WccData }, { fromDirWcc: WccData; toDirWcc: WccData }>
  > {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, fromDir, fromName)
      encodeDirOp(writer, toDir, toName)
    }
    return this.#call('RENAME', encode, renamed, renamed)
  }

  link(
    file: NfsFh3,
    dir: NfsFh3,
    name: Name,
  ): Promise<
    Nfs3Result<ObjectAttributes & { linkDirWcc: WccData }, ObjectAttributes & { linkDirWcc: WccData }>
  > {
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeDirOp(writer, dir, name)
    }
    return this.#call('LINK', encode, linked, linked)
  }

  readdir(
    dir: NfsFh3,
    count: number,
    from: ListFrom = listStart,
  ): Promise<Nfs3Result<DirectoryPage, DirectoryAttributes>> {
    const encode = (writer: XdrWriter) => {
      encodeListFrom(writer, dir, from)
      writer.uint32(count)
    }
    return this.#call('READDIR', encode, (reader) => decodeDirectoryPage(reader, false), directoryFail)
  }

  readdirplus(
    dir: NfsFh3,
    dircount: number,
    maxcount: number,
    from: ListFrom = listStart,
  ): Promise<Nfs3Result<DirectoryPage, DirectoryAttributes>> {
    const encode = (writer: XdrWriter) => {
      encodeListFrom(writer, dir, from)
      writer.uint32(dircount)
      writer.uint32(maxcount)
    }
    return this.#call('READDIRPLUS', encode, (reader) => decodeDirectoryPage(reader, true), directoryFail)
  }

  fsstat(root: NfsFh3): Promise<Nfs3Result<Fsstat3Ok, ObjectAttributes>> {
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      tbytes: reader.uint64(),
      fbytes: reader.uint64(),
      abytes: reader.uint64(),
      tfiles: reader.uint64(),
      ffiles: reader.uint64(),
      afiles: reader.uint64(),
      invarsec: reader.uint32(),
    })
    return this.#call('FSSTAT', (writer) => writer.opaque(root), decode, objectFail)
  }

  fsinfo(root: NfsFh3): Promise<Nfs3Result<Fsinfo3Ok, ObjectAttributes>> {
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      rtmax: reader.uint32(),
      rtpref: reader.uint32(),
      rtmult: reader.uint32(),
      wtmax: reader.uint32(),
      wtpref: reader.uint32(),
      wtmult: reader.uint32(),
      dtpref: reader.uint32(),
      maxfilesize: reader.uint64(),
      timeDelta: { seconds: reader.uint32(), nanoseconds: reader.uint32() },
      properties: reader.uint32(),
    })
    return this.#call('FSINFO', (writer) => writer.opaque(root), decode, objectFail)
  }

  pathconf(object: NfsFh3): Promise<Nfs3Result<Pathconf3Ok, ObjectAttributes>> {
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      linkmax: reader.uint32(),
      nameMax: reader.uint32(),
      noTrunc: reader.bool(),
      chownRestricted: reader.bool(),
      caseInsensitive: reader.bool(),
      casePreserving: reader.bool(),
    })
    return this.#call('PATHCONF', (writer) => writer.opaque(object), decode, objectFail)
  }

  commit(
    file: NfsFh3,
    offset: bigint | number = 0,
    count = 0,
  ): Promise<Nfs3Result<{ verifier: Buffer } & ObjectWcc, ObjectWcc>> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeUint64(writer, offset)
      writer.uint32(count)
    }
    const decode = (reader: XdrReader) => ({
      wcc: decodeWccData(reader),
      verifier: decodeVerifier(reader),
    })
    return this.#call('COMMIT', encode, decode, objectWcc)
  }

  #send(procedure: number, args: Buffer): Promise<XdrReader> {
    const { credentials = rootCredentials, xid } = this.#options
    return this.transport.call({
      program: nfs3Program,
      version: nfs3Version,
      procedure,
      credentials,
      xid,
      args,
    })
  }

  async #call<Ok, Fail>(
    procedure: keyof typeof Nfs3ProcedureNumber,
    encode: (writer: XdrWriter) => void,
    decodeOk: (reader: XdrReader) => Ok,
    decodeFail: (reader: XdrReader) => Fail,
  ): Promise<Nfs3Result<Ok, Fail>> {
    const writer = new XdrWriter()
    encode(writer)
    const reader = await this.#send(Nfs3ProcedureNumber[procedure], writer.bytes())
    const status = reader.uint32()
    if (!nfsstats.has(status)) throw new Error(`${procedure} answered with nfsstat3 ${status}`)
    const result: Nfs3Result<Ok, Fail> =
      status === Nfsstat3.OK
        ? { ...decodeOk(reader), status }
        : { ...decodeFail(reader), status: status as Nfsstat3Failure }
    reader.expectEnd()
    return result
  }
}

function encodeDirOp(writer: XdrWriter, dir: NfsFh3, name: Name): void {
  writer.opaque(dir)
  encodeName(writer, name)
}

function encodeListFrom(writer: XdrWriter, dir: NfsFh3, { cookie, cookieVerifier }: ListFrom): void {
  writer.opaque(dir)
  encodeUint64(writer, cookie)
  writer.fixedOpaque(cookieVerifier)
}

function decodeVerifier(reader: XdrReader): Buffer {
  return Buffer.from(reader.fixedOpaque(nfs3WriteVerfSize))
}

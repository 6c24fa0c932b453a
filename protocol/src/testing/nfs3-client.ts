import type {
  CreateHow3,
  DirectoryAttributes,
  DirectoryWcc,
  Fsinfo3Ok,
  Fsstat3Ok,
  MknodData3,
  ObjectAttributes,
  ObjectWcc,
  Pathconf3Ok,
} from '../nfs3/backend.ts'
import {
  type Fattr3,
  Nfs3ProcedureNumber,
  type NfsFh3,
  type Nfstime3,
  type Sattr3,
  StableHow,
} from '../nfs3/types.ts'
import type { XdrReader, XdrWriter } from '../xdr/index.ts'
import { Nfs3Calls, type Nfs3ClientOptions } from './nfs3-calls.ts'
import {
  decodeDirectoryPage,
  decodeFattr3,
  decodeFh,
  decodeOpaque,
  decodePostOpAttr,
  decodeWccData,
  type DirectoryPage,
  encodeCreateHow,
  encodeMknodData,
  encodeName,
  encodeNfstime3,
  encodeSattr3,
  encodeUint64,
} from './nfs3-codec.ts'
import {
  type Answer,
  type CreatedAnswer,
  createdOk,
  decodeVerifier,
  directoryFail,
  directoryWcc,
  fsinfoOk,
  fsstatOk,
  type Linked,
  linked,
  objectFail,
  objectWcc,
  pathconfOk,
  type Renamed,
  renamed,
} from './nfs3-results.ts'
import type { RpcTransport } from './rpc-transport.ts'

/** A name: text is sent in UTF-8. */
type Name = string | Buffer

/** From where a directory is listed on. */
export interface ListFrom {
  cookie: bigint
  /** 8 bytes. */
  cookieVerifier: Buffer
}

const listStart: ListFrom = { cookie: 0n, cookieVerifier: Buffer.alloc(8) }

/**
 * The 22 procedures of RFC 1813 §3.3, typed. Each resolves with either arm of the result and rejects with
 * RpcCallError where the server gave none; a reply that is not to the letter is an XdrError.
 */
export class Nfs3Client {
  readonly #calls: Nfs3Calls

  constructor(transport: RpcTransport, options: Nfs3ClientOptions = {}) {
    this.#calls = new Nfs3Calls(transport, options)
  }

  get transport(): RpcTransport {
    return this.#calls.transport
  }

  /** The same connection with other options. */
  with(options: Nfs3ClientOptions): Nfs3Client {
    return new Nfs3Client(this.transport, { ...this.#calls.options, ...options })
  }

  /** Calls any procedure with any bytes; resolves with the result as it came. */
  async raw(procedure: number, args: Buffer): Promise<Buffer> {
    const reader = await this.#calls.send(procedure, args)
    return Buffer.from(reader.buffer.subarray(reader.offset, reader.end))
  }

  async null(): Promise<void> {
    ;(await this.#calls.send(Nfs3ProcedureNumber.NULL, Buffer.alloc(0))).expectEnd()
  }

  getattr(object: NfsFh3): Answer<{ attributes: Fattr3 }, object> {
    return this.#calls.call(
      'GETATTR',
      (writer) => writer.opaque(object),
      (reader) => ({ attributes: decodeFattr3(reader) }),
      () => ({}),
    )
  }

  setattr(object: NfsFh3, attributes: Sattr3, guard?: Nfstime3): Answer<ObjectWcc, ObjectWcc> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(object)
      encodeSattr3(writer, attributes)
      writer.bool(guard !== undefined)
      if (guard !== undefined) encodeNfstime3(writer, guard)
    }
    return this.#calls.call('SETATTR', encode, objectWcc, objectWcc)
  }

  lookup(
    dir: NfsFh3,
    name: Name,
  ): Answer<{ object: NfsFh3 } & ObjectAttributes & DirectoryAttributes, DirectoryAttributes> {
    return this.#calls.call(
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

  access(object: NfsFh3, access: number): Answer<{ access: number } & ObjectAttributes, ObjectAttributes> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(object)
      writer.uint32(access)
    }
    const decode = (reader: XdrReader) => ({
      attributes: decodePostOpAttr(reader),
      access: reader.uint32(),
    })
    return this.#calls.call('ACCESS', encode, decode, objectFail)
  }

  readlink(symlink: NfsFh3): Answer<{ path: Buffer } & ObjectAttributes, ObjectAttributes> {
    return this.#calls.call(
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
  ): Answer<{ count: number; eof: boolean; data: Buffer } & ObjectAttributes, ObjectAttributes> {
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
    return this.#calls.call('READ', encode, decode, objectFail)
  }

  write(
    file: NfsFh3,
    offset: bigint | number,
    data: Name,
    stable: StableHow = StableHow.FILE_SYNC,
  ): Answer<{ count: number; committed: number; verifier: Buffer } & ObjectWcc, ObjectWcc> {
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
    return this.#calls.call('WRITE', encode, decode, objectWcc)
  }

  create(dir: NfsFh3, name: Name, how: CreateHow3): CreatedAnswer {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeCreateHow(writer, how)
    }
    return this.#calls.call('CREATE', encode, createdOk, directoryWcc)
  }

  mkdir(dir: NfsFh3, name: Name, attributes: Sattr3): CreatedAnswer {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeSattr3(writer, attributes)
    }
    return this.#calls.call('MKDIR', encode, createdOk, directoryWcc)
  }

  symlink(dir: NfsFh3, name: Name, path: Name, attributes: Sattr3 = {}): CreatedAnswer {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeSattr3(writer, attributes)
      encodeName(writer, path)
    }
    return this.#calls.call('SYMLINK', encode, createdOk, directoryWcc)
  }

  mknod(dir: NfsFh3, name: Name, what: MknodData3): CreatedAnswer {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, dir, name)
      encodeMknodData(writer, what)
    }
    return this.#calls.call('MKNOD', encode, createdOk, directoryWcc)
  }

  remove(dir: NfsFh3, name: Name): Answer<DirectoryWcc, DirectoryWcc> {
    return this.#calls.call('REMOVE', (writer) => encodeDirOp(writer, dir, name), directoryWcc, directoryWcc)
  }

  rmdir(dir: NfsFh3, name: Name): Answer<DirectoryWcc, DirectoryWcc> {
    return this.#calls.call('RMDIR', (writer) => encodeDirOp(writer, dir, name), directoryWcc, directoryWcc)
  }

  rename(fromDir: NfsFh3, fromName: Name, toDir: NfsFh3, toName: Name): Answer<Renamed, Renamed> {
    const encode = (writer: XdrWriter) => {
      encodeDirOp(writer, fromDir, fromName)
      encodeDirOp(writer, toDir, toName)
    }
    return this.#calls.call('RENAME', encode, renamed, renamed)
  }

  link(file: NfsFh3, dir: NfsFh3, name: Name): Answer<Linked, Linked> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeDirOp(writer, dir, name)
    }
    return this.#calls.call('LINK', encode, linked, linked)
  }

  readdir(
    dir: NfsFh3,
    count: number,
    from: ListFrom = listStart,
  ): Answer<DirectoryPage, DirectoryAttributes> {
    const encode = (writer: XdrWriter) => {
      encodeListFrom(writer, dir, from)
      writer.uint32(count)
    }
    return this.#calls.call('READDIR', encode, (reader) => decodeDirectoryPage(reader, false), directoryFail)
  }

  readdirplus(
    dir: NfsFh3,
    dircount: number,
    maxcount: number,
    from: ListFrom = listStart,
  ): Answer<DirectoryPage, DirectoryAttributes> {
    const encode = (writer: XdrWriter) => {
      encodeListFrom(writer, dir, from)
      writer.uint32(dircount)
      writer.uint32(maxcount)
    }
    return this.#calls.call(
      'READDIRPLUS',
      encode,
      (reader) => decodeDirectoryPage(reader, true),
      directoryFail,
    )
  }

  fsstat(root: NfsFh3): Answer<Fsstat3Ok, ObjectAttributes> {
    return this.#calls.call('FSSTAT', (writer) => writer.opaque(root), fsstatOk, objectFail)
  }

  fsinfo(root: NfsFh3): Answer<Fsinfo3Ok, ObjectAttributes> {
    return this.#calls.call('FSINFO', (writer) => writer.opaque(root), fsinfoOk, objectFail)
  }

  pathconf(object: NfsFh3): Answer<Pathconf3Ok, ObjectAttributes> {
    return this.#calls.call('PATHCONF', (writer) => writer.opaque(object), pathconfOk, objectFail)
  }

  commit(
    file: NfsFh3,
    offset: bigint | number = 0,
    count = 0,
  ): Answer<{ verifier: Buffer } & ObjectWcc, ObjectWcc> {
    const encode = (writer: XdrWriter) => {
      writer.opaque(file)
      encodeUint64(writer, offset)
      writer.uint32(count)
    }
    const decode = (reader: XdrReader) => ({
      wcc: decodeWccData(reader),
      verifier: decodeVerifier(reader),
    })
    return this.#calls.call('COMMIT', encode, decode, objectWcc)
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

import type { DeferredReply, MaybePromise, RpcCall, RpcProcedure } from '../rpc/program.ts'
import { XdrReader, type XdrWriter } from '../xdr/index.ts'
import type {
  DirectoryAttributes,
  DirectoryWcc,
  Nfs3Backend,
  Nfs3Caller,
  Nfs3Result,
  ObjectAttributes,
  ObjectWcc,
} from './backend.ts'
import { decodeFh } from './arguments.ts'
import { encodePostOpAttr, encodeWccData } from './attributes.ts'
import { NfsError, NfsPutOff } from './error.ts'
import { type NfsFh3, Nfsstat3, type Nfsstat3Failure, type WccData } from './types.ts'

/** Bounds on one call and its reply, in bytes. */
export interface Nfs3Limits {
  /** Most data in a READ reply. */
  readonly rtmax: number
  /** Most data taken from a WRITE. */
  readonly wtmax: number
  /** Largest READDIR or READDIRPLUS result, whatever the client asks for. */
  readonly dtmax: number
}

/** Every attribute any failure arm carries. */
export interface FailureAttributes extends ObjectAttributes, DirectoryAttributes, ObjectWcc, DirectoryWcc {
  fromDirWcc: WccData
  toDirWcc: WccData
  linkDirWcc: WccData
}

/** Bytes of arguments kept of a call that is put off: enough for all calls but WRITE. */
const putOffSizeMax = 4096

const unknownWcc: WccData = { before: undefined, after: undefined }

/** What is told of the object where a call failed before its attributes were known. */
const nothingKnown: FailureAttributes = {
  attributes: undefined,
  dirAttributes: undefined,
  wcc: unknownWcc,
  dirWcc: unknownWcc,
  fromDirWcc: unknownWcc,
  toDirWcc: unknownWcc,
  linkDirWcc: unknownWcc,
}

/** One procedure of RFC 1813 §3.3: how its arguments are read, who does the work, and both arms of its result. */
export interface Nfs3Definition<Args, Ok, Fail> {
  /** As in the RFC: `LOOKUP`. */
  readonly name: string
  /** True where doing it twice gives another answer. */
  readonly replyCached: boolean
  /** Reads the arguments. Throws XdrError, or NfsError for a value that is sound XDR but cannot be meant. */
  decode(reader: XdrReader): Args
  /** `writer` stands where the status will be written; only READ uses it, to have its data put in place. */
  run(
    backend: Nfs3Backend,
    caller: Nfs3Caller,
    args: Args,
    limits: Nfs3Limits,
    writer: XdrWriter,
  ): MaybePromise<Nfs3Result<Ok, Fail>>
  /**
   * Writes the success arm behind its status. Where the result turns out not to fit what the client asked for, it
   * returns the failure to answer with instead; what it has written is then dropped.
   */
  encodeOk(
    writer: XdrWriter,
    ok: Ok,
    args: Args,
    limits: Nfs3Limits,
  ): void | (Fail & { status: Nfsstat3Failure })
  /** Writes the failure arm behind its status. */
  encodeFail(writer: XdrWriter, fail: Fail | FailureAttributes): void
}

/** A procedure waiting for the backend it serves. */
export interface Nfs3Procedure {
  readonly name: string
  bind(backend: Nfs3Backend, limits: Nfs3Limits): RpcProcedure
}

/** Makes a procedure of its definition. Status and arm are chosen here and nowhere else. */
export function nfs3Procedure<Args, Ok, Fail>(definition: Nfs3Definition<Args, Ok, Fail>): Nfs3Procedure {
  const { name, replyCached } = definition

  function writeFailure(
    writer: XdrWriter,
    start: number,
    status: Nfsstat3Failure,
    fail: Fail | FailureAttributes,
  ): void {
    writer.offset = start
    writer.uint32(status)
    definition.encodeFail(writer, fail)
  }

  function writeError(writer: XdrWriter, start: number, error: unknown): void {
    if (!(error instanceof NfsError)) throw error
    writeFailure(writer, start, error.status, nothingKnown)
  }

  function writeResult(
    writer: XdrWriter,
    result: Nfs3Result<Ok, Fail>,
    args: Args,
    limits: Nfs3Limits,
  ): void {
    const start = writer.offset
    if (result.status !== Nfsstat3.OK) {
      writeFailure(writer, start, result.status, result)
      return
    }
    writer.uint32(Nfsstat3.OK)
    const failure = definition.encodeOk(writer, result, args, limits)
    if (failure !== undefined) writeFailure(writer, start, failure.status, failure)
  }

  // Apart from `run`, so that a call answered at once makes no closure.
  function defer(
    promise: Promise<Nfs3Result<Ok, Fail>>,
    args: Args,
    limits: Nfs3Limits,
  ): Promise<DeferredReply> {
    return promise.then(
      (result) => (writer) => {
        const start = writer.offset
        try {
          writeResult(writer, result, args, limits)
        } catch (error) {
          writeError(writer, start, error)
        }
      },
      (error: unknown) => {
        if (!(error instanceof NfsError)) throw error
        return (writer) => writeError(writer, writer.offset, error)
      },
    )
  }

  return {
    name,
    bind(backend, limits) {
      const run = (reader: XdrReader, call: RpcCall, writer: XdrWriter): void | Promise<DeferredReply> => {
        const at = reader.offset
        const start = writer.offset
        try {
          const args = definition.decode(reader)
          // The call itself stands in for the caller: it has the same two fields, and nothing is allocated.
          const result = definition.run(backend, call, args, limits, writer)
          if (result instanceof Promise) return defer(result, args, limits)
          writeResult(writer, result, args, limits)
        } catch (error) {
          const isFirst = !(call instanceof PutOffCall) && reader.end - at <= putOffSizeMax
          if (error instanceof NfsPutOff && isFirst) return again(error, reader, at, call)
          writeError(writer, start, error)
        }
      }
      const again = ({ until }: NfsPutOff, { buffer, end }: XdrReader, at: number, call: RpcCall) => {
        const [args, own] = [Buffer.from(buffer.subarray(at, end)), new PutOffCall(call)]
        return until.then((): DeferredReply => (writer) => run(new XdrReader(args), own, writer))
      }
      return { name, replyCached, statuses: Nfsstat3, run }
    },
  }
}

/** A call that is run for the second time. */
class PutOffCall implements RpcCall {
  readonly xid: number
  readonly client: RpcCall['client']
  readonly credentials: RpcCall['credentials']

  constructor({ xid, client, credentials }: RpcCall) {
    this.xid = xid
    this.client = client
    this.credentials = credentials
  }
}

/** What sets apart the procedures that ask about one object, and answer with its attributes and more. */
export interface ObjectQuery<Ok extends ObjectAttributes> {
  readonly name: string
  run(
    backend: Nfs3Backend,
    caller: Nfs3Caller,
    object: NfsFh3,
  ): MaybePromise<Nfs3Result<Ok, ObjectAttributes>>
  /** Writes what follows the attributes. */
  encodeRest(writer: XdrWriter, ok: Ok, limits: Nfs3Limits): void
}

export function objectQuery<Ok extends ObjectAttributes>({
  name,
  run,
  encodeRest,
}: ObjectQuery<Ok>): Nfs3Procedure {
  return nfs3Procedure({
    name,
    replyCached: false,
    decode: decodeFh,
    run,
    encodeOk(writer, ok: Ok, _object, limits) {
      encodePostOpAttr(writer, ok.attributes)
      encodeRest(writer, ok, limits)
    },
    encodeFail: encodeObjectFail,
  })
}

/** Failure arm of a procedure that tells one object's attributes. */
export function encodeObjectFail(writer: XdrWriter, { attributes }: ObjectAttributes): void {
  encodePostOpAttr(writer, attributes)
}

/** Failure arm of a procedure that tells the directory's attributes. */
export function encodeDirectoryFail(writer: XdrWriter, { dirAttributes }: DirectoryAttributes): void {
  encodePostOpAttr(writer, dirAttributes)
}

/** Failure arm of a procedure that changes one object. */
export function encodeObjectWccFail(writer: XdrWriter, { wcc }: ObjectWcc): void {
  encodeWccData(writer, wcc)
}

/** Failure arm of a procedure that changes one directory. */
export function encodeDirectoryWccFail(writer: XdrWriter, { dirWcc }: DirectoryWcc): void {
  encodeWccData(writer, dirWcc)
}

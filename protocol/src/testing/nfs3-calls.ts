import type { Nfs3Result } from '../nfs3/backend.ts'
import {
  Nfs3ProcedureNumber,
  Nfsstat3,
  type Nfsstat3Failure,
  nfs3Program,
  nfs3Version,
} from '../nfs3/types.ts'
import type { Credentials } from '../rpc/auth.ts'
import { type XdrReader, XdrWriter } from '../xdr/index.ts'
import type { RpcTransport } from './rpc-transport.ts'

export interface Nfs3ClientOptions {
  /** Root by AUTH_SYS unless given. */
  credentials?: Credentials
  /** The xid of every call, to retransmit one; fresh ones unless given. */
  xid?: number | undefined
}

const rootCredentials: Credentials = { flavor: 'sys', machineName: 'test', uid: 0, gid: 0, gids: [] }
const nfsstats = new Set<number>(Object.values(Nfsstat3))

/** Calls of NFS version 3 over a transport: whose they are, and which arm of a result came. */
export class Nfs3Calls {
  readonly transport: RpcTransport
  readonly options: Nfs3ClientOptions

  constructor(transport: RpcTransport, options: Nfs3ClientOptions) {
    this.transport = transport
    this.options = options
  }

  /** Resolves with the result, unread. */
  send(procedure: number, args: Buffer): Promise<XdrReader> {
    const { credentials = rootCredentials, xid } = this.options
    return this.transport.call({
      program: nfs3Program,
      version: nfs3Version,
      procedure,
      credentials,
      xid,
      args,
    })
  }

  async call<Ok, Fail>(
    procedure: keyof typeof Nfs3ProcedureNumber,
    encode: (writer: XdrWriter) => void,
    decodeOk: (reader: XdrReader) => Ok,
    decodeFail: (reader: XdrReader) => Fail,
  ): Promise<Nfs3Result<Ok, Fail>> {
    const writer = new XdrWriter()
    encode(writer)
    const reader = await this.send(Nfs3ProcedureNumber[procedure], writer.bytes())
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

import type { Credentials } from '../rpc/auth.ts'
import type { RpcCall, RpcClient, RpcProcedure, RpcProgram } from '../rpc/program.ts'
import { XdrError, XdrReader, XdrWriter } from '../xdr/index.ts'
import { RpcCallError, type RpcRequest, type RpcTransport } from './rpc-transport.ts'

const client: RpcClient = { address: '127.0.0.1', port: 1023, transport: 'tcp' }

/** What unwritten bytes of a reply would show: tests see it where a zero would look right. */
const poison = 0xa5

/**
 * Calls programs in this process: XDR both ways, without a socket. It keeps the promises an RPC server makes to a
 * procedure no better than that: reader, call and record are overwritten once the procedure has returned. An error that is a
 * bug is thrown as it is.
 */
export class DirectTransport implements RpcTransport {
  readonly #programs: readonly RpcProgram[]
  readonly #reader = new XdrReader(Buffer.alloc(0))
  readonly #call: { -readonly [K in keyof RpcCall]: RpcCall[K] } = {
    xid: 0,
    client,
    credentials: { flavor: 'none' },
  }

  constructor(...programs: RpcProgram[]) {
    this.#programs = programs
  }

  async call(request: RpcRequest): Promise<XdrReader> {
    const procedure = this.#find(request)
    const record = Buffer.from(request.args)
    const writer = new XdrWriter(Buffer.alloc(512, poison))
    try {
      let deferred = this.#start(procedure, record, request.credentials, writer)
      while (deferred !== undefined) deferred = (await deferred)(writer) ?? undefined
    } catch (error) {
      if (error instanceof XdrError) throw new RpcCallError('GARBAGE_ARGS', [0, 0], { cause: error })
      throw error
    }
    return new XdrReader(writer.bytes())
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #start(procedure: RpcProcedure, record: Buffer, credentials: Credentials, writer: XdrWriter) {
    this.#reader.reset(record)
    this.#call.credentials = credentials
    try {
      return procedure.run(this.#reader, this.#call, writer) ?? undefined
    } finally {
      record.fill(poison)
      this.#call.credentials = { flavor: 'none' }
    }
  }

  #find({ program, version, procedure }: RpcRequest): RpcProcedure {
    const versions = this.#programs.find((each) => each.program === program)?.versions
    if (versions === undefined) throw new RpcCallError('PROG_UNAVAIL')
    const procedures = versions.find((each) => each.version === version)?.procedures
    if (procedures === undefined) {
      const served = versions.map((each) => each.version)
      throw new RpcCallError('PROG_MISMATCH', [Math.min(...served), Math.max(...served)])
    }
    const found = procedures[procedure]
    if (found === undefined) throw new RpcCallError('PROC_UNAVAIL')
    return found
  }
}

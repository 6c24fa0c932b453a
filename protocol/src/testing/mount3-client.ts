import {
  type ExportEntry,
  type MountEntry,
  mountPathSizeMax,
  type MountResult,
  Mountstat3,
} from '../mount3/exports.ts'
import { nfs3FhSizeMax } from '../nfs3/types.ts'
import type { Credentials } from '../rpc/auth.ts'
import { type XdrReader, XdrWriter } from '../xdr/index.ts'
import { decodeOpaque } from './nfs3-codec.ts'
import type { RpcTransport } from './rpc-transport.ts'

const mountProgram = 100005
const mountVersion = 3
const procedureNumber = { NULL: 0, MNT: 1, DUMP: 2, UMNT: 3, UMNTALL: 4, EXPORT: 5 } as const
/** MNTNAMLEN, RFC 1813 §5.1.4. */
const hostnameSizeMax = 255
const mountstats = new Set<number>(Object.values(Mountstat3))
const rootCredentials: Credentials = { flavor: 'sys', machineName: 'test', uid: 0, gid: 0, gids: [] }

/** The MOUNT protocol version 3, RFC 1813 §5, from the client's side. */
export class Mount3Client {
  readonly transport: RpcTransport
  readonly #credentials: Credentials

  constructor(transport: RpcTransport, credentials: Credentials = rootCredentials) {
    this.transport = transport
    this.#credentials = credentials
  }

  async null(): Promise<void> {
    await this.#call('NULL', undefined, () => undefined)
  }

  mount(path: string | Buffer): Promise<MountResult> {
    return this.#call('MNT', path, (reader) => {
      const status = reader.uint32()
      if (!mountstats.has(status)) throw new Error(`MNT answered with mountstat3 ${status}`)
      if (status !== Mountstat3.OK) return { status } as MountResult
      const handle = decodeOpaque(reader, nfs3FhSizeMax)
      const authFlavors = Array.from({ length: reader.uint32() }, () => reader.uint32())
      return { status, handle, authFlavors }
    })
  }

  unmount(path: string | Buffer): Promise<void> {
    return this.#call('UMNT', path, () => undefined)
  }

  unmountAll(): Promise<void> {
    return this.#call('UMNTALL', undefined, () => undefined)
  }

  dump(): Promise<MountEntry[]> {
    return this.#call('DUMP', undefined, (reader) =>
      decodeList(reader, () => ({
        hostname: decodeOpaque(reader, hostnameSizeMax).toString(),
        directory: decodeOpaque(reader, mountPathSizeMax),
      })),
    )
  }

  exports(): Promise<ExportEntry[]> {
    return this.#call('EXPORT', undefined, (reader) =>
      decodeList(reader, () => ({
        path: decodeOpaque(reader, mountPathSizeMax),
        groups: decodeList(reader, () => decodeOpaque(reader, hostnameSizeMax).toString()),
      })),
    )
  }

  async #call<T>(
    procedure: keyof typeof procedureNumber,
    path: string | Buffer | undefined,
    decode: (reader: XdrReader) => T,
  ): Promise<T> {
    const writer = new XdrWriter()
    if (path !== undefined) writer.opaque(Buffer.from(path))
    const reader = await this.transport.call({
      program: mountProgram,
      version: mountVersion,
      procedure: procedureNumber[procedure],
      credentials: this.#credentials,
      args: writer.bytes(),
    })
    const result = decode(reader)
    reader.expectEnd()
    return result
  }
}

function decodeList<T>(reader: XdrReader, decode: () => T): T[] {
  const list: T[] = []
  while (reader.bool()) list.push(decode())
  return list
}

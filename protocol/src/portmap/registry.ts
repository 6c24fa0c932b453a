import { isIPv4, isIPv6 } from 'node:net'
import type { RpcProgram } from '../rpc/program.ts'

/** Transports by the names of RFC 5665 §5.1. */
export type Netid = 'tcp' | 'udp' | 'tcp6' | 'udp6'

/** A version of a program, and where it answers. */
export interface PortmapEntry {
  readonly program: number
  readonly version: number
  readonly netid: Netid
  /** Numeric; `0.0.0.0` or `::` means whatever address the caller used. */
  readonly address: string
  readonly port: number
  /** Who registered it, as `rpcinfo` shows it. */
  readonly owner: string
}

/** What portmap tells. The process that owns it fills it; nobody does so over the network. */
export class PortmapRegistry {
  readonly #entries: PortmapEntry[] = []

  get entries(): readonly PortmapEntry[] {
    return this.#entries
  }

  /** Adds one entry, in place of one for the same version and transport. */
  add(entry: PortmapEntry): void {
    const isFamily = entry.netid.endsWith('6') ? isIPv6 : isIPv4
    if (!isFamily(entry.address)) throw new Error(`${entry.address} is no address for ${entry.netid}`)
    this.remove(entry.program, entry.version, entry.netid)
    this.#entries.push(entry)
  }

  /** Adds all versions of a program at one address. */
  addProgram({ program, versions }: RpcProgram, netid: Netid, address: string, port: number): void {
    for (const { version } of versions)
      this.add({ program, version, netid, address, port, owner: 'superuser' })
  }

  remove(program: number, version: number, netid: Netid): void {
    const at = this.#entries.findIndex((entry) => matches(entry, program, netid) && entry.version === version)
    if (at >= 0) this.#entries.splice(at, 1)
  }

  /** The entry of just this version. */
  findExact(program: number, version: number, netid: Netid): PortmapEntry | undefined {
    return this.#entries.find((entry) => matches(entry, program, netid) && entry.version === version)
  }

  /**
   * The entry of this version, else that of any version of the program: its answer, PROG_MISMATCH, tells the caller
   * which there are. Linux rpcbind does the same.
   */
  find(program: number, version: number, netid: Netid): PortmapEntry | undefined {
    return (
      this.findExact(program, version, netid) ?? this.#entries.find((entry) => matches(entry, program, netid))
    )
  }
}

function matches(entry: PortmapEntry, program: number, netid: Netid): boolean {
  return entry.program === program && entry.netid === netid
}

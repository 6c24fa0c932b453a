import { isIPv6 } from 'node:net'
import { writeList } from '../rpc/procedure.ts'
import type { RpcClient, RpcProcedure, RpcVersion } from '../rpc/program.ts'
import type { XdrReader } from '../xdr/index.ts'
import type { Netid, PortmapEntry, PortmapRegistry } from './registry.ts'
import { nullProcedure, refuse } from './shared.ts'
import { universalAddress } from './universal-address.ts'

/** Longest string taken in an argument, in bytes. RFC 1833 gives none; an address or a user's name is shorter. */
const stringSizeMax = 256
const wildcards = ['0.0.0.0', '::']
const netids: readonly string[] = ['tcp', 'udp', 'tcp6', 'udp6'] satisfies Netid[]

const isNetid = (text: string): text is Netid => netids.includes(text)

/** The transport on which a call came, as the address family of the caller shows. */
function netidOf({ transport, address }: RpcClient): Netid {
  return isIPv6(address) ? `${transport}6` : transport
}

/** Where this caller reaches an entry: for one on all addresses, at the address it has used already. */
function reachedAt({ address, port, netid }: PortmapEntry, { serverAddress }: RpcClient): string {
  const isSameFamily = serverAddress !== undefined && isIPv6(serverAddress) === netid.endsWith('6')
  return universalAddress(wildcards.includes(address) && isSameFamily ? serverAddress : address, port)
}

/** struct rpcb, RFC 1833 §2.1, of a question: its address and owner are not looked at. */
function decodeQuestion(reader: XdrReader): { program: number; version: number; netid: string } {
  const program = reader.uint32()
  const version = reader.uint32()
  const netid = reader.opaque(stringSizeMax).toString('latin1')
  reader.skipOpaque(stringSizeMax)
  reader.skipOpaque(stringSizeMax)
  return { program, version, netid }
}

/** GETADDR and GETVERSADDR: the empty string means that there is none. */
function getaddr(
  name: string,
  find: (...key: [number, number, Netid]) => PortmapEntry | undefined,
): RpcProcedure {
  return {
    name,
    replyCached: false,
    run(reader, { client }, writer) {
      const { program, version, netid } = decodeQuestion(reader)
      const entry = find(program, version, isNetid(netid) ? netid : netidOf(client))
      writer.string(entry === undefined ? '' : reachedAt(entry, client))
    },
  }
}

function dump(registry: PortmapRegistry): RpcProcedure {
  return {
    name: 'DUMP',
    replyCached: false,
    run(_reader, { client }, writer) {
      writeList(writer, registry.entries, client.transport, (w, entry) => {
        w.uint32(entry.program)
        w.uint32(entry.version)
        w.string(entry.netid)
        w.string(universalAddress(entry.address, entry.port))
        w.string(entry.owner)
      })
    },
  }
}

/** Seconds since 1970. */
const gettime: RpcProcedure = {
  name: 'GETTIME',
  replyCached: false,
  run: (_reader, _call, writer) => writer.uint32(Math.floor(Date.now() / 1000)),
}

/**
 * Versions 3 and 4, RFC 1833 §2, by procedure number. Left out are the calls through us (CALLIT, BCAST, INDIRECT), the
 * translation of addresses, which belongs to the caller, and the statistics.
 */
export function rpcbindVersions(registry: PortmapRegistry): RpcVersion[] {
  const exact = getaddr('GETVERSADDR', (...key) => registry.findExact(...key))
  const common: (RpcProcedure | undefined)[] = [
    nullProcedure,
    refuse('SET'),
    refuse('UNSET'),
    getaddr('GETADDR', (...key) => registry.find(...key)),
    dump(registry),
    undefined,
    gettime,
  ]
  return [
    { version: 3, procedures: common },
    { version: 4, procedures: [...common, undefined, undefined, exact] },
  ]
}

import { writeList } from '../rpc/procedure.ts'
import type { RpcProcedure, RpcVersion } from '../rpc/program.ts'
import type { Netid, PortmapEntry, PortmapRegistry } from './registry.ts'
import { nullProcedure, refuse } from './shared.ts'

/** IP protocol numbers, RFC 1833 §3.1, of the transports that version 2 knows. */
const protocolOf: Partial<Record<Netid, number>> = { tcp: 6, udp: 17 }
const netidOf = new Map<number, Netid>([
  [6, 'tcp'],
  [17, 'udp'],
])

const inVersion2 = ({ netid }: PortmapEntry): boolean => protocolOf[netid] !== undefined

/** PMAPPROC_GETPORT: 0 means that there is none. */
function getport(registry: PortmapRegistry): RpcProcedure {
  return {
    name: 'GETPORT',
    replyCached: false,
    run(reader, _call, writer) {
      const program = reader.uint32()
      const version = reader.uint32()
      const netid = netidOf.get(reader.uint32())
      reader.uint32() // The port, which is what is asked for.
      writer.uint32((netid && registry.find(program, version, netid)?.port) ?? 0)
    },
  }
}

/** PMAPPROC_DUMP. */
function dump(registry: PortmapRegistry): RpcProcedure {
  return {
    name: 'DUMP',
    replyCached: false,
    run(_reader, { client }, writer) {
      writeList(writer, registry.entries.filter(inVersion2), client.transport, (w, entry) => {
        w.uint32(entry.program)
        w.uint32(entry.version)
        w.uint32(protocolOf[entry.netid]!)
        w.uint32(entry.port)
      })
    },
  }
}

/**
 * Version 2 of the port mapper, RFC 1833 §3, by procedure number. CALLIT, the fifth, is left out: it would let anyone
 * call through us with our address.
 */
export function portmapVersion2(registry: PortmapRegistry): RpcVersion {
  const procedures = [nullProcedure, refuse('SET'), refuse('UNSET'), getport(registry), dump(registry)]
  return { version: 2, procedures }
}

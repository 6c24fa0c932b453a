import { isIPv4, isIPv6 } from 'node:net'
import { writeList } from '../rpc/procedure.ts'
import type { RpcClient, RpcProcedure, RpcVersion } from '../rpc/program.ts'
import type { XdrReader } from '../xdr/index.ts'
import type { Netid, PortmapEntry, PortmapRegistry } from './registry.ts'
import { nullProcedure, refuse } from './shared.ts'
import { hostOf, universalAddress } from './universal-address.ts'

/** Longest string taken in an argument, in bytes. RFC 1833 gives none; an address or a user's name is shorter. */
const stringSizeMax = 256
const wildcards = ['0.0.0.0', '::']
const netids: readonly string[] = ['tcp', 'udp', 'tcp6', 'udp6'] satisfies Netid[]

const isNetid = (text: string): text is Netid => netids.includes(text)

/** The transport on which a call came, as the address family of the caller shows. */
function netidOf({ transport, address }: RpcClient): Netid {
  return isIPv6(address) ? `${transport}6` : transport
}

/** A question of struct rpcb, RFC 1833 §2.1; its owner is not looked at. */
interface Question {
  readonly program: number
  readonly version: number
  readonly netid: string
  /** Where the caller has found us, as a universal address, or whatever else it sends. */
  readonly address: string
}

function decodeQuestion(reader: XdrReader): Question {
  const program = reader.uint32()
  const version = reader.uint32()
  const netid = reader.opaque(stringSizeMax).toString('latin1')
  const address = reader.opaque(stringSizeMax).toString('latin1')
  reader.skipOpaque(stringSizeMax)
  return { program, version, netid, address }
}

/**
 * Where this caller reaches an entry. For an entry on all addresses that is where it has reached us already: as its
 * connection shows, else as its question says.
 */
function reachedAt({ address, port, netid }: PortmapEntry, client: RpcClient, question: Question): string {
  if (!wildcards.includes(address)) return universalAddress(address, port)
  const isFamily = netid.endsWith('6') ? isIPv6 : isIPv4
  const known = [client.serverAddress ?? '', hostOf(question.address)].find((host) => isFamily(host))
  return universalAddress(known ?? address, port)
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
      const question = decodeQuestion(reader)
      const netid = isNetid(question.netid) ? question.netid : netidOf(client)
      const entry = find(question.program, question.version, netid)
      writer.string(entry === undefined ? '' : reachedAt(entry, client, question))
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

import type { RpcProgram } from '../rpc/program.ts'
import type { PortmapRegistry } from './registry.ts'
import { rpcbindVersions } from './rpcbind.ts'
import { portmapVersion2 } from './version2.ts'

export const portmapProgram = 100000
/** The port on which clients ask, RFC 1833 §3. */
export const portmapPort = 111

/** The port mapper and rpcbind (RFC 1833), over TCP and UDP: where the programs in `registry` answer. */
export function createPortmapProgram(registry: PortmapRegistry): RpcProgram {
  return {
    name: 'portmapper',
    program: portmapProgram,
    versions: [portmapVersion2(registry), ...rpcbindVersions(registry)],
  }
}

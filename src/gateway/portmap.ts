import { isIPv6 } from 'node:net'
import {
  createPortmapProgram,
  nfs3Program,
  nfs3Version,
  mountProgram,
  portmapPort,
  portmapProgram,
  PortmapRegistry,
  RpcServer,
} from 'nfs-server-ts'
import type { PortmapMode } from '../config/config.ts'
import { listenError } from '../config/error.ts'
import type { Logger } from '../telemetry/log.ts'

export interface Portmap {
  close(): Promise<void>
}

export interface PortmapOutcome {
  readonly portmap?: Portmap
  /** Why there is none although it was wanted, as a sentence for an operator. */
  readonly restriction?: string
}

export interface PortmapOptions {
  readonly mode: PortmapMode
  readonly host: string
  /** Where NFS and MOUNT answer, TCP and UDP. */
  readonly port: number
  readonly log: Logger
}

/**
 * Answers "where is NFS?" on port 111, so that clients need not be told the ports. `auto` goes on without it.
 * @throws {StartError} with `on`, if the port cannot be had.
 */
export async function startPortmap({ mode, host, port, log }: PortmapOptions): Promise<PortmapOutcome> {
  if (mode === 'off') return {}
  const server = new RpcServer({
    programs: [createPortmapProgram(createRegistry(host, port))],
    onBug: (error, { client }) =>
      log.error({ err: error, client: client.address }, 'internal error in portmap'),
  })
  try {
    await server.listenTcp({ host, port: portmapPort })
    await server.listenUdp({ host, port: portmapPort })
    return { portmap: { close: () => server.close() } }
  } catch (error) {
    await server.close()
    const reason = reasonsToGoOn[(error as NodeJS.ErrnoException).code ?? '']
    if (mode === 'auto' && reason !== undefined) {
      return { restriction: `Port 111 ${reason}: clients mount with port= and mountport=.` }
    }
    throw listenError('portmap', host, portmapPort, error) ?? error
  }
}

const reasonsToGoOn: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken, most likely by rpcbind',
  EACCES: 'needs root or CAP_NET_BIND_SERVICE',
}

function createRegistry(host: string, port: number): PortmapRegistry {
  const registry = new PortmapRegistry()
  const suffix = isIPv6(host) ? '6' : ''
  const owner = 'superuser'
  const add = (program: number, version: number, transport: 'tcp' | 'udp', at: number) =>
    registry.add({ program, version, netid: `${transport}${suffix}`, address: host, port: at, owner })
  for (const transport of ['tcp', 'udp'] as const) {
    for (const version of [2, 3, 4]) add(portmapProgram, version, transport, portmapPort)
    for (const version of [1, 3]) add(mountProgram, version, transport, port)
  }
  add(nfs3Program, nfs3Version, 'tcp', port)
  return registry
}

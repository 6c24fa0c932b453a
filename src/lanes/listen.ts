import type { AddressInfo } from 'node:net'
import type { RpcServer } from 'nfs-server-ts'
import { listenError } from '../config/error.ts'
import { errnoName } from '../filesystem/index.ts'
import { native } from '../native/index.ts'
import { congestionControlError, congestionControlOf } from './congestion-control.ts'
import type { LaneSetup } from './messages.ts'

const portAttemptCountMax = 10
/** As net.Server has it. */
const backlog = 511

type Place = Pick<LaneSetup, 'listen' | 'port' | 'lane' | 'laneCount' | 'network'>

/**
 * Opens TCP and, for lane 0, UDP on one port. A port that was free for TCP alone is given back, if any will do. Several
 * lanes listen each with a socket of its own, and the kernel gives a connection to one of them.
 * @throws {StartError} if the port cannot be had.
 */
export async function listen(
  place: Place,
  create: () => RpcServer,
): Promise<{ server: RpcServer; port: number }> {
  const { listen: host, port: wanted, lane } = place
  for (let attempt = 1; ; attempt++) {
    const server = create()
    let tcp: AddressInfo | undefined
    try {
      tcp = await server.listenTcp({ fd: listeningSocket(place) })
      if (lane === 0) await server.listenUdp({ host, port: tcp.port })
      return { server, port: tcp.port }
    } catch (error) {
      await server.close()
      if (wanted === 0 && tcp !== undefined && attempt < portAttemptCountMax) continue
      throw listenError('NFS', host, wanted, error) ?? error
    }
  }
}

/** For net.Server.listen; errors as it has them, which would not choose the congestion control. */
function listeningSocket({ listen: host, port, lane, laneCount, network }: Place): number {
  const control = congestionControlOf(network.congestionControl)
  // A lane that is alone shares its port with nobody, not even with programs of the same user.
  const share = laneCount === 1 ? 0 : lane === 0 ? 1 : 2
  const fd = native.listenTcp(Buffer.from(host), port, backlog, share, Buffer.from(control))
  if (fd >= 0) return fd
  const code = errnoName(fd)
  const refused = congestionControlError(control, code)
  if (refused !== undefined) throw refused
  throw Object.assign(new Error(`listen ${code}: ${host}:${port}`), { code, errno: fd, syscall: 'listen' })
}

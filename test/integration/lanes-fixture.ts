import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { Mountstat3 } from 'nfs-server-ts'
import type { RunningServer } from './server.ts'

/** Connections tried until each lane has one: with three lanes the last is missed once in 10^17 times. */
const attemptCountMax = 100

/** A client whose one connection is a lane's. */
export interface LaneClient {
  readonly transport: TcpTransport
  readonly nfs: Nfs3Client
}

/** Connections that each lane has. */
export async function connectionsByLane(server: RunningServer): Promise<number[]> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text()
  return [...text.matchAll(/^berth_lane_connections\{lane="\d+"\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  )
}

/** One client each lane, in their order: the kernel chooses the lane, so that it takes some connections. */
export async function clientsByLane(server: RunningServer, laneCount: number): Promise<LaneClient[]> {
  const found: TcpTransport[] = []
  for (let attempt = 0; Object.keys(found).length < laneCount && attempt < attemptCountMax; attempt++) {
    const before = await connectionsByLane(server)
    const transport = await TcpTransport.connect(server.nfsPort)
    let lane = -1
    while (lane < 0) {
      const now = await connectionsByLane(server)
      lane = now.findIndex((count, index) => count > before[index]!)
    }
    if (found[lane] === undefined) found[lane] = transport
    else await closed(server, transport, lane)
  }
  if (Object.keys(found).length < laneCount) throw new Error(`no connection to some of ${laneCount} lanes`)
  return found.map((transport) => ({ transport, nfs: new Nfs3Client(transport) }))
}

/** Closes a connection, and waits until its lane has noticed. */
async function closed(server: RunningServer, transport: TcpTransport, lane: number): Promise<void> {
  const before = (await connectionsByLane(server))[lane]!
  await transport.close()
  while ((await connectionsByLane(server))[lane]! >= before);
}

export async function rootOf({ transport }: LaneClient, path: string): Promise<Buffer> {
  const mounted = await new Mount3Client(transport).mount(path)
  if (mounted.status !== Mountstat3.OK) throw new Error(`mount of ${path}: status ${mounted.status}`)
  return mounted.handle
}

/** A request to the admin API by the first administrator, whose token is in the data directory. */
export async function adminCall<Answer>(
  { adminUrl }: RunningServer,
  data: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(adminUrl + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

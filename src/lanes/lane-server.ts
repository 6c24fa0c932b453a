import type { AddressInfo } from 'node:net'
import {
  createMountProgram,
  createNfs3Program,
  Mountstat3,
  RpcServer,
  type BugContext,
  type RpcClient,
} from 'nfs-server-ts'
import { ClientLists } from '../access/client-lists.ts'
import { listenError, StartError } from '../config/error.ts'
import { FatalIdentityError, LinuxBackend } from '../filesystem/index.ts'
import { native } from '../native/index.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'
import type { LaneReady, LaneSetup } from './messages.ts'
import { ShareMountBackend } from './mount-backend.ts'

export interface LaneServer {
  readonly ready: LaneReady
  statistics(): LaneStatistics
  /** Answers the calls in flight, for `timeoutMs` at most, and writes everything to the disk. */
  drain(timeoutMs: number): Promise<void>
}

export interface LaneObserver {
  readonly onLog: (event: LogEvent) => void
  /** The thread may act for the wrong user: it must end before it takes another call. */
  readonly onUnsafe: () => never
}

/** The largest READ and WRITE, in bytes; smaller where the record size is. */
const transferSizeMax = 1024 * 1024
/** More than the bytes around the data of a WRITE: record mark, header, credential, verifier, arguments. */
const recordOverheadMax = 4096
/** Transfers are whole pages, so that a client's page cache never asks for parts of one. */
const pageSize = 4096

/**
 * Serves NFS and MOUNT over the shares, in the thread that calls it.
 * @throws {StartError} if the port or a share cannot be had.
 */
export async function startLaneServer(setup: LaneSetup, observer: LaneObserver): Promise<LaneServer> {
  const lists = new ClientLists(setup.shares)
  const allows = (shareId: number, client: RpcClient) => lists.allows(shareId, client)
  const backend = openBackend(setup, allows, observer)
  try {
    const { server, port } = await listen(setup, () => createServer(setup, backend, allows, observer))
    return {
      ready: { port, restrictions: backend.restrictions },
      statistics: () => ({ rpc: server.statistics, filesystem: backend.statistics }),
      async drain(timeoutMs) {
        await server.drain(timeoutMs)
        await backend.close()
      },
    }
  } catch (error) {
    await backend.close()
    throw error
  }
}

type Allows = (shareId: number, client: RpcClient) => boolean

function openBackend(setup: LaneSetup, allows: Allows, { onLog }: LaneObserver): LinuxBackend {
  try {
    return LinuxBackend.open({
      shares: setup.shares,
      handleKey: Buffer.from(setup.handleKey),
      stateDirectory: setup.stateDirectory,
      openFileCountMax: setup.limits.openFiles,
      inodeCountMax: setup.limits.inodes,
      allows,
      onWarning: (message, error) =>
        onLog({ level: 'warn', message, fields: error === undefined ? {} : { err: describeError(error) } }),
    })
  } catch (error) {
    throw new StartError((error as Error).message, { cause: error })
  }
}

function createServer(
  { shares, limits }: LaneSetup,
  backend: LinuxBackend,
  allows: Allows,
  { onLog, onUnsafe }: LaneObserver,
): RpcServer {
  const transferMax = Math.min(
    transferSizeMax,
    Math.floor((limits.recordSize - recordOverheadMax) / pageSize) * pageSize,
  )
  const mounts = new ShareMountBackend({
    shares,
    backend,
    rootHandle: (shareId) => backend.rootHandle(shareId),
    allows,
    onMount(client, path, status) {
      const isMounted = status === Mountstat3.OK
      const fields = { client: client.address, path, ...(isMounted ? {} : { status }) }
      onLog({ level: isMounted ? 'info' : 'warn', message: isMounted ? 'mounted' : 'mount refused', fields })
    },
  })
  return new RpcServer({
    descriptorCalls: native,
    programs: [
      createNfs3Program(backend, { rtmax: transferMax, wtmax: transferMax, dtmax: transferMax }),
      createMountProgram(mounts),
    ],
    limits: {
      connectionCountMax: limits.connections,
      recordSizeMax: limits.recordSize,
      callsInFlightMax: limits.callsInFlight,
    },
    onBug(error, { client, program, version, procedure, xid }: BugContext) {
      const call = { client: client.address, program, version, procedure, xid }
      onLog({ level: 'error', message: 'internal error', fields: { ...call, err: describeError(error) } })
      if (error instanceof FatalIdentityError) onUnsafe()
    },
  })
}

const portAttemptCountMax = 10

/** Opens TCP and UDP on one port. A port that was free for TCP alone is given back, if any will do. */
async function listen(
  { listen: host, port: wanted }: LaneSetup,
  create: () => RpcServer,
): Promise<{ server: RpcServer; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const server = create()
    let tcp: AddressInfo | undefined
    try {
      tcp = await server.listenTcp({ host, port: wanted })
      await server.listenUdp({ host, port: tcp.port })
      return { server, port: tcp.port }
    } catch (error) {
      await server.close()
      if (wanted === 0 && tcp !== undefined && attempt < portAttemptCountMax) continue
      throw listenError('NFS', host, wanted, error) ?? error
    }
  }
}

/** An error in the parts that survive the way to another thread and that a log shows. */
function describeError(error: unknown): { type: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' }
  return { type: error.name, message: error.message, stack: error.stack ?? '' }
}

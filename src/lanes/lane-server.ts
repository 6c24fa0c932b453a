import {
  createMountProgram,
  createNfs3Program,
  defaultRpcLimits,
  NfsError,
  Nfsstat3,
  RpcServer,
  type BugContext,
  type Nfs3Caller,
  type RpcClient,
} from 'nfs-server-ts'
import { AuditBuffer } from '../audit/ring.ts'
import { StartError } from '../config/error.ts'
import { FatalIdentityError, LinuxBackend } from '../filesystem/index.ts'
import { native } from '../native/index.ts'
import { ConnectionCount } from '../shared-memory/connection-count.ts'
import { GrantTable } from '../shared-memory/grant-table.ts'
import { ObjectLocks } from '../shared-memory/object-locks.ts'
import { ShareTable } from '../shared-memory/share-table.ts'
import { SharedReplyCache } from '../shared-memory/shared-reply-cache.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'
import type { ControlPlane } from './control-plane.ts'
import { FolderBackend } from './folder-backend.ts'
import { FolderHandles } from './folder-handle.ts'
import { GatewayBackend } from './gateway-backend.ts'
import { LaneDelay } from './lane-delay.ts'
import { Holds } from './holds.ts'
import { filesystemLanes, sharedReplyLimits } from './lane-memory.ts'
import { listen } from './listen.ts'
import type { ConnectedClient, LaneReady, LaneSetup, Order, OrderResults, Place } from './messages.ts'
import { ShareMountBackend } from './mount-backend.ts'
import { ShareOpener } from './share-opener.ts'

export interface LaneServer {
  readonly ready: LaneReady
  statistics(): LaneStatistics
  /** Clients with TCP connections, by address. */
  clients(): ConnectedClient[]
  /** Closes the connections of a client. */
  disconnect(address: string): void
  /** A share is served no more: lets go of its files. */
  closeShare(shareId: number): Promise<void>
  /** Carries out an order. */
  carryOut(order: Order): Promise<unknown>
  /** Answers the calls in flight, for `timeoutMs` at most, and writes everything to the disk. */
  drain(timeoutMs: number): Promise<void>
}

export interface LaneObserver {
  readonly onLog: (event: LogEvent) => void
  /** Something changed in shares of which a journal is kept: entries of filesystem/journal-entries.ts. */
  readonly onChanges: (entries: Uint8Array) => void
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
 * Serves NFS and MOUNT, in the thread that calls it; what it does not know it asks the control plane.
 * @throws {StartError} if the port or a share that it must have cannot be had.
 */
export async function startLaneServer(
  setup: LaneSetup,
  plane: ControlPlane,
  observer: LaneObserver,
): Promise<LaneServer> {
  const grants = new GrantTable(setup.grants)
  const files = openFiles(setup, plane, grants, observer)
  const holds = new Holds(files)
  try {
    const restrictions = [...files.restrictions, ...openShares(setup, files, observer)]
    const { server, port } = await listen(setup, () =>
      createServer(setup, plane, grants, { files, holds }, observer),
    )
    const delay = new LaneDelay(() => server.statistics.callsTotal)
    return {
      ready: { port, restrictions },
      statistics: () => ({ rpc: server.statistics, filesystem: files.statistics, delay: delay.counts }),
      clients: () => countByAddress(server.clients()),
      disconnect: (address) => server.disconnect(address),
      closeShare: (shareId) => files.closeShare(shareId),
      carryOut: (order) => carryOut(order, files, holds),
      async drain(timeoutMs) {
        await server.drain(timeoutMs)
        await files.close()
      },
    }
  } catch (error) {
    await files.close()
    throw error
  }
}

function openFiles(
  setup: LaneSetup,
  plane: ControlPlane,
  grants: GrantTable,
  { onLog, onChanges }: LaneObserver,
): LinuxBackend {
  const warn = (message: string, error?: unknown) =>
    onLog({ level: 'warn', message, fields: error === undefined ? {} : { err: describeError(error) } })
  const opener = new ShareOpener(plane, warn)
  try {
    const files: LinuxBackend = LinuxBackend.open({
      grants,
      shareTable: new ShareTable(setup.shareTable, setup.laneCount),
      lane: setup.lane,
      ...(setup.memory.several && { lanes: filesystemLanes(setup.memory.several) }),
      handleKey: Buffer.from(setup.handleKey),
      stateDirectory: setup.stateDirectory,
      openFileCountMax: setup.limits.openFiles,
      inodeCountMax: setup.limits.inodes,
      onClosedShare: (id) => opener.open(id, files),
      audit: new AuditBuffer(setup.audit),
      onChanges,
      onWarning: warn,
    })
    for (const shareId of setup.journaled) files.beginJournal(shareId)
    return files
  } catch (error) {
    throw new StartError((error as Error).message, { cause: error })
  }
}

/** Opens the shares known at the start, and answers what cannot be done in them, a sentence each. */
function openShares({ shares }: LaneSetup, files: LinuxBackend, { onLog }: LaneObserver): string[] {
  const restrictions: string[] = []
  for (const { required, ...share } of shares) {
    try {
      const restriction = files.openShare(share)
      if (restriction !== undefined) restrictions.push(restriction)
    } catch (error) {
      const { message } = error as Error
      if (required) throw new StartError(message, { cause: error })
      // One disk that is missing must not keep all others from being served: clients of this one wait.
      onLog({ level: 'error', message, fields: {} })
    }
  }
  return restrictions
}

function createServer(
  { lane, limits, laneCount, handleKey, memory }: LaneSetup,
  plane: ControlPlane,
  grants: GrantTable,
  { files, holds }: { readonly files: LinuxBackend; readonly holds: Holds },
  { onLog, onUnsafe }: LaneObserver,
): RpcServer {
  const transferMax = Math.min(
    transferSizeMax,
    Math.floor((limits.recordSize - recordOverheadMax) / pageSize) * pageSize,
  )
  const { several } = memory
  const locks = several && new ObjectLocks(several.locks, laneCount, lane)
  const handles = new FolderHandles(Buffer.from(handleKey))
  const arrive = (_caller: Nfs3Caller, { share, grant }: Place & { kind: 'share' }) => {
    try {
      files.openShare(share)
    } catch (error) {
      onLog({ level: 'error', message: (error as Error).message, fields: {} })
      throw new NfsError(Nfsstat3.IO, { cause: error })
    }
    return files.root(share.id, grant)
  }
  const folders = new FolderBackend({ plane, handles, grants, arrive })
  return new RpcServer({
    descriptorCalls: native,
    programs: [
      createNfs3Program(new GatewayBackend({ files, locks, folders, holds }), {
        rtmax: transferMax,
        wtmax: transferMax,
        dtmax: transferMax,
      }),
      createMountProgram(new ShareMountBackend({ plane, handles, backend: files, arrive })),
    ],
    connectionCount: new ConnectionCount(memory.connectionCount, limits.connections),
    ...(several && { replyCache: new SharedReplyCache(several.replies, sharedReplyLimits(limits)) }),
    limits: {
      recordSizeMax: limits.recordSize,
      callsInFlightMax: limits.callsInFlight,
      ...partOf(laneCount),
    },
    onBug(error, { client, program, version, procedure, xid }: BugContext) {
      const call = { client: client.address, program, version, procedure, xid }
      onLog({ level: 'error', message: 'internal error', fields: { ...call, err: describeError(error) } })
      if (error instanceof FatalIdentityError) onUnsafe()
    },
  })
}

/** Limits of memory, which are of all lanes together: a lane has its part. */
function partOf(laneCount: number) {
  const { assemblyBytesMax, unsentBytesTotalMax, pooledBytesMax } = defaultRpcLimits
  return {
    assemblyBytesMax: Math.ceil(assemblyBytesMax / laneCount),
    unsentBytesTotalMax: Math.ceil(unsentBytesTotalMax / laneCount),
    pooledBytesMax: Math.ceil(pooledBytesMax / laneCount),
  }
}

async function carryOut(
  order: Order,
  files: LinuxBackend,
  holds: Holds,
): Promise<OrderResults[Order['kind']]> {
  switch (order.kind) {
    case 'watch': {
      files.watch(order.shareId)
      return undefined
    }
    case 'unwatch': {
      files.unwatch(order.shareId)
      return undefined
    }
    case 'take-changes':
      return files.takeChanges(order.shareId)
    case 'begin-journal': {
      files.beginJournal(order.shareId)
      return undefined
    }
    case 'end-journal': {
      files.endJournal(order.shareId)
      return undefined
    }
    case 'sync':
      return holds.sync(order.shareIds)
    case 'settle':
      return holds.settle(order.shareIds)
    case 'hold':
      return holds.hold(order.shareIds)
    case 'seal':
      return holds.seal(order.shareIds)
    case 'move':
      return files.moveShare(order.share).then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      )
    case 'release':
      return holds.release(order.shareIds)
  }
}

function countByAddress(clients: Iterable<RpcClient>): ConnectedClient[] {
  const counts = new Map<string, number>()
  for (const { address } of clients) counts.set(address, (counts.get(address) ?? 0) + 1)
  return [...counts].map(([address, connections]) => ({ address, connections }))
}

/** An error in the parts that survive the way to another thread and that a log shows. */
function describeError(error: unknown): { type: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' }
  return { type: error.name, message: error.message, stack: error.stack ?? '' }
}

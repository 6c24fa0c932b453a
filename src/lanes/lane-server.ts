import { getHeapStatistics } from 'node:v8'
import {
  createMountProgram,
  createNfs3Program,
  defaultRpcLimits,
  RpcServer,
  type BugContext,
  type RpcClient,
} from 'nfs-server-ts'
import { AuditBuffer } from '../audit/ring.ts'
import { StartError } from '../config/error.ts'
import { FatalIdentityError, HandleCodec, LinuxBackend } from '../filesystem/index.ts'
import { native } from '../native/index.ts'
import { ConnectionCount } from '../shared-memory/connection-count.ts'
import { GrantTable } from '../shared-memory/grant-table.ts'
import { ObjectLocks } from '../shared-memory/object-locks.ts'
import { RateTable } from '../shared-memory/rate-table.ts'
import { ShareTable } from '../shared-memory/share-table.ts'
import { SharedReplyCache } from '../shared-memory/shared-reply-cache.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'
import type { ControlPlane } from './control-plane.ts'
import { describeError } from './describe-error.ts'
import { FolderBackend } from './folder-backend.ts'
import { FolderHandles } from './folder-handle.ts'
import { GatewayBackend } from './gateway-backend.ts'
import { LaneDelay } from './lane-delay.ts'
import { Holds } from './holds.ts'
import { filesystemLanes, sharedReplyLimits } from './lane-memory.ts'
import { CallLimits } from './limits/call-limits.ts'
import { withLimits } from './limits/limited-program.ts'
import { listen } from './listen.ts'
import type { ConnectedClient, LaneReady, LaneSetup, Order } from './messages.ts'
import { ShareMountBackend } from './mount-backend.ts'
import { ServedFiles } from './served-files.ts'
import { ShareOpener } from './share-opener.ts'
import { withSlowStores } from './slow/slow-program.ts'
import { SlowStores } from './slow/slow-stores.ts'
import { SlowThread } from './slow/slow-thread.ts'

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
  /**
   * Answers the calls in flight, for `timeoutMs` at most, and writes everything to the disk. Answers whether all stores have
   * answered: threads of those that have not are still waiting for them.
   */
  drain(timeoutMs: number): Promise<boolean>
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
  const { local, slow, files } = openFiles(setup, plane, grants, observer)
  const holds = new Holds(files)
  const callLimits = openLimits(setup, grants)
  try {
    const restrictions = [...local.restrictions, ...openShares(setup, files, observer)]
    const { server, port } = await listen(setup, () =>
      createServer(setup, plane, grants, { local, slow, files, holds, callLimits }, observer),
    )
    const delay = new LaneDelay(() => server.statistics.callsTotal)
    return {
      ready: { port, restrictions },
      statistics: () => ({
        ...{ rpc: server.statistics, filesystem: local.statistics, delay: delay.counts },
        ...{ limits: callLimits.counts, heapBytes: getHeapStatistics().used_heap_size },
        polledSeconds: native.busyPolled(),
      }),
      clients: () => countByAddress(server.clients()),
      disconnect: (address) => server.disconnect(address),
      closeShare(shareId) {
        callLimits.forget(shareId)
        return files.closeShare(shareId)
      },
      carryOut: (order) => files.carryOut(order, holds),
      async drain(timeoutMs) {
        callLimits.end()
        await server.drain(timeoutMs)
        return files.close()
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
  observer: LaneObserver,
): OpenFiles {
  const { onLog, onChanges } = observer
  const warn = (message: string, error?: unknown) =>
    onLog({ level: 'warn', message, fields: error === undefined ? {} : { err: describeError(error) } })
  const opener = new ShareOpener(plane, warn)
  try {
    const shareTable = new ShareTable(setup.shareTable, setup.laneCount)
    const audit = new AuditBuffer(setup.audit)
    const local = LinuxBackend.open({
      grants,
      shareTable,
      lane: setup.lane,
      ...(setup.memory.several && { lanes: filesystemLanes(setup.memory.several) }),
      handleKey: Buffer.from(setup.handleKey),
      stateDirectory: setup.stateDirectory,
      openFileCountMax: setup.limits.openFiles,
      inodeCountMax: setup.limits.inodes,
      onClosedShare: (id) => (slow.has(id) ? undefined : opener.open(id, files)),
      audit,
      onChanges,
      onWarning: warn,
    })
    const slow = slowStores(setup, plane, { shareTable, audit }, observer)
    const files: ServedFiles = new ServedFiles(local, slow, onLog)
    for (const shareId of setup.journaled) {
      local.beginJournal(shareId)
      void slow.beginJournal(shareId)
    }
    return { local, slow, files }
  } catch (error) {
    throw new StartError((error as Error).message, { cause: error })
  }
}

/** A quarter of what a connection may have in flight may wait for limits, half for remote stores: the rest goes on. */
function openLimits({ rates, limits, handleKey }: LaneSetup, grants: GrantTable): CallLimits {
  return new CallLimits({
    rates: { shares: new RateTable(rates.shares), grants: new RateTable(rates.grants) },
    grants,
    codec: new HandleCodec(Buffer.from(handleKey)),
    connectionCountMax: Math.ceil(limits.callsInFlight / 4),
  })
}

/** What a lane serves from: see {@link ServedFiles}, which is both of the others. */
interface OpenFiles {
  readonly local: LinuxBackend
  readonly slow: SlowStores
  readonly files: ServedFiles
}

/** The remote stores of a lane. Their threads say all through it: it asks, counts and tells for them. */
function slowStores(
  setup: LaneSetup,
  plane: ControlPlane,
  { shareTable, audit }: { readonly shareTable: ShareTable; readonly audit: AuditBuffer },
  { onLog, onChanges }: LaneObserver,
): SlowStores {
  const { lane, laneCount, limits, memory } = setup
  const shared = {
    ...{ laneCount, handleKey: setup.handleKey, stateDirectory: setup.stateDirectory },
    ...{ grants: setup.grants, shareTable: setup.shareTable, memory: memory.remote },
    transferSizeMax: transferMaxOf(limits),
    openFileCountMax: Math.ceil(limits.openFiles / limits.remoteThreads),
  }
  return new SlowStores({
    // A lane that needs a store has one thread of it at least.
    threadCount: Math.ceil(limits.remoteThreads / laneCount),
    connectionUnansweredMax: Math.ceil(limits.callsInFlight / 2),
    onWarning: (message) => onLog({ level: 'warn', message, fields: {} }),
    start: (store, orders, place, events) =>
      new SlowThread(
        { store, orders, place, ...shared },
        {
          ...events,
          ...{ onLog, onChanges },
          onQuestion: (question) => plane.ask(question),
          onAdded: (shareId, bytes, files) => shareTable.slot(shareId, lane).add(bytes, files),
          onAudit: (event) => audit.append(event),
        },
      ),
  })
}

/** Bytes of the largest READ and WRITE: what fits a record. */
function transferMaxOf({ recordSize }: LaneSetup['limits']): number {
  return Math.min(transferSizeMax, Math.floor((recordSize - recordOverheadMax) / pageSize) * pageSize)
}

/** Opens the shares known at the start, and answers what cannot be done in them, a sentence each. */
function openShares({ shares }: LaneSetup, files: ServedFiles, { onLog }: LaneObserver): string[] {
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
  {
    local,
    slow,
    files,
    holds,
    callLimits,
  }: OpenFiles & { readonly holds: Holds; readonly callLimits: CallLimits },
  { onLog, onUnsafe }: LaneObserver,
): RpcServer {
  const transferMax = transferMaxOf(limits)
  const { several } = memory
  const locks = several && new ObjectLocks(several.locks, laneCount, lane)
  const handles = new FolderHandles(Buffer.from(handleKey))
  const arrive: ServedFiles['arrive'] = (caller, place) => files.arrive(caller, place)
  const folders = new FolderBackend({ plane, handles, grants, arrive })
  const backend = new GatewayBackend({
    ...{ files: local, locks, folders, holds },
    isElsewhere: (shareId) => slow.has(shareId),
  })
  const nfs = createNfs3Program(backend, { rtmax: transferMax, wtmax: transferMax, dtmax: transferMax })
  const codec = new HandleCodec(Buffer.from(handleKey))
  return new RpcServer({
    descriptorCalls: native,
    programs: [
      withLimits(withSlowStores(nfs, { slow, holds, codec }), callLimits, transferMax),
      createMountProgram(
        new ShareMountBackend({ plane, handles, arrive, enter: (caller, what) => files.enter(caller, what) }),
      ),
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

function countByAddress(clients: Iterable<RpcClient>): ConnectedClient[] {
  const counts = new Map<string, number>()
  for (const { address } of clients) counts.set(address, (counts.get(address) ?? 0) + 1)
  return [...counts].map(([address, connections]) => ({ address, connections }))
}

import { defaultRpcLimits } from 'nfs-server-ts'
import type { LimitsConfig } from '../config/config.ts'
import type { FilesystemLanes } from '../filesystem/index.ts'
import { ConnectionCount } from '../shared-memory/connection-count.ts'
import { ObjectLocks } from '../shared-memory/object-locks.ts'
import { RemovedObjects } from '../shared-memory/removed-objects.ts'
import { RenameCount } from '../shared-memory/rename-count.ts'
import { SharedReplyCache, type SharedReplyLimits } from '../shared-memory/shared-reply-cache.ts'
import { WriteVerifier } from '../shared-memory/write-verifier.ts'

/** What lanes share besides the tables that the control plane writes. */
export interface LaneMemory {
  /** How many connections all have. */
  readonly connectionCount: SharedArrayBuffer
  /** What only several need: one that is alone does without, and pays nothing for it. */
  readonly several: SeveralLanesMemory | undefined
  /** Of the threads of remote stores: they serve what no lane does, and each store has several. */
  readonly remote: FilesystemMemory
}

interface SeveralLanesMemory extends FilesystemMemory {
  /** Kept replies. */
  readonly replies: SharedArrayBuffer
  /** What is being changed. */
  readonly locks: SharedArrayBuffer
}

/** What threads that serve the same files share. */
export interface FilesystemMemory {
  /** The write verifier. */
  readonly verifier: SharedArrayBuffer
  /** Files whose last name was removed. */
  readonly removed: SharedArrayBuffer
  /** How many directories were moved. */
  readonly renames: SharedArrayBuffer
}

/** Calls that must not be done twice and wait for a disk, of all clients: beyond it they cost kept replies. */
const runningReplyCountMax = 8192

/** For the control plane, before the first lane. */
export function createLaneMemory(limits: LimitsConfig, laneCount: number): LaneMemory {
  return {
    connectionCount: ConnectionCount.create(limits.connections).buffer,
    several: laneCount === 1 ? undefined : createSeveral(limits, laneCount),
    remote: createFilesystemMemory(),
  }
}

function createSeveral(limits: LimitsConfig, laneCount: number): SeveralLanesMemory {
  return {
    ...createFilesystemMemory(),
    replies: SharedReplyCache.create(sharedReplyLimits(limits)),
    locks: ObjectLocks.create(laneCount).buffer,
  }
}

function createFilesystemMemory(): FilesystemMemory {
  return {
    verifier: WriteVerifier.create().buffer,
    removed: RemovedObjects.create().buffer,
    renames: new RenameCount().buffer,
  }
}

/** What the filesystem of a lane shares with that of others. */
export function filesystemLanes({ verifier, removed, renames }: FilesystemMemory): FilesystemLanes {
  return {
    verifier: new WriteVerifier(verifier),
    removed: new RemovedObjects(removed),
    renames: new RenameCount(renames),
  }
}

/** Those of a server that is alone; a client has a connection, a reply, or a call that runs. */
export function sharedReplyLimits({ connections }: LimitsConfig): SharedReplyLimits {
  const { replyCacheCountMax, replyCacheCountPerClientMax, replyCacheAgeMaxMs } = defaultRpcLimits
  return {
    countMax: replyCacheCountMax,
    runningCountMax: runningReplyCountMax,
    countPerClientMax: replyCacheCountPerClientMax,
    clientCountMax: connections + replyCacheCountMax + runningReplyCountMax,
    ageMaxMs: replyCacheAgeMaxMs,
  }
}

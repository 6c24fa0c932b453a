import { defaultRpcLimits } from 'nfs-server-ts'
import type { LimitsConfig } from '../config/config.ts'
import { ConnectionCount } from '../shared-memory/connection-count.ts'
import { SharedReplyCache, type SharedReplyLimits } from '../shared-memory/shared-reply-cache.ts'

/** What lanes share besides the tables that the control plane writes. */
export interface LaneMemory {
  /** How many connections all have. */
  readonly connectionCount: SharedArrayBuffer
  /** Kept replies; undefined for a lane that is alone: it keeps them in its own memory. */
  readonly replies: SharedArrayBuffer | undefined
}

/** Calls that must not be done twice and wait for a disk, of all clients: beyond it they cost kept replies. */
const runningReplyCountMax = 8192

/** For the control plane, before the first lane. */
export function createLaneMemory(limits: LimitsConfig, laneCount: number): LaneMemory {
  return {
    connectionCount: ConnectionCount.create(limits.connections).buffer,
    replies: laneCount === 1 ? undefined : SharedReplyCache.create(sharedReplyLimits(limits)),
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

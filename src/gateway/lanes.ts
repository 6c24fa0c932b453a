import type { Config } from '../config/config.ts'
import { opensHandles } from '../filesystem/index.ts'
import { Lane } from '../lanes/lane.ts'
import { createLaneMemory } from '../lanes/lane-memory.ts'
import type { LaneSetup } from '../lanes/messages.ts'
import type { DataDirectory } from '../state/data-directory.ts'
import type { Logger } from '../telemetry/log.ts'
import type { ControlPlane } from './control-plane.ts'

export interface LanesOptions {
  readonly config: Config
  readonly laneCount: number
  readonly directory: DataDirectory
  readonly plane: ControlPlane
  readonly log: Logger
  /** A lane has ended unasked. */
  readonly onFatal: (error: Error) => void
}

/**
 * How many lanes there are to be. The index of names that stands in where handles cannot be opened is one lane's alone.
 * What they may not do is answered as a sentence.
 */
export function laneCountFor({ lanes, data, shares }: Config): { laneCount: number; restriction?: string } {
  if (lanes === 1) return { laneCount: 1 }
  const indexed = [data, ...shares.map(({ directory }) => directory)].find(
    (directory) => !opensHandles(directory),
  )
  if (indexed === undefined) return { laneCount: lanes }
  const restriction = `One lane serves, not ${lanes}: file handles cannot be opened in ${indexed} (not root, or no support in the filesystem).`
  return { laneCount: 1, restriction }
}

/**
 * Starts the lanes, each into `lanes` when it listens, and answers the port that all have. The first takes the port: only
 * then can the others join it.
 * @throws {StartError} if one of them cannot start.
 */
export async function startLanes(options: LanesOptions, lanes: Lane[]): Promise<number> {
  const { config, laneCount, plane, log, onFatal } = options
  const setup = setupOf(options)
  const start = (lane: number, port: number) =>
    Lane.start(
      { ...setup, lane, port, audit: plane.services.audit.openRing(`lane ${lane}`) },
      {
        onQuestion: (question) => plane.answer(question),
        onLog: ({ level, message, fields }) => log[level](fields, message),
        onChanges: (entries) => plane.services.snapshots.journals.take(entries),
        onDeath: onFatal,
      },
    )
  const first = await start(0, config.nfsPort)
  lanes.push(first)
  const { port } = first.ready
  const others = Array.from({ length: laneCount - 1 }, (_, index) => start(index + 1, port))
  for (const other of await Promise.allSettled(others)) {
    if (other.status === 'rejected') throw other.reason
    lanes.push(other.value)
  }
  return port
}

/** What all lanes are told. */
function setupOf({
  config,
  laneCount,
  directory,
  plane,
}: LanesOptions): Omit<LaneSetup, 'lane' | 'port' | 'audit'> {
  return {
    laneCount,
    listen: config.listen,
    network: config.network,
    handleKey: directory.handleKey,
    stateDirectory: directory.path,
    limits: config.limits,
    grants: plane.grantTable.buffer,
    shareTable: plane.shareTable.buffer,
    rates: { shares: plane.rates.shares.buffer, grants: plane.rates.grants.buffer },
    memory: createLaneMemory(config.limits, laneCount),
    journaled: plane.services.snapshots.journals.resume(),
    shares: plane.sharesToOpen(),
  }
}

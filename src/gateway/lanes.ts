import type { Config } from '../config/config.ts'
import { Lane } from '../lanes/lane.ts'
import { createLaneMemory } from '../lanes/lane-memory.ts'
import type { LaneSetup } from '../lanes/messages.ts'
import type { DataDirectory } from '../state/data-directory.ts'
import type { Logger } from '../telemetry/log.ts'
import type { ControlPlane } from './control-plane.ts'

export interface LanesOptions {
  readonly config: Config
  readonly directory: DataDirectory
  readonly plane: ControlPlane
  readonly log: Logger
  /** A lane has ended unasked. */
  readonly onFatal: (error: Error) => void
}

/**
 * Starts the lanes, each into `lanes` when it listens, and answers the port that all have. The first takes the port: only
 * then can the others join it.
 * @throws {StartError} if one of them cannot start.
 */
export async function startLanes(options: LanesOptions, lanes: Lane[]): Promise<number> {
  const { config, plane, log, onFatal } = options
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
  const others = Array.from({ length: config.lanes - 1 }, (_, index) => start(index + 1, port))
  for (const other of await Promise.allSettled(others)) {
    if (other.status === 'rejected') throw other.reason
    lanes.push(other.value)
  }
  return port
}

/** What all lanes are told. */
function setupOf({ config, directory, plane }: LanesOptions): Omit<LaneSetup, 'lane' | 'port' | 'audit'> {
  return {
    laneCount: config.lanes,
    listen: config.listen,
    handleKey: directory.handleKey,
    stateDirectory: directory.path,
    limits: config.limits,
    grants: plane.grantTable.buffer,
    shareTable: plane.shareTable.buffer,
    memory: createLaneMemory(config.limits, config.lanes),
    journaled: plane.services.snapshots.journals.resume(),
    shares: plane.sharesToOpen(),
  }
}

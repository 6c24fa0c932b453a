import type { LimitsConfig, ShareConfig } from '../config/config.ts'
import type { LogEvent } from '../telemetry/log.ts'

/** Everything a lane needs to serve; given to its thread at birth. */
export interface LaneSetup {
  readonly listen: string
  /** 0 for any free port. */
  readonly port: number
  readonly shares: readonly (ShareConfig & { readonly id: number })[]
  /** 16 bytes. */
  readonly handleKey: Uint8Array
  readonly stateDirectory: string
  readonly limits: LimitsConfig
}

export interface LaneReady {
  /** The port it listens on, TCP and UDP. */
  readonly port: number
  /** What the filesystem may not do here, one sentence each. */
  readonly restrictions: readonly string[]
}

import type { LimitsConfig, ShareConfig } from '../config/config.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'

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

/** From the control plane to a lane. */
export type LaneRequest =
  | { readonly kind: 'statistics' }
  /** Answer the calls in flight, for `timeoutMs` at most; write everything to the disk; end. */
  | { readonly kind: 'drain'; readonly timeoutMs: number }

/** From a lane to the control plane. The first that is not `log` is `ready` or `failed`. */
export type LaneAnswer =
  | { readonly kind: 'ready'; readonly ready: LaneReady }
  /** It cannot start, for a reason an operator can mend; it ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'statistics'; readonly statistics: LaneStatistics }
  | { readonly kind: 'log'; readonly event: LogEvent }

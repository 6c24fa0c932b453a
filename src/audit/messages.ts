import type { LogEvent } from '../telemetry/log.ts'
import type { ChainLimits } from './chain-writer.ts'
import type { Head } from './chain.ts'
import type { AuditLine } from './event.ts'
import type { WriterReport } from './writer.ts'

/** What the writer's thread is started with. */
export interface WriterSetup {
  readonly directory: string
  readonly limits: ChainLimits
}

export interface GrantDescription {
  readonly number: number
  readonly subject: string
  readonly address: string
}

export interface ShareDescription {
  readonly id: number
  /** Logical path. */
  readonly path: string
}

/** What the control plane says to the writer. */
export type WriterRequest =
  | { readonly kind: 'ring'; readonly name: string; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'grants'; readonly grants: readonly GrantDescription[] }
  | { readonly kind: 'forget-grant'; readonly number: number }
  | { readonly kind: 'shares'; readonly shares: readonly ShareDescription[] }
  | { readonly kind: 'forget-share'; readonly id: number }
  | { readonly kind: 'line'; readonly line: AuditLine }
  | { readonly kind: 'lost'; readonly events: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'close' }

/** What the writer says to the control plane. Flushes are answered in the order they were asked for. */
export type WriterAnswer =
  | { readonly kind: 'ready'; readonly head: Head }
  | { readonly kind: 'failed'; readonly message: string }
  /** `taken`: lines of the control plane since the last report. */
  | { readonly kind: 'report'; readonly report: WriterReport; readonly taken: number }
  | { readonly kind: 'flushed' }
  | { readonly kind: 'log'; readonly event: LogEvent }

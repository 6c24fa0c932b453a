import type { Grants } from '../access/grants.ts'
import type { Hosts } from '../access/hosts/hosts.ts'
import type { Rules } from '../access/policy/rules.ts'
import type { RefusalDelay } from '../access/refusal-delay.ts'
import type { Tickets } from '../access/tickets/tickets.ts'
import type { Tokens } from '../access/tokens/tokens.ts'
import type { Applications } from '../applications/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Backups } from '../backups/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Namespace } from '../namespace/namespace.ts'
import type { Comparisons } from '../snapshots/comparison/comparisons.ts'
import type { Restores } from '../snapshots/restore/restores.ts'
import type { Scheduler } from '../snapshots/scheduler.ts'
import type { Schedules } from '../snapshots/schedules.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Moves } from '../transfers/moves/moves.ts'
import type { Exports } from '../transfers/exports.ts'
import type { Imports } from '../transfers/imports.ts'

/** All that the admin API is a door to. */
export interface AdminServices extends Health, MetricsSource {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly rules: Rules
  readonly tokens: Tokens
  readonly tickets: Tickets
  readonly hosts: Hosts
  readonly grants: Grants
  readonly snapshots: Snapshots
  readonly comparisons: Comparisons
  readonly restores: Restores
  readonly moves: Moves
  readonly backups: Backups
  readonly imports: Imports
  readonly exports: Exports
  readonly schedules: Schedules
  readonly scheduler: Pick<Scheduler, 'run'>
  readonly audit: Audit
  /** Where the audit's files are. */
  readonly auditDirectory: string
  readonly clients: Clients
  readonly endpoint: Endpoint
  /** Of those who come with a wrong token; best its own, not that of mounts. */
  readonly delay: RefusalDelay
}

export interface Health {
  /** Whether clients are served: started, and not on the way out. */
  isReady(): boolean
}

export interface MetricsSource {
  /** The metrics in the Prometheus text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** A machine that has connections to the gateway. */
export interface ConnectedClient {
  readonly address: string
  readonly connections: number
}

export interface Clients {
  list(): Promise<readonly ConnectedClient[]>
  /** Closes the connections of a client, which may come again. */
  disconnect(address: string): Promise<void>
}

/** Where clients find the gateway. */
export interface Endpoint {
  /** Names or addresses that clients can use, the best first; one or more. */
  readonly nfsHosts: readonly string[]
  readonly nfsPort: number
  /** Whether a portmapper on this machine tells clients the port. */
  readonly portmap: boolean
}

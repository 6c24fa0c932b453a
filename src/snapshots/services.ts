import type { Applications } from '../applications/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import type { Namespace } from '../namespace/namespace.ts'
import type { Logger } from '../telemetry/log.ts'
import type { DataPlane } from './data-plane.ts'
import type { DriverName, SnapshotDriver } from './drivers/driver.ts'
import type { Hooks } from './hooks.ts'
import type { Journals } from './journal/journals.ts'
import type { SnapshotIndex } from './snapshot-index.ts'
import type { SnapshotPlaces } from './snapshot-places.ts'

/** What has changed of the complete snapshots. It is in the catalog and in memory when a listener hears of it. */
export interface SnapshotEvent {
  readonly kind: 'snapshot-added' | 'snapshot-changed' | 'snapshot-removed'
  /** As it is now; of one that was removed, as it was. */
  readonly snapshot: SnapshotRecord
}

export type SnapshotListener = (event: SnapshotEvent) => void

/** All ways to take snapshots, and how to choose. */
export interface DriverSet {
  readonly drivers: Readonly<Record<DriverName, SnapshotDriver>>
  /** The best that works for a share, with its snapshots below `directory`. */
  detectDriver(source: string, directory: string): Promise<DriverName>
}

/** What the parts of the service share. */
export interface SnapshotServices {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly dataPlane: DataPlane
  readonly drivers: DriverSet
  readonly hooks: Hooks
  readonly index: SnapshotIndex
  readonly places: SnapshotPlaces
  readonly journals: Journals
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly emit: SnapshotListener
}

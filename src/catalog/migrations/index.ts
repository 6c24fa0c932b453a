import { firstTables } from './0001-first-tables.ts'
import { snapshotTables } from './0002-snapshots.ts'
import { backupTables } from './0003-backups.ts'
import { shareMoves } from './0004-share-moves.ts'
import { remoteStores } from './0005-remote-stores.ts'
import { rateLimits } from './0006-rate-limits.ts'
import type { Migration } from './migration.ts'

export type { Migration } from './migration.ts'

/** All migrations, in order. */
export const migrations: readonly Migration[] = [
  firstTables,
  snapshotTables,
  backupTables,
  shareMoves,
  remoteStores,
  rateLimits,
]

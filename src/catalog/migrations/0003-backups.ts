import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Repositories of restic, what was backed up there, and which schedules do so. */
export const backupTables: Migration = {
  number: 3,
  name: 'backups',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

const statements = [
  `CREATE TABLE repositories (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    secrets TEXT NOT NULL,
    description TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    changedAt INTEGER NOT NULL,
    checkedAt INTEGER,
    checkResult TEXT,
    prunedAt INTEGER,
    scannedAt INTEGER,
    version INTEGER NOT NULL
  ) STRICT`,
  // History outlives repositories, shares, snapshots and schedules, and may be of another gateway: no references.
  `CREATE TABLE backups (
    id TEXT PRIMARY KEY,
    repositoryId TEXT NOT NULL,
    repositoryName TEXT NOT NULL,
    gatewayId TEXT NOT NULL,
    shareId INTEGER NOT NULL,
    path TEXT NOT NULL,
    applicationId TEXT,
    applicationName TEXT,
    snapshotName TEXT NOT NULL,
    cutAt INTEGER NOT NULL,
    snapshotId INTEGER,
    scheduleId TEXT,
    resticId TEXT,
    manifestResticId TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    startedAt INTEGER NOT NULL,
    endedAt INTEGER,
    filesNew INTEGER NOT NULL,
    filesChanged INTEGER NOT NULL,
    filesUnmodified INTEGER NOT NULL,
    bytesAdded INTEGER NOT NULL,
    totalFiles INTEGER NOT NULL,
    totalBytes INTEGER NOT NULL,
    message TEXT NOT NULL,
    tags TEXT NOT NULL,
    createdBy TEXT NOT NULL,
    forgottenAt INTEGER
  ) STRICT`,
  'CREATE INDEX backups_of_share ON backups (shareId, cutAt)',
  'CREATE INDEX backups_of_repository ON backups (repositoryId, id)',
  'CREATE INDEX backups_of_application ON backups (applicationId, id)',
  `CREATE INDEX backups_running ON backups (id) WHERE state = 'running'`,
  'ALTER TABLE schedules ADD COLUMN repositoryId TEXT',
  'ALTER TABLE schedules ADD COLUMN backupRetention TEXT',
]

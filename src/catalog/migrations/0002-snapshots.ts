import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Snapshots of shares, what takes them regularly, and how stores and shares go about them. */
export const snapshotTables: Migration = {
  number: 2,
  name: 'snapshots',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

const statements = [
  `ALTER TABLE stores ADD COLUMN driver TEXT NOT NULL DEFAULT 'auto'
    CHECK (driver IN ('auto', 'btrfs', 'reflink', 'cephfs', 'copy'))`,
  `ALTER TABLE shares ADD COLUMN snapshotAccess TEXT NOT NULL DEFAULT 'hidden'
    CHECK (snapshotAccess IN ('hidden', 'visible', 'backup'))`,
  'ALTER TABLE grants ADD COLUMN backupSet TEXT',
  // History may outlive the schedule that made it: no reference.
  `CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4294967295),
    shareId INTEGER NOT NULL REFERENCES shares (id) DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('making', 'ready', 'removing')),
    driver TEXT NOT NULL CHECK (driver IN ('btrfs', 'reflink', 'cephfs', 'copy')),
    store TEXT,
    path TEXT NOT NULL,
    applicationId TEXT,
    cutAt INTEGER,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    groupId TEXT,
    scheduleId TEXT,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    reason TEXT NOT NULL,
    createdBy TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL,
    heldAt INTEGER,
    heldBy TEXT,
    heldFor TEXT,
    version INTEGER NOT NULL,
    UNIQUE (shareId, name)
  ) STRICT`,
  `CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    selector TEXT NOT NULL,
    cron TEXT NOT NULL,
    timeZone TEXT NOT NULL,
    "group" INTEGER NOT NULL CHECK ("group" IN (0, 1)),
    nameTemplate TEXT NOT NULL,
    retention TEXT NOT NULL,
    hooks TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    description TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    changedAt INTEGER NOT NULL,
    lastRunAt INTEGER,
    nextRunAt INTEGER,
    lastResult TEXT,
    version INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX schedules_due ON schedules (nextRunAt) WHERE enabled = 1',
]

import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/**
 * Foreign keys are checked at the end of a transaction, so that the order inside it does not matter. History has none
 * where it outlives what it names: a store is removed while the rows of its purged shares stay; grants and audit name
 * tokens, nodes and shares as they were.
 */
export const firstTables: Migration = {
  number: 1,
  name: 'first tables',
  async up(db) {
    for (const statement of [...tables, ...indexes]) await sql.raw(statement).execute(db)
  },
}

const tables = [
  `CREATE TABLE facts (
    "key" TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE stores (
    name TEXT PRIMARY KEY,
    directory TEXT NOT NULL UNIQUE,
    classes TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    version INTEGER NOT NULL
  ) STRICT`,
  // AUTOINCREMENT: the number of a removed node never comes to mean another.
  `CREATE TABLE nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parentId INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'link')),
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (parentId, name)
  ) STRICT`,
  `CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    links TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL,
    retiredAt INTEGER,
    version INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE shares (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4294967295),
    origin TEXT NOT NULL CHECK (origin IN ('api', 'config')),
    store TEXT,
    directory TEXT NOT NULL,
    linkId INTEGER REFERENCES nodes (id) DEFERRABLE INITIALLY DEFERRED,
    path TEXT NOT NULL,
    applicationId TEXT REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    owner TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    readOnly INTEGER NOT NULL CHECK (readOnly IN (0, 1)),
    durability TEXT NOT NULL CHECK (durability IN ('strict', 'relaxed')),
    identity TEXT NOT NULL,
    quotaBytes INTEGER,
    quotaFiles INTEGER,
    audit TEXT NOT NULL CHECK (audit IN ('off', 'changes', 'opens')),
    usedBytes INTEGER NOT NULL,
    usedFiles INTEGER NOT NULL,
    countedAt INTEGER,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL,
    deletedAt INTEGER,
    deletedBy TEXT,
    purgeAt INTEGER,
    purgedAt INTEGER,
    version INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE targets (
    id INTEGER PRIMARY KEY,
    linkId INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    gateway TEXT,
    shareId INTEGER REFERENCES shares (id) DEFERRABLE INITIALLY DEFERRED,
    path TEXT,
    state TEXT NOT NULL CHECK (state IN ('online', 'read-only', 'draining', 'offline')),
    priority INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE aliases (
    path TEXT PRIMARY KEY,
    nodeId INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    expiresAt INTEGER NOT NULL,
    createdAt INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE ownerships (
    id INTEGER PRIMARY KEY,
    shareId INTEGER NOT NULL REFERENCES shares (id) DEFERRABLE INITIALLY DEFERRED,
    applicationId TEXT REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    path TEXT NOT NULL,
    store TEXT,
    directory TEXT NOT NULL,
    fromAt INTEGER NOT NULL,
    toAt INTEGER
  ) STRICT`,
  `CREATE TABLE manifests (
    applicationId TEXT NOT NULL REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    contentType TEXT NOT NULL,
    content TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    PRIMARY KEY (applicationId, name, version)
  ) STRICT`,
  `CREATE TABLE workloads (
    id INTEGER PRIMARY KEY,
    shareId INTEGER NOT NULL REFERENCES shares (id) DEFERRABLE INITIALLY DEFERRED,
    applicationId TEXT REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    host TEXT NOT NULL,
    labels TEXT NOT NULL,
    firstAt INTEGER NOT NULL,
    lastAt INTEGER NOT NULL,
    mounts INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('workload', 'admin')),
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    secretHash BLOB NOT NULL CHECK (length(secretHash) = 32),
    scope TEXT,
    networks TEXT NOT NULL,
    identity TEXT,
    mountsPerMinute INTEGER,
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    expiresAt INTEGER,
    revokedAt INTEGER,
    replacedBy TEXT,
    lastUsedAt INTEGER,
    version INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    secretHash BLOB NOT NULL CHECK (length(secretHash) = 32),
    tokenId TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    path TEXT NOT NULL,
    labels TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL,
    address TEXT,
    usedAt INTEGER
  ) STRICT`,
  `CREATE TABLE hosts (
    id TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    subject TEXT NOT NULL,
    scope TEXT,
    identity TEXT,
    description TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    version INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('p', 'g')),
    subject TEXT NOT NULL,
    object TEXT NOT NULL,
    action TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny', '')),
    description TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (kind, subject, object, action, effect)
  ) STRICT`,
  `CREATE TABLE grants (
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
    subject TEXT NOT NULL,
    tokenId TEXT,
    hostId TEXT,
    parent INTEGER,
    address TEXT NOT NULL,
    nodeId INTEGER NOT NULL,
    shareId INTEGER,
    scope TEXT,
    identity TEXT,
    createdAt INTEGER NOT NULL,
    lastUsedAt INTEGER NOT NULL,
    expiresAt INTEGER,
    revokedAt INTEGER,
    revokedFor TEXT
  ) STRICT`,
  `CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    "grant" INTEGER,
    shareId INTEGER,
    operation TEXT NOT NULL,
    path TEXT NOT NULL,
    result TEXT NOT NULL,
    line TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE idempotency (
    subject TEXT NOT NULL,
    "key" TEXT NOT NULL,
    requestHash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    PRIMARY KEY (subject, "key")
  ) STRICT`,
  `CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    createdAt INTEGER NOT NULL
  ) STRICT`,
]

const indexes = [
  'CREATE INDEX targets_link ON targets (linkId)',
  'CREATE INDEX targets_share ON targets (shareId)',
  'CREATE INDEX aliases_node ON aliases (nodeId)',
  'CREATE INDEX aliases_expiry ON aliases (expiresAt)',
  'CREATE INDEX shares_link ON shares (linkId)',
  'CREATE INDEX shares_application ON shares (applicationId)',
  'CREATE INDEX shares_path ON shares (path)',
  // Two living shares in one directory of a store would give one's files to the other's clients.
  'CREATE UNIQUE INDEX shares_living_directory ON shares (store, directory) WHERE deletedAt IS NULL',
  'CREATE INDEX shares_directory ON shares (store, directory)',
  'CREATE INDEX shares_to_purge ON shares (purgeAt) WHERE deletedAt IS NOT NULL AND purgedAt IS NULL',
  'CREATE INDEX ownerships_share ON ownerships (shareId, fromAt)',
  'CREATE INDEX ownerships_application ON ownerships (applicationId, fromAt)',
  'CREATE INDEX ownerships_directory ON ownerships (store, directory)',
  // No two nulls are the same to an index.
  `CREATE UNIQUE INDEX workloads_who ON workloads (shareId, subject, address, host, coalesce(applicationId, ''))`,
  'CREATE INDEX workloads_application ON workloads (applicationId, id)',
  'CREATE INDEX workloads_last ON workloads (shareId, lastAt)',
  'CREATE INDEX tokens_subject ON tokens (subject)',
  'CREATE INDEX tickets_token ON tickets (tokenId)',
  'CREATE INDEX tickets_expiry ON tickets (expiresAt)',
  'CREATE INDEX grants_living ON grants (number) WHERE revokedAt IS NULL',
  'CREATE INDEX grants_token ON grants (tokenId)',
  'CREATE INDEX grants_share ON grants (shareId, lastUsedAt)',
  'CREATE INDEX audit_at ON audit (at)',
  'CREATE INDEX audit_subject ON audit (subject, sequence)',
  'CREATE INDEX audit_share ON audit (shareId, sequence)',
  'CREATE INDEX idempotency_age ON idempotency (createdAt)',
]

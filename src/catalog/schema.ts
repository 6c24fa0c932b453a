import type { ColumnType, Generated } from 'kysely'

/**
 * The tables of the catalog, as the newest migration leaves them. Times are milliseconds since 1970 (UTC). Booleans are
 * 0 and 1, since SQLite has no others. A column called `labels`, `networks`, `identity` and the like holds JSON text; the
 * query files read and write it, nobody else.
 *
 * Identifiers of type string are UUIDs of version 7 (RFC 9562): sorted by time of making, so that they page well.
 */
export interface Schema {
  /** Single facts: the gateway's own name and id. */
  facts: FactRow
  stores: StoreRow
  nodes: NodeRow
  targets: TargetRow
  aliases: AliasRow
  shares: ShareRow
  ownerships: OwnershipRow
  applications: ApplicationRow
  manifests: ManifestRow
  workloads: WorkloadRow
  tokens: TokenRow
  tickets: TicketRow
  hosts: HostRow
  rules: RuleRow
  grants: GrantRow
  audit: AuditRow
  idempotency: IdempotencyRow
  intents: IntentRow
  snapshots: SnapshotRow
  schedules: ScheduleRow
  repositories: RepositoryRow
  backups: BackupRow
}

export interface FactRow {
  key: string
  value: string
}

/** A directory on one filesystem that holds shares. */
export interface StoreRow {
  name: string
  /** Absolute path. */
  directory: string
  /** JSON list of class labels by which a share may ask for a store. */
  classes: string
  /** How snapshots are taken; `auto`: the best way its filesystem has. */
  driver: 'auto' | SnapshotRow['driver']
  /** Whether it may be slow to answer; null: by its filesystem. */
  remote: number | null
  createdAt: number
  version: number
}

/** A place in the namespace. The root is not stored: its number is 0. */
export interface NodeRow {
  id: Generated<number>
  /** 0: the root. */
  parentId: number
  name: string
  kind: 'folder' | 'link'
  description: string
  labels: string
  createdAt: number
  changedAt: number
  /** Grows with every change: the ETag. */
  version: number
}

/** Where a link leads: a share here, or a path on another gateway. */
export interface TargetRow {
  id: Generated<number>
  linkId: number
  /** Null: this gateway. */
  gateway: string | null
  shareId: number | null
  /** Logical path on the other gateway. */
  path: string | null
  state: 'online' | 'read-only' | 'draining' | 'offline'
  /** Lower is tried first. */
  priority: number
}

/** A former path that still answers. */
export interface AliasRow {
  path: string
  nodeId: number
  expiresAt: number
  createdAt: number
}

/** A share, living or deleted (a tombstone, while `deletedAt` is set and `purgedAt` is not). Rows are never removed. */
export interface ShareRow {
  /** 1 to 2^31-1, in every file handle, never given twice. */
  id: number
  /** `config`: declared in the configuration file, not to be changed here. */
  origin: 'api' | 'config'
  /** Null for a directory outside all stores. */
  store: string | null
  /** Relative to the store's directory; absolute without a store. */
  directory: string
  /** The link that gives the share its logical path; null once deleted. */
  linkId: number | null
  /** The logical path now, or the last one. */
  path: string
  applicationId: string | null
  owner: string
  description: string
  labels: string
  readOnly: number
  durability: 'strict' | 'relaxed'
  /** JSON of an identity rule. */
  identity: string
  /** Null: no limit. */
  quotaBytes: number | null
  quotaFiles: number | null
  /** Null: no limit. */
  callsPerSecond: number | null
  bytesPerSecond: number | null
  /** What fits this time may come at once. */
  burstSeconds: number
  audit: 'off' | 'changes' | 'opens'
  /**
   * Who may go into `.snapshot` at its root. `hidden`: all clients, by its name; `visible`: it is listed, too; `backup`:
   * only who may read backups.
   */
  snapshotAccess: 'hidden' | 'visible' | 'backup'
  /** How often it was moved to another store. Since the first time a map beside it says what clients call its files. */
  moves: number
  usedBytes: number
  usedFiles: number
  /** When a scan last counted all of it; null: never. */
  countedAt: number | null
  createdAt: number
  changedAt: number
  deletedAt: number | null
  deletedBy: string | null
  /** When the data of a deleted share goes. */
  purgeAt: number | null
  purgedAt: number | null
  version: number
}

/** Which application owned which share, where, and when: kept for ever. */
export interface OwnershipRow {
  id: Generated<number>
  shareId: number
  applicationId: string | null
  path: string
  store: string | null
  directory: string
  fromAt: number
  /** Null: still. */
  toAt: number | null
}

export interface ApplicationRow {
  id: string
  name: string
  owner: string
  description: string
  labels: string
  /** JSON list of {title, url}. */
  links: string
  createdAt: number
  changedAt: number
  /** Set when retired: it stays, with all it ever owned. */
  retiredAt: number | null
  version: number
}

/** One version of one document of an application. */
export interface ManifestRow {
  applicationId: string
  name: string
  version: number
  contentType: string
  content: string
  createdAt: number
  createdBy: string
}

/** Who mounted a share: one row for each application that owned it then, subject, address and host. */
export interface WorkloadRow {
  id: Generated<number>
  shareId: number
  applicationId: string | null
  subject: string
  address: string
  /** The name the client gave itself in AUTH_SYS: a hint, not a proof. */
  host: string
  /** JSON: pod or container labels, when an orchestrator told them. */
  labels: string
  firstAt: number
  lastAt: number
  mounts: number
}

/** A secret that stands for a subject. The secret itself is not kept. */
export interface TokenRow {
  id: string
  kind: 'workload' | 'admin'
  name: string
  subject: string
  /** SHA-256 of the secret, 32 bytes. */
  secretHash: Buffer
  /** Logical path that it is confined to; null: none. */
  scope: string | null
  /** JSON list of networks it may be used from; empty: any. */
  networks: string
  /** JSON of an identity rule; null: the share's. */
  identity: string | null
  /** Most mounts a minute; null: no limit. */
  mountsPerMinute: number | null
  /** Of each grant made with it; null: no limit. */
  callsPerSecond: number | null
  bytesPerSecond: number | null
  burstSeconds: number
  createdAt: number
  createdBy: string
  expiresAt: number | null
  revokedAt: number | null
  /** The token made when this one was rotated. */
  replacedBy: string | null
  lastUsedAt: number | null
  version: number
}

/** A single-use stand-in for a token. */
export interface TicketRow {
  id: string
  secretHash: Buffer
  tokenId: string
  path: string
  /** JSON: labels of the pod or container it was made for. */
  labels: string
  createdAt: number
  expiresAt: number
  /** The first address that used it. */
  address: string | null
  usedAt: number | null
}

/** A network whose clients need no token. */
export interface HostRow {
  id: string
  network: string
  subject: string
  scope: string | null
  identity: string | null
  description: string
  createdAt: number
  version: number
}

/** A line of the casbin policy. `p`: subject, path pattern, action, effect. `g`: member, role. */
export interface RuleRow {
  id: string
  kind: 'p' | 'g'
  subject: string
  /** The pattern of a `p`, the role of a `g`. */
  object: string
  action: string
  effect: 'allow' | 'deny' | ''
  description: string
  createdAt: number
  createdBy: string
  version: number
}

/** What a successful MOUNT yields. Rows of ended grants are kept as long as the audit. */
export interface GrantRow {
  /** In every file handle, never given twice. */
  number: number
  subject: string
  tokenId: string | null
  hostId: string | null
  /** The grant of the folder through which this share was entered. */
  parent: number | null
  address: string
  /** Folder or link; 0: the root. */
  nodeId: number
  /** Null for a folder. */
  shareId: number | null
  scope: string | null
  /** JSON of the identity rule of token or host; null: the share's. */
  identity: string | null
  /** Of a grant for the backup view: the name of the snapshots, empty for the newest of each share; null: it is none. */
  backupSet: string | null
  createdAt: number
  lastUsedAt: number
  expiresAt: number | null
  revokedAt: number | null
  revokedFor: string | null
}

/** The newest lines of the audit, for questions; the files have them all. */
export interface AuditRow {
  sequence: number
  at: number
  kind: string
  subject: string
  address: string
  grant: number | null
  shareId: number | null
  operation: string
  path: string
  result: string
  /** The whole line, JSON. */
  line: string
}

export interface IdempotencyRow {
  subject: string
  key: string
  requestHash: string
  status: number
  body: string
  createdAt: number
}

/** Something begun that touches files and catalog both: finished or undone at the next start. */
export interface IntentRow {
  id: string
  kind: string
  /** JSON. */
  detail: string
  createdAt: number
}

/** A read-only copy of a share as of one instant. */
export interface SnapshotRow {
  /** 2^31 to 2^32-2, even, in file handles where a share's number goes, and given to no other snapshot ever. */
  id: number
  shareId: number
  /** Unique among those of its share. */
  name: string
  /** `making` and `removing`: what is on the disk is not whole. */
  state: 'making' | 'ready' | 'removing'
  driver: 'btrfs' | 'reflink' | 'cephfs' | 'copy'
  /** Where it lies; null: in the data directory. */
  store: string | null
  /** The share's logical path and application at the cut. */
  path: string
  applicationId: string | null
  /** The instant; null while it is being made. */
  cutAt: number | null
  /** Objects of all kinds. */
  files: number
  /** Sum of the sizes of regular files, hard links once. */
  bytes: number
  /** Common to those that were taken in one cut; null: it was taken alone. */
  groupId: string | null
  /** What took it, perhaps no longer there; null: somebody who asked. */
  scheduleId: string | null
  description: string
  labels: string
  /** Why it was taken. */
  reason: string
  createdBy: string
  createdAt: number
  changedAt: number
  /** Since when it may not be removed; null: it may. */
  heldAt: number | null
  heldBy: string | null
  heldFor: string | null
  version: number
}

/** What takes snapshots regularly. */
export interface ScheduleRow {
  id: string
  name: string
  /** JSON {nodeId?, path?, labels?, applicationId?}: of which shares. */
  selector: string
  cron: string
  /** IANA name. */
  timeZone: string
  /** Whether all selected shares are taken in one cut. */
  group: number
  nameTemplate: string
  /** JSON: what is kept of what it took. */
  retention: string
  /** JSON: what runs before and after. */
  hooks: string
  enabled: number
  description: string
  createdAt: number
  createdBy: string
  changedAt: number
  lastRunAt: number | null
  /** Null: never. While a run goes on, when it counts as one that died: another may then begin it anew. */
  nextRunAt: number | null
  /** JSON: what came of the last run, or that it goes on; null: there was none. */
  lastResult: string | null
  /** Where its snapshots are backed up; null: nowhere. */
  repositoryId: string | null
  /** JSON: which of its backups are not forgotten; null: none is. */
  backupRetention: string | null
  version: number
}

/** Where restic keeps backups. */
export interface RepositoryRow {
  id: string
  name: string
  /** As restic's `-r` has it, without credentials. */
  url: string
  /** JSON {password, environment?}: where secrets are to be found. They themselves are not kept. */
  secrets: string
  description: string
  createdAt: number
  createdBy: string
  changedAt: number
  /** When restic last looked at all of it, and what it found: `ok`, or a sentence; null: never. */
  checkedAt: number | null
  checkResult: string | null
  prunedAt: number | null
  scannedAt: number | null
  version: number
}

/** What restic holds of one share as of one snapshot of it. Rows are never removed. */
export interface BackupRow {
  id: string
  repositoryId: string
  repositoryName: string
  /** Which gateway made it: numbers of shares are its own. */
  gatewayId: string
  shareId: number
  /** The share's logical path and application at the cut. */
  path: string
  applicationId: string | null
  applicationName: string | null
  snapshotName: string
  cutAt: number
  /** The snapshot while it is there; null: it is gone, or was another gateway's. */
  snapshotId: number | null
  /** What had it made; null: somebody who asked. */
  scheduleId: string | null
  /** Of what restic holds of the files; null: nothing. */
  resticId: string | null
  manifestResticId: string | null
  state: 'running' | 'done' | 'failed'
  startedAt: number
  endedAt: number | null
  /** Compared with the backup before. */
  filesNew: number
  filesChanged: number
  filesUnmodified: number
  /** By which the repository has grown. */
  bytesAdded: number
  totalFiles: number
  totalBytes: number
  /** Why it failed; empty: it did not. */
  message: string
  /** JSON list: as restic has them. */
  tags: string
  createdBy: string
  /** Since when the repository has it no more; null: it has. */
  forgottenAt: number | null
}

/** A column that is given once and never changed. */
export type Once<T> = ColumnType<T, T, never>

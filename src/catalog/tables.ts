import type { Schema } from './schema.ts'

export type TableName = keyof Schema

/** Every table with its primary key. */
export const primaryKeys: { readonly [Table in TableName]: readonly (keyof Schema[Table] & string)[] } = {
  aliases: ['path'],
  applications: ['id'],
  audit: ['sequence'],
  backups: ['id'],
  facts: ['key'],
  grants: ['number'],
  hosts: ['id'],
  idempotency: ['subject', 'key'],
  intents: ['id'],
  manifests: ['applicationId', 'name', 'version'],
  nodes: ['id'],
  ownerships: ['id'],
  repositories: ['id'],
  rules: ['id'],
  schedules: ['id'],
  shares: ['id'],
  snapshots: ['id'],
  stores: ['name'],
  targets: ['id'],
  tickets: ['id'],
  tokens: ['id'],
  workloads: ['id'],
}

/** By name. */
export const tableNames: readonly TableName[] = (Object.keys(primaryKeys) as TableName[]).sort()

import type { Db } from './catalog.ts'
import type { NodeRow } from './schema.ts'

export type Labels = Readonly<Record<string, string>>

/** A folder or link of the namespace. */
export interface NodeRecord {
  readonly id: number
  /** 0: the root. */
  readonly parentId: number
  readonly name: string
  readonly kind: NodeRow['kind']
  readonly description: string
  readonly labels: Labels
  readonly createdAt: number
  readonly changedAt: number
  readonly version: number
}

export type NewNode = Omit<NodeRecord, 'id'>

export async function allNodes(db: Db): Promise<NodeRecord[]> {
  const rows = await db.selectFrom('nodes').selectAll().orderBy('id').execute()
  return rows.map((row) => ({ ...row, labels: JSON.parse(row.labels) as Labels }))
}

/** Answers the node with its number, which no other node ever had. */
export async function insertNode(db: Db, node: NewNode): Promise<NodeRecord> {
  const { id } = await db
    .insertInto('nodes')
    .values({ ...node, labels: JSON.stringify(node.labels) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { ...node, id }
}

export async function updateNode(db: Db, { id, ...node }: NodeRecord): Promise<void> {
  await db
    .updateTable('nodes')
    .set({ ...node, labels: JSON.stringify(node.labels) })
    .where('id', '=', id)
    .execute()
}

/** Its targets and aliases go with it. */
export async function deleteNode(db: Db, id: number): Promise<void> {
  await db.deleteFrom('nodes').where('id', '=', id).execute()
}

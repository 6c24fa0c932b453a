import type { Db } from './catalog.ts'
import type { TargetRow } from './schema.ts'

export type TargetState = TargetRow['state']

/** Where a link leads: a share of this gateway, or a path on another. */
export interface TargetRecord {
  readonly id: number
  readonly linkId: number
  /** Null: this gateway. */
  readonly gateway: string | null
  readonly shareId: number | null
  /** Logical path on the other gateway. */
  readonly path: string | null
  readonly state: TargetState
  /** Lower is tried first. */
  readonly priority: number
}

export type NewTarget = Omit<TargetRecord, 'id'>

export async function allTargets(db: Db): Promise<TargetRecord[]> {
  return db.selectFrom('targets').selectAll().orderBy('id').execute()
}

export async function insertTarget(db: Db, target: NewTarget): Promise<TargetRecord> {
  const { id } = await db.insertInto('targets').values(target).returning('id').executeTakeFirstOrThrow()
  return { ...target, id }
}

export async function updateTarget(db: Db, { id, state, priority }: TargetRecord): Promise<void> {
  await db.updateTable('targets').set({ state, priority }).where('id', '=', id).execute()
}

export async function deleteTarget(db: Db, id: number): Promise<void> {
  await db.deleteFrom('targets').where('id', '=', id).execute()
}

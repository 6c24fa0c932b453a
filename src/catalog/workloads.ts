import { sql } from 'kysely'
import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { WorkloadRow } from './schema.ts'

/** Who mounted a share, first and last. See {@link WorkloadRow} for the columns. */
export interface WorkloadRecord extends Omit<Readonly<WorkloadRow>, 'id' | 'labels'> {
  readonly id: number
  readonly labels: Labels
}

/** Mounts of one workload, one or several. */
export type WorkloadMounts = Omit<WorkloadRecord, 'id'>

/**
 * Adds mounts to the row of their workload, or makes it. One row for each share, application that owned the share then,
 * subject, address and host.
 */
export async function addMounts(db: Db, mounts: WorkloadMounts): Promise<void> {
  const { shareId, applicationId, subject, address, host } = mounts
  const labels = JSON.stringify(mounts.labels)
  const { numUpdatedRows } = await db
    .updateTable('workloads')
    .set({ labels, lastAt: mounts.lastAt, mounts: sql`mounts + ${mounts.mounts}` })
    .where('shareId', '=', shareId)
    .where('subject', '=', subject)
    .where('address', '=', address)
    .where('host', '=', host)
    .where('applicationId', applicationId === null ? 'is' : '=', applicationId)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  await db
    .insertInto('workloads')
    .values({ ...mounts, labels })
    .execute()
}

/** Since when and until when mounts are asked for; absent: no bound. */
export interface TimeRange {
  readonly fromMs?: number
  readonly toMs?: number
}

/** Who mounted what belongs to an application, or a share; the newest comers first, from below the given row on. */
export async function workloadsBefore(
  db: Db,
  of: { readonly applicationId: string } | { readonly shareId: number },
  before: number,
  countMax: number,
  { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: TimeRange,
): Promise<WorkloadRecord[]> {
  const some = db
    .selectFrom('workloads')
    .selectAll()
    .where('id', '<', before)
    .where('lastAt', '>=', fromMs)
    .where('firstAt', '<=', toMs)
  const mine =
    'shareId' in of
      ? some.where('shareId', '=', of.shareId)
      : some.where('applicationId', '=', of.applicationId)
  const rows = await mine.orderBy('id', 'desc').limit(countMax).execute()
  return rows.map((row) => ({ ...row, labels: JSON.parse(row.labels) as Labels }))
}

/** A living share, and when a workload last mounted it or called it; null: never. */
export interface IdleShare {
  readonly shareId: number
  readonly path: string
  readonly store: string | null
  readonly directory: string
  readonly applicationId: string | null
  readonly owner: string
  readonly usedBytes: number
  readonly createdAt: number
  readonly lastAt: number | null
}

/** Living shares made before `sinceMs`, which nobody has mounted or called since; by number, after the given one. */
export async function idleSharesAfter(
  db: Db,
  sinceMs: number,
  after: number,
  countMax: number,
): Promise<IdleShare[]> {
  const rows = await db
    .selectFrom('shares as share')
    .select([
      'id as shareId',
      'path',
      'store',
      'directory',
      'applicationId',
      'owner',
      'usedBytes',
      'createdAt',
    ])
    .select(({ selectFrom }) => [
      selectFrom('workloads')
        .select(({ fn }) => fn.max('lastAt').as('at'))
        .whereRef('workloads.shareId', '=', 'share.id')
        .as('mountedAt'),
      selectFrom('grants')
        .select(({ fn }) => fn.max('lastUsedAt').as('at'))
        .whereRef('grants.shareId', '=', 'share.id')
        .as('calledAt'),
    ])
    .where('deletedAt', 'is', null)
    .where('id', '>', after)
    .where('createdAt', '<=', sinceMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('workloads')
            .select('workloads.id')
            .whereRef('workloads.shareId', '=', 'share.id')
            .where('workloads.lastAt', '>', sinceMs),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('grants')
            .select('grants.number')
            .whereRef('grants.shareId', '=', 'share.id')
            .where('grants.lastUsedAt', '>', sinceMs),
        ),
      ),
    )
    .orderBy('id')
    .limit(countMax)
    .execute()
  return rows.map(({ mountedAt, calledAt, ...share }) => {
    const lastAt = Math.max(mountedAt ?? -1, calledAt ?? -1)
    return { ...share, lastAt: lastAt < 0 ? null : lastAt }
  })
}

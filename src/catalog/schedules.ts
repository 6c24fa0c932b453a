import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { ScheduleRow } from './schema.ts'

/** Which shares: all that fit every condition given. */
export interface ShareSelector {
  /** At or below this logical path. */
  readonly path?: string
  readonly labels?: Labels
  readonly applicationId?: string
}

/** What takes snapshots regularly, as it is stored: what the JSON columns hold is checked by who uses them. */
export interface ScheduleRecord extends Omit<
  Readonly<ScheduleRow>,
  'selector' | 'retention' | 'hooks' | 'lastResult' | 'group' | 'enabled'
> {
  readonly selector: ShareSelector
  /** Whether all selected shares are taken in one cut. */
  readonly group: boolean
  readonly retention: unknown
  readonly hooks: unknown
  readonly enabled: boolean
  /** Null: there was no run. */
  readonly lastResult: unknown
}

/** By name. */
export async function allSchedules(db: Db): Promise<ScheduleRecord[]> {
  const rows = await db.selectFrom('schedules').selectAll().orderBy('name').execute()
  return rows.map(fromRow)
}

export async function scheduleById(db: Db, id: string): Promise<ScheduleRecord | undefined> {
  const row = await db.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

export async function insertSchedule(db: Db, schedule: ScheduleRecord): Promise<void> {
  await db.insertInto('schedules').values(toRow(schedule)).execute()
}

export async function updateSchedule(db: Db, schedule: ScheduleRecord): Promise<void> {
  const { id, ...row } = toRow(schedule)
  await db.updateTable('schedules').set(row).where('id', '=', id).execute()
}

export async function deleteSchedule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('schedules').where('id', '=', id).execute()
}

/** One run, and the one after it. */
export interface ScheduleClaim {
  readonly id: string
  /** When it was due. */
  readonly dueAt: number
  /** Null: never again. */
  readonly nextRunAt: number | null
  readonly lastRunAt: number
}

/** Takes a run upon oneself. Answers whether nobody had before: of all who try, one may run it. */
export async function claimScheduleRun(
  db: Db,
  { id, dueAt, nextRunAt, lastRunAt }: ScheduleClaim,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('schedules')
    .set({ nextRunAt, lastRunAt })
    .where('id', '=', id)
    .where('enabled', '=', 1)
    .where('nextRunAt', '=', dueAt)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What came of a run. Not a change of the schedule: its version stays. */
export async function noteScheduleResult(db: Db, id: string, result: unknown): Promise<void> {
  await db
    .updateTable('schedules')
    .set({ lastResult: JSON.stringify(result) })
    .where('id', '=', id)
    .execute()
}

function fromRow({
  selector,
  group,
  retention,
  hooks,
  enabled,
  lastResult,
  ...row
}: ScheduleRow): ScheduleRecord {
  return {
    ...row,
    selector: JSON.parse(selector) as ShareSelector,
    group: group !== 0,
    retention: JSON.parse(retention) as unknown,
    hooks: JSON.parse(hooks) as unknown,
    enabled: enabled !== 0,
    lastResult: lastResult === null ? null : (JSON.parse(lastResult) as unknown),
  }
}

function toRow({
  selector,
  group,
  retention,
  hooks,
  enabled,
  lastResult,
  ...record
}: ScheduleRecord): ScheduleRow {
  return {
    ...record,
    selector: JSON.stringify(selector),
    group: group ? 1 : 0,
    retention: JSON.stringify(retention),
    hooks: JSON.stringify(hooks),
    enabled: enabled ? 1 : 0,
    lastResult: lastResult === null ? null : JSON.stringify(lastResult),
  }
}

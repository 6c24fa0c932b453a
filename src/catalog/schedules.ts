import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { ScheduleRow } from './schema.ts'

/** Which shares: all that fit every condition given. */
export interface ShareSelector {
  /** Folder or link: the shares at or below it, wherever it moves. */
  readonly nodeId?: number
  /** Where that was when it was chosen: should it be gone, what is there now counts. */
  readonly path?: string
  readonly labels?: Labels
  readonly applicationId?: string
}

/** What takes snapshots regularly, as it is stored: what the JSON columns hold is checked by who uses them. */
export interface ScheduleRecord extends Omit<
  Readonly<ScheduleRow>,
  'selector' | 'retention' | 'hooks' | 'lastResult' | 'group' | 'enabled' | 'backupRetention'
> {
  readonly selector: ShareSelector
  /** Whether all selected shares are taken in one cut. */
  readonly group: boolean
  readonly retention: unknown
  readonly hooks: unknown
  readonly enabled: boolean
  /** Null: there was no run. */
  readonly lastResult: unknown
  /** Null: no backup is forgotten. */
  readonly backupRetention: unknown
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

/**
 * Writes a schedule if it still is as it was read: not changed, and no run of it claimed. Answers whether it was: of all
 * who try, one has.
 */
export async function replaceSchedule(
  db: Db,
  read: Pick<ScheduleRecord, 'version' | 'nextRunAt'>,
  schedule: ScheduleRecord,
): Promise<boolean> {
  const { id, ...row } = toRow(schedule)
  const asRead = db.updateTable('schedules').set(row).where('id', '=', id).where('version', '=', read.version)
  const { numUpdatedRows } = await (
    read.nextRunAt === null
      ? asRead.where('nextRunAt', 'is', null)
      : asRead.where('nextRunAt', '=', read.nextRunAt)
  ).executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Enabled schedules whose time has come, the one that has waited longest first. */
export async function dueSchedules(db: Db, now: number): Promise<ScheduleRecord[]> {
  const rows = await db
    .selectFrom('schedules')
    .selectAll()
    .where('enabled', '=', 1)
    .where('nextRunAt', '<=', now)
    .orderBy('nextRunAt')
    .execute()
  return rows.map(fromRow)
}

/** When the time of the next enabled schedule comes; undefined: never. */
export async function nextScheduleAt(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('schedules')
    .select('nextRunAt')
    .where('enabled', '=', 1)
    .where('nextRunAt', 'is not', null)
    .orderBy('nextRunAt')
    .limit(1)
    .executeTakeFirst()
  return row?.nextRunAt ?? undefined
}

export async function scheduleByName(db: Db, name: string): Promise<ScheduleRecord | undefined> {
  const row = await db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirst()
  return row && fromRow(row)
}

export async function deleteSchedule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('schedules').where('id', '=', id).execute()
}

function fromRow({
  selector,
  group,
  retention,
  hooks,
  enabled,
  lastResult,
  backupRetention,
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
    backupRetention: backupRetention === null ? null : (JSON.parse(backupRetention) as unknown),
  }
}

function toRow({
  selector,
  group,
  retention,
  hooks,
  enabled,
  lastResult,
  backupRetention,
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
    backupRetention: backupRetention === null ? null : JSON.stringify(backupRetention),
  }
}

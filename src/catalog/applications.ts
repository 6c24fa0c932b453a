import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { ApplicationRow } from './schema.ts'

/** Where people read more about an application: its repository, runbook, dashboard. */
export interface ApplicationLink {
  readonly title: string
  readonly url: string
}

/** Who owns data. See {@link ApplicationRow} for the columns. */
export interface ApplicationRecord extends Omit<Readonly<ApplicationRow>, 'labels' | 'links'> {
  readonly labels: Labels
  readonly links: readonly ApplicationLink[]
}

export interface ApplicationFilter {
  readonly owner?: string
  /** Retired ones too. */
  readonly withRetired?: boolean
}

/** At most `countMax` applications by name, after the given one. */
export async function applicationsAfter(
  db: Db,
  after: string,
  countMax: number,
  { owner, withRetired = false }: ApplicationFilter,
): Promise<ApplicationRecord[]> {
  let query = db.selectFrom('applications').selectAll().where('name', '>', after)
  if (owner !== undefined) query = query.where('owner', '=', owner)
  if (!withRetired) query = query.where('retiredAt', 'is', null)
  return (await query.orderBy('name').limit(countMax).execute()).map(fromRow)
}

export async function applicationById(db: Db, id: string): Promise<ApplicationRecord | undefined> {
  const row = await db.selectFrom('applications').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

export async function applicationByName(db: Db, name: string): Promise<ApplicationRecord | undefined> {
  const row = await db.selectFrom('applications').selectAll().where('name', '=', name).executeTakeFirst()
  return row && fromRow(row)
}

export async function insertApplication(db: Db, application: ApplicationRecord): Promise<void> {
  await db.insertInto('applications').values(toRow(application)).execute()
}

export async function updateApplication(db: Db, application: ApplicationRecord): Promise<void> {
  const { id, ...row } = toRow(application)
  await db.updateTable('applications').set(row).where('id', '=', id).execute()
}

function fromRow({ labels, links, ...row }: ApplicationRow): ApplicationRecord {
  return {
    ...row,
    labels: JSON.parse(labels) as Labels,
    links: JSON.parse(links) as ApplicationLink[],
  }
}

function toRow({ labels, links, ...application }: ApplicationRecord): ApplicationRow {
  return { ...application, labels: JSON.stringify(labels), links: JSON.stringify(links) }
}

import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { TicketRow } from './schema.ts'

/** A ticket as everybody may see it: without the hash of its secret. */
export interface TicketRecord extends Omit<Readonly<TicketRow>, 'secretHash' | 'labels'> {
  readonly labels: Labels
}

/** A ticket with what is kept of its secret: SHA-256, 32 bytes. */
export interface StoredTicket {
  readonly record: TicketRecord
  readonly secretHash: Buffer
}

export async function allTickets(db: Db): Promise<StoredTicket[]> {
  const rows = await db.selectFrom('tickets').selectAll().orderBy('id').execute()
  return rows.map(({ secretHash, labels, ...row }) => ({
    record: { ...row, labels: JSON.parse(labels) as Labels },
    secretHash,
  }))
}

export async function insertTicket(db: Db, { record, secretHash }: StoredTicket): Promise<void> {
  const row = { ...record, secretHash, labels: JSON.stringify(record.labels) }
  await db.insertInto('tickets').values(row).execute()
}

/** Binds a ticket to the address that used it first. */
export async function bindTicket(
  db: Db,
  { id, address, usedAt }: Pick<TicketRecord, 'id' | 'address' | 'usedAt'>,
): Promise<void> {
  await db.updateTable('tickets').set({ address, usedAt }).where('id', '=', id).execute()
}

export async function deleteTicketsExpiredBy(db: Db, time: number): Promise<void> {
  await db.deleteFrom('tickets').where('expiresAt', '<=', time).execute()
}

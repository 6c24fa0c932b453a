import type { ShareTable } from '../shared-memory/share-table.ts'

/** Whether the table has the share. Flags may be another's in the same place: then there is no room for this one. */
export function isServed(table: ShareTable, id: number): boolean {
  return table.hasRoomFor(id) && table.slot(id, 0).flags !== 0
}

/**
 * Shares and snapshots share the field of file handles that says what they are of: shares have the lower half of its
 * numbers, snapshots the upper. So a lane knows by the number what can be asked of the share table.
 */
export const firstSnapshotNumber = 0x8000_0000

/** Whether a number is a snapshot's. */
export function isSnapshotNumber(number: number): boolean {
  return number >= firstSnapshotNumber
}

/**
 * Shares and snapshots share the field of file handles that says what they are of: shares have the lower half of its
 * numbers, snapshots the even ones of the upper half. So a lane knows by the number what can be asked of the share table.
 */
export const firstSnapshotNumber = 0x8000_0000
export const lastSnapshotNumber = 0xffff_fffe
/** From one snapshot's number to the next: the odd ones are of their sidecars. */
export const snapshotNumberStep = 2

/** Whether a number is a snapshot's, or that of a snapshot's sidecar. */
export function isSnapshotNumber(number: number): boolean {
  return number >= firstSnapshotNumber
}

/** Whether a number is of the directory with what is known about a snapshot. */
export function isSidecarNumber(number: number): boolean {
  return isSnapshotNumber(number) && number % snapshotNumberStep !== 0
}

/** Number of a snapshot's sidecar. */
export function sidecarOf(snapshot: number): number {
  return snapshot + 1
}

/** The snapshot of which a number is, its own or its sidecar's. */
export function snapshotOfNumber(number: number): number {
  return number - (number % snapshotNumberStep)
}

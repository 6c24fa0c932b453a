/** Longest logical path in bytes: what MOUNT can carry (RFC 1813 §5.1.4). */
export const pathSizeMax = 1024
/** Longest name between two slashes in bytes, as on Linux filesystems. */
export const nameSizeMax = 255
/** Names of a path. */
export const depthMax = 32

/** Whether a path may not begin with this name: `@` leads in secrets (`/@TOKEN/…`), `.` what the gateway itself shows. */
export function isReservedName(name: string): boolean {
  return name.startsWith('@') || name.startsWith('.')
}

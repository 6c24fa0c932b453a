import { join } from 'node:path'

/** Where CephFS shows a snapshot of a directory; to make that directory takes the snapshot. */
export function cephTree(source: string, name: string): string {
  return join(source, '.snap', name)
}

import { statfs } from 'node:fs/promises'
import { ServiceError } from '../config/service-error.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { DriverName, Leftover } from './drivers/driver.ts'
import { refusalFor } from './refusal.ts'
import type { SnapshotServices } from './services.ts'

/** What a copy leaves free at least: this part of the filesystem, ... */
const spareDivisor = 20
/** ... and no more than so many bytes. */
export const spareBytesMax = 10 * 1024 ** 3

/** What a snapshot would take now, and what there is. */
export interface SnapshotCost {
  readonly driver: DriverName
  /** Objects that are to be made one by one; 0: the filesystem takes all of them at once. */
  readonly files: number
  /** Bytes that are to be copied: what the files take up on the disk. */
  readonly bytes: number
  /** Of these, what an interrupted taking has copied already: changed since, it is copied again. */
  readonly leftoverBytes: number
  /** Bytes free in the filesystem of the snapshots, for who has no privileges, now and afterwards. */
  readonly freeBytes: number
  readonly freeAfterBytes: number
  /** What is to stay free. */
  readonly spareBytes: number
  /** Bytes that are missing; 0: there is room. */
  readonly missingBytes: number
  /** And objects, where the filesystem has only so many; a twentieth of them is to stay free, too. */
  readonly missingFiles: number
}

/** Counts what a snapshot of a share by a driver takes, reading names and sizes. @throws {ServiceError} `unavailable` */
export async function costOf(
  { drivers, namespace, places }: Pick<SnapshotServices, 'drivers' | 'namespace' | 'places'>,
  share: ShareRecord,
  driver: DriverName,
  leftover: Leftover | undefined,
  signal: AbortSignal,
): Promise<SnapshotCost> {
  try {
    const { files, bytes } = await drivers.drivers[driver].work(namespace.shares.directoryOf(share), signal)
    const { bsize, bavail, blocks, ...inodes } = await statfs(places.ofShare(share.store, share.id))
    const leftoverBytes = Math.min(leftover?.bytes ?? 0, bytes)
    const freeBytes = bavail * bsize
    const freeAfterBytes = freeBytes - (bytes - leftoverBytes)
    const spareBytes = bytes === 0 ? 0 : Math.min(Math.floor((blocks * bsize) / spareDivisor), spareBytesMax)
    return {
      ...{ driver, files, bytes, leftoverBytes, freeBytes, freeAfterBytes, spareBytes },
      missingBytes: Math.max(0, spareBytes - freeAfterBytes),
      missingFiles: driver === 'copy' ? missingOf(inodes, files - Math.min(leftover?.files ?? 0, files)) : 0,
    }
  } catch (error) {
    throw refusalFor(`what a snapshot of ${share.path} costs cannot be counted`, error)
  }
}

/** Inodes that are missing for so many new objects. A filesystem without a table of them says that it has none at all. */
function missingOf(inodes: { readonly files: number; readonly ffree: number }, newCount: number): number {
  if (inodes.files === 0) return 0
  return Math.max(0, Math.floor(inodes.files / spareDivisor) - (inodes.ffree - newCount))
}

/** @throws {ServiceError} `unavailable` where a snapshot has no room */
export function checkRoom({ path }: ShareRecord, cost: SnapshotCost): void {
  const { files, bytes, leftoverBytes, freeBytes, spareBytes, missingBytes, missingFiles } = cost
  const refused = (why: string) =>
    new ServiceError(
      'unavailable',
      `a snapshot of ${path} by copy takes ${why} are missing; remove snapshots, or make the store larger`,
    )
  if (missingBytes > 0)
    throw refused(
      `${bytes - leftoverBytes} bytes; its store has ${freeBytes} free, of which ${spareBytes} are to stay so: ${missingBytes} bytes`,
    )
  if (missingFiles > 0)
    throw refused(`${files} files; its filesystem has only so many inodes: ${missingFiles} of them`)
}

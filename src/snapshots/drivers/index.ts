import { btrfsDriver } from './btrfs.ts'
import { cephfsDriver } from './cephfs.ts'
import { copyDriver } from './copy.ts'
import { driverNames, type DriverName, type SnapshotDriver } from './driver.ts'
import { reflinkDriver } from './reflink.ts'

export * from './driver.ts'

export const drivers: Readonly<Record<DriverName, SnapshotDriver>> = {
  btrfs: btrfsDriver,
  cephfs: cephfsDriver,
  reflink: reflinkDriver,
  copy: copyDriver,
}

/**
 * The best driver that works for a share whose snapshots would be put into `directory`: btrfs, cephfs, reflink, copy.
 * @throws {Error} with what stands against the last, when none does.
 */
export async function detectDriver(source: string, directory: string): Promise<DriverName> {
  let reason: string | undefined
  for (const name of driverNames) {
    reason = await drivers[name].impossible(source, directory)
    if (reason === undefined) return name
  }
  throw new Error(reason)
}

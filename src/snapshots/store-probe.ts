import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { makePrivate } from '../namespace/files.ts'
import type { DriverProbe } from '../namespace/stores.ts'
import { createSubvolume, destroySubvolume, isOnBtrfs } from '../native/subvolume.ts'
import type { DriverName } from './drivers/driver.ts'
import type { DriverSet } from './services.ts'
import { snapshotsIn } from './snapshot-places.ts'

/** A subvolume in place of a share's, while it is tried whether one can be snapshotted. */
const trialShare = '.trial-share'

/** Finds out how the shares of a store can be snapshotted. A share of before, or one made by hand, may be otherwise. */
export class StoreProbe implements DriverProbe {
  readonly #drivers: DriverSet

  constructor(drivers: DriverSet) {
    this.#drivers = drivers
  }

  async detect(directory: string): Promise<DriverName> {
    if ((await this.impossible('btrfs', directory)) === undefined) return 'btrfs'
    return this.#drivers.detectDriver(directory, await placeIn(directory))
  }

  async impossible(driver: DriverName, directory: string): Promise<string | undefined> {
    try {
      const place = await placeIn(directory)
      return driver === 'btrfs'
        ? await this.#trySubvolume(place)
        : await this.#drivers.drivers[driver].impossible(directory, place)
    } catch (error) {
      // What the filesystem says, to make a directory for one.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
      return (error as Error).message
    }
  }

  /** Shares are subvolumes of their own there: one is made and snapshotted. */
  async #trySubvolume(place: string): Promise<string | undefined> {
    const parent = await open(place, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      return await this.#trySubvolumeIn(parent.fd, place)
    } finally {
      await parent.close()
    }
  }

  async #trySubvolumeIn(parent: number, place: string): Promise<string | undefined> {
    if (!isOnBtrfs(parent)) return `${place} is not on btrfs`
    const name = Buffer.from(trialShare)
    // Left by a process that was killed here.
    await destroySubvolume(parent, name)
    const made = await createSubvolume(parent, name)
    if (made < 0) return `no btrfs subvolume can be made in ${place} (${getSystemErrorName(made)})`
    const reason = await this.#drivers.drivers.btrfs.impossible(join(place, trialShare), place)
    await destroySubvolume(parent, name)
    return reason
  }
}

async function placeIn(directory: string): Promise<string> {
  const place = snapshotsIn('', directory)
  await makePrivate(place)
  return place
}

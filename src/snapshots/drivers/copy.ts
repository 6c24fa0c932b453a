import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { copyLogName, summaryOf } from './copy-log.ts'
import type { SnapshotDriver } from './driver.ts'
import { removeAll } from './removal.ts'
import { dataName } from './tree-pair.ts'
import { reasonAgainst } from './trial.ts'
import { countOf, exclusiveBytesOf, WorkerTaking } from './worker-taking.ts'

/** A full copy: for any filesystem, at the price of the data's size and the time to read it. */
export const copyDriver: SnapshotDriver = {
  name: 'copy',
  impossible: (source, directory) =>
    reasonAgainst(`${source} cannot be copied to ${directory}`, async () => {
      const tried = join(directory, '.trial')
      await mkdir(tried).catch((error: unknown) => {
        // Left by a process that was killed here.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      })
      await rmdir(tried)
      return undefined
    }),
  begin: (order) => new WorkerTaking(copyDriver, 'copy', order),
  work: countOf,
  leftover: (directory) => summaryOf(join(directory, copyLogName)),
  treeOf: ({ directory }) => join(directory, dataName),
  remove: removeAll,
  usage: ({ directory }, signal) => exclusiveBytesOf(join(directory, dataName), signal),
}

import { join } from 'node:path'
import { copyLogName, summaryOf } from './copy-log.ts'
import type { SnapshotDriver } from './driver.ts'
import { removeAll } from './removal.ts'
import { dataName } from './tree-pair.ts'
import { ficlone, reasonAgainst, withUnnamedFile } from './trial.ts'
import { countOf, exclusiveBytesOf, WorkerTaking } from './worker-taking.ts'

/** A tree of files that share their data with the live ones: XFS, and btrfs where a share is no subvolume. */
export const reflinkDriver: SnapshotDriver = {
  name: 'reflink',
  impossible: (source, directory) =>
    reasonAgainst(`files of ${source} cannot be cloned to ${directory}`, () => tryClone(source, directory)),
  begin: (order) => new WorkerTaking(reflinkDriver, 'reflink', order),
  work: async (source, signal) => ({ ...(await countOf(source, signal)), bytes: 0 }),
  leftover: (directory) => summaryOf(join(directory, copyLogName)),
  treeOf: ({ directory }) => join(directory, dataName),
  remove: removeAll,
  usage: ({ directory }, signal) => exclusiveBytesOf(join(directory, dataName), signal),
}

function tryClone(source: string, directory: string): Promise<string | undefined> {
  return withUnnamedFile(source, (from) =>
    withUnnamedFile(directory, async (to) => {
      await from.write('tried')
      const reason = await ficlone(from, to)
      return reason === undefined
        ? undefined
        : `the filesystem of ${source} cannot share data between its files and ${directory} (${reason})`
    }),
  )
}

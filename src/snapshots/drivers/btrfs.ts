import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { native } from '../../native/index.ts'
import { destroySubvolume, isOnBtrfs, isSubvolume, snapshotSubvolume } from '../../native/subvolume.ts'
import type { SnapshotDriver } from './driver.ts'
import { removeAll } from './removal.ts'
import { dataName } from './tree-pair.ts'
import { reasonAgainst, withDirectory } from './trial.ts'
import { exclusiveBytesOf, WorkerTaking } from './worker-taking.ts'

const trial = Buffer.from('.trial')

/** A read-only snapshot of the subvolume that the share is: at once, whatever is in it. */
export const btrfsDriver: SnapshotDriver = {
  name: 'btrfs',
  impossible: (source, directory) =>
    reasonAgainst(`no btrfs snapshot of ${source} can be taken`, () =>
      withDirectory(source, (from) =>
        withDirectory(directory, (to) => trySnapshot(source, from, directory, to)),
      ),
    ),
  begin: (order) => new WorkerTaking(btrfsDriver, 'btrfs', order),
  work: () => Promise.resolve({ files: 0, bytes: 0 }),
  leftover: () => Promise.resolve(undefined),
  treeOf: ({ directory }) => join(directory, dataName),
  remove: removeAll,
  usage: ({ directory }, signal) => exclusiveBytesOf(join(directory, dataName), signal),
}

async function trySnapshot(
  source: string,
  from: number,
  directory: string,
  to: number,
): Promise<string | undefined> {
  if (!isOnBtrfs(from)) return `${source} is not on btrfs`
  if (!isSubvolume(from)) return `${source} is a plain directory, not a btrfs subvolume of its own`
  const within = native.subvolumesWithin(from)
  if (within > 0)
    return `other btrfs subvolumes lie in ${source}, which a snapshot would leave out: move them out of it`
  if (within < 0) return `the subvolumes in ${source} cannot be listed (${getSystemErrorName(within)})`
  // Left by a process that was killed here.
  await destroySubvolume(to, trial)
  const taken = await snapshotSubvolume(from, to, trial)
  if (taken < 0)
    return `a snapshot of ${source} cannot be put into ${directory} (${getSystemErrorName(taken)})`
  const removed = await destroySubvolume(to, trial)
  return removed === 0
    ? undefined
    : `snapshots in ${directory} could not be removed again (${getSystemErrorName(removed)}): that needs CAP_SYS_ADMIN or the mount option user_subvol_rm_allowed`
}

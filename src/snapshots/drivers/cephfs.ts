import { constants as osConstants } from 'node:os'
import { mkdir, rmdir, stat, statfs } from 'node:fs/promises'
import { isThere } from '../../namespace/files.ts'
import { cephTree } from './ceph-tree.ts'
import type { SnapshotDriver, SnapshotPlace } from './driver.ts'
import { removeAll } from './removal.ts'
import { reasonAgainst } from './trial.ts'
import { WorkerTaking } from './worker-taking.ts'

/** f_type of statfs(2): the kernel's client, and anything of FUSE, as ceph-fuse is. */
const types = new Set([0x00c36400, 0x65735546])
const { ENOENT } = osConstants.errno
const inodeBits = 48

/** A snapshot that CephFS itself keeps, below `.snap` of the share. */
export const cephfsDriver: SnapshotDriver = {
  name: 'cephfs',
  impossible: (source) =>
    reasonAgainst(`no CephFS snapshot of ${source} can be taken`, async () => {
      const { type } = await statfs(source)
      if (!types.has(type)) return `${source} is not on CephFS`
      const tried = cephTree(source, `berth-trial-${process.pid}`)
      await mkdir(tried)
      // A snapshot has the directory's inode number, with a tag in the highest bits; a plain directory `.snap` has not.
      const [live, snapshot] = [await stat(source, { bigint: true }), await stat(tried, { bigint: true })]
      await rmdir(tried)
      const isSame = BigInt.asUintN(inodeBits, live.ino) === BigInt.asUintN(inodeBits, snapshot.ino)
      return isSame ? undefined : `${source} is not on CephFS, although it has a directory .snap`
    }),
  begin: (order) => new WorkerTaking(cephfsDriver, 'cephfs', order),
  work: () => Promise.resolve({ files: 0, bytes: 0 }),
  leftover: () => Promise.resolve(undefined),
  treeOf: ({ source, name }) => cephTree(source, name),
  remove: removeCeph,
  usage: async () => undefined,
}

async function removeCeph(place: SnapshotPlace, signal?: AbortSignal): Promise<void> {
  try {
    await rmdir(cephTree(place.source, place.name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno !== -ENOENT) throw error
  }
  // The taking may have failed before there was one.
  if (await isThere(place.directory)) await removeAll(place, signal)
}

import { appendFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changedWholly } from '../../dist/filesystem/change-list.js'
import { detectDriver, drivers, type SnapshotOrder } from '../../dist/snapshots/drivers/index.js'
import { CephCluster, clusterMissing } from './snapshot-drivers-ceph.ts'
import { changes, Changer, plant } from './snapshot-drivers-changes.ts'
import { describeTree } from './snapshot-drivers-tree.ts'

const title = clusterMissing === undefined ? '' : ` (${clusterMissing})`
const driver = drivers.cephfs
/** Those of a share; a snapshot's have a tag above. */
const inodeMask = 2n ** 48n - 1n

describe.skipIf(clusterMissing !== undefined)(`on CephFS${title}`, () => {
  let cluster: CephCluster
  let count = 0
  beforeAll(async () => {
    cluster = await CephCluster.start()
  }, 120_000)
  afterAll(() => cluster.stop())

  function newShare(): SnapshotOrder {
    const source = join(cluster.directory, `share-${++count}`)
    const directory = join(cluster.directory, `snapshot-${count}`)
    mkdirSync(source)
    mkdirSync(directory)
    plant(source, false)
    return { source, directory, name: 'taken', onProgress: () => {}, signal: new AbortController().signal }
  }
  const snapshotsOf = (source: string): string[] => readdirSync(join(source, '.snap'))

  test('the driver is cephfs, and trying leaves nothing', async () => {
    const { source, directory } = newShare()
    expect(await detectDriver(source, directory)).toBe('cephfs')
    expect([...snapshotsOf(source), ...readdirSync(directory)]).toEqual([])
  })

  test('a snapshot has all as of the cut, with the inode numbers of the share', async () => {
    const order = newShare()
    const taking = driver.begin(order)
    await taking.prepare()
    new Changer(order.source).append('a/2')
    await taking.cut(changedWholly([]))
    const before = describeTree(order.source)
    const taken = await taking.finish()
    expect(taken).toMatchObject({
      tree: driver.treeOf(order),
      inodeMap: undefined,
      files: before.filter((line) => !line.includes(' = ')).length,
    })
    appendFileSync(join(order.source, 'a/b/1'), 'later')
    changes['a directory moved out of a removed one']!(new Changer(order.source))
    expect(describeTree(taken.tree)).toEqual(before)
    const inodes = [taken.tree, order.source].map((root) => statSync(join(root, 'top'), { bigint: true }).ino)
    expect(inodes[0]! & inodeMask).toBe(inodes[1])

    expect(snapshotsOf(order.source)).toEqual(['taken'])
    await driver.remove(order)
    expect(snapshotsOf(order.source)).toEqual([])
    await driver.remove(order)
  })

  test('discarded at any point, nothing is left', async () => {
    for (const steps of [0, 1, 2]) {
      const order = newShare()
      const taking = driver.begin(order)
      if (steps > 0) await taking.prepare()
      if (steps > 1) await taking.cut(undefined)
      await taking.discard()
      expect(snapshotsOf(order.source)).toEqual([])
    }
  })

  test('copies are taken there too', async () => {
    const order = newShare()
    const tree = new Changer(order.source)
    const taking = drivers.copy.begin(order)
    await taking.prepare()
    changes['a directory moved up, and its parent into it']!(tree)
    await taking.cut(changedWholly(tree.changed))
    const before = describeTree(order.source)
    const { tree: copied } = await taking.finish()
    expect(describeTree(copied)).toEqual(before)
    await drivers.copy.remove(order)
    expect(readdirSync(order.directory)).toEqual([])
  })
})

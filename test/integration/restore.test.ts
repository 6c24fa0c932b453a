import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Restores } from '../../dist/snapshots/restore/restores.js'
import { admin, restoreSuite, spoil, treeOf } from './restore-suite.ts'
import { imagesMissing, LoopImage, type Filesystem } from './snapshot-drivers-images.ts'
import { describeAttributes, populate } from './snapshot-drivers-tree.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const filesystems: readonly Filesystem[] = ['xfs', 'btrfs', 'ext4']

/** Names by which XFS alone lists ACLs once more. */
const secondAcls = 'trusted.SGI_ACL'
const withoutSecondAcls = (attributes: string): string =>
  attributes.replace(new RegExp(`^${secondAcls}.*\\n?`, 'gm'), '').trimEnd()

describe.skipIf(imagesMissing !== undefined).each(filesystems)('restore on %s', (filesystem) => {
  restoreSuite(() => new LoopImage(filesystem))
})

test.skipIf(imagesMissing !== undefined).each([
  ['xfs', 'ext4'],
  ['btrfs', 'xfs'],
  ['ext4', 'btrfs'],
] as const)('a clone of a share on %s into a store on %s has all of it', async (from, to) => {
  const images = [new LoopImage(from), new LoopImage(to)]
  const temporary = await TemporarySnapshots.open()
  const { catalog, namespace, applications, snapshots } = temporary
  const log = { info() {}, warn() {} }
  const restores = await Restores.open({ catalog, namespace, applications, snapshots, log })
  try {
    for (const [index, { directory }] of images.entries()) {
      mkdirSync(join(directory, 'store'))
      await namespace.stores.add({ name: `image-${index}`, directory: join(directory, 'store') })
    }
    const share = await namespace.shares.create({ path: '/db', store: 'image-0' })
    const at = namespace.shares.directoryOf(share)
    populate(at)
    const [tree, attributes] = [treeOf(at), describeAttributes(at).map(withoutSecondAcls)]
    expect(attributes.join()).toContain('posix_acl_default')
    const snapshot = await snapshots.takings.create({ shareId: share.id, name: 'then', createdBy: admin })
    spoil(at)
    const { share: made } = await restores.clone(snapshot.id, { path: '/copy', store: 'image-1' }, admin)
    const copy = namespace.shares.directoryOf(made)
    expect(copy.startsWith(images[1]!.directory)).toBe(true)
    expect(treeOf(copy)).toEqual(tree)
    const copied = describeAttributes(copy)
    if (to !== 'xfs') expect(copied.join()).not.toContain(secondAcls)
    expect(copied.map(withoutSecondAcls)).toEqual(attributes)
    const linked = lstatSync(join(copy, 'many/linked'))
    expect(linked.nlink).toBeGreaterThan(1)
    expect(lstatSync(join(copy, 'many/one/linked')).ino).toBe(linked.ino)
    expect(readdirSync(join(images[1]!.directory, 'store/.berth'))).not.toContainEqual(
      expect.stringMatching(/^making-/),
    )
  } finally {
    await restores.close()
    await temporary.remove()
    for (const image of images) image.remove()
  }
})

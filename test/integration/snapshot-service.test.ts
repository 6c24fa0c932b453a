import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imagesMissing, LoopImage } from './snapshot-drivers-images.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'
import { snapshotServiceSuite } from './snapshot-service-suite.ts'

describe('snapshots, wherever temporary files lie,', () => {
  snapshotServiceSuite()
})

describe.runIf(imagesMissing === undefined).each([
  ['xfs', 'reflink'],
  ['btrfs', 'btrfs'],
] as const)('snapshots on %s', (filesystem, driver) => {
  let image: LoopImage
  const before = process.env.TMPDIR
  beforeAll(() => {
    image = new LoopImage(filesystem)
    // It cleans up once a second, and not after half a minute.
    if (filesystem === 'btrfs') execFileSync('mount', ['-o', 'remount,commit=1', image.directory])
    process.env.TMPDIR = image.directory
  })
  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    image.remove()
  })

  snapshotServiceSuite()

  test(`are taken by ${driver}, and no store can be told to take them by what it has not`, async () => {
    const temporary = await TemporarySnapshots.open()
    const { namespace, snapshots } = temporary
    expect(namespace.stores.get('default')).toMatchObject({ driver: 'auto', driverInUse: driver })
    const { id: shareId } = await temporary.share('/a')
    const createdBy = 'admin:ada'
    expect((await snapshots.takings.create({ shareId, createdBy })).driver).toBe(driver)

    await expect(namespace.stores.update('default', { driver: 'cephfs' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/cannot be taken by cephfs .* is not on CephFS/) as string,
    })
    const changed = await namespace.stores.update('default', { driver: 'copy' })
    expect(changed).toMatchObject({ driver: 'copy', driverInUse: 'copy' })
    expect((await snapshots.takings.create({ shareId, createdBy })).driver).toBe('copy')

    // As when the store's files were brought to another filesystem since.
    await temporary.catalog.db.updateTable('stores').set({ driver: 'cephfs' }).execute()
    await expect(temporary.reopen()).rejects.toThrow(/store default: snapshots cannot be taken by cephfs in /)
    await temporary.remove()
  })
})

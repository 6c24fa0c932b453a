import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  fillTree,
  listingOf,
  noRestic,
  quickRepository,
  removeRepository,
  TemporaryBackups,
} from './backup-fixture.ts'
import { imagesMissing, LoopImage } from './snapshot-drivers-images.ts'

const missing = noRestic ?? imagesMissing

describe.skipIf(missing !== undefined).each([
  ['btrfs', 'btrfs'],
  ['xfs', 'reflink'],
] as const)(`${missing ?? 'backups'} on %s`, (filesystem, driver) => {
  let image: LoopImage
  let gateway: TemporaryBackups
  const { TMPDIR: usual = '/tmp' } = process.env

  beforeEach(async () => {
    image = new LoopImage(filesystem)
    process.env.TMPDIR = image.directory
    gateway = await TemporaryBackups.open(quickRepository())
    process.env.TMPDIR = usual
  })
  afterEach(async () => {
    process.env.TMPDIR = usual
    await gateway.remove()
    removeRepository(dirname(gateway.repository))
    image.remove()
  })

  test('what changed is read alone, also what hides its change, and all comes back', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    fillTree(share.at)
    mkdirSync(`${share.at}/many`)
    const time = new Date('2026-01-01T00:00:00Z')
    const write = (name: string, content: string): void => {
      writeFileSync(`${share.at}/many/${name}`, content)
      utimesSync(`${share.at}/many/${name}`, time, time)
    }
    for (let n = 0; n < 50; n++) write(String(n), `content ${n}`)
    await gateway.backUp(share.id)
    expect(gateway.temporary.snapshots.of(share.id)[0]!.driver).toBe(driver)
    write('new', 'new')
    expect(await gateway.backUp(share.id)).toMatchObject({ report: { filesNew: 1, filesChanged: 0 } })
    write('7', 'CONTENT 7')
    const { report } = await gateway.backUp(share.id)
    // A snapshot of btrfs has the ctimes of the share, by which restic sees it.
    const [changed, unmodified] = driver === 'btrfs' ? [1, 53] : [0, 0]
    expect(report).toMatchObject({ filesChanged: changed, filesUnmodified: unmodified })

    const before = listingOf(share.at)
    const all = { repository: 'offsite', all: true, pathPrefix: '/old', createdBy: 'admin:ada' }
    const restored = await gateway.ended(await gateway.backups.restore(all))
    expect(restored.report).toMatchObject({ shares: [{ path: '/old/a', state: 'restored' }] })
    const { namespace } = gateway.temporary
    expect(listingOf(namespace.shares.directoryOf(namespace.shares.at('/old/a')))).toEqual(before)
    // It is a share like any other: on btrfs a subvolume, of which a snapshot can be taken at once.
    await gateway.backUp(namespace.shares.at('/old/a').id)
    expect(gateway.temporary.snapshots.of(namespace.shares.at('/old/a').id)[0]!.driver).toBe(driver)
  })
})

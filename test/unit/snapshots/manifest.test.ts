import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Applications } from '../../../src/applications/index.ts'
import type { SnapshotRecord } from '../../../src/catalog/snapshots.ts'
import { newShare } from '../../../src/namespace/new-share.ts'
import { contentDefaults } from '../../../src/namespace/share-content.ts'
import {
  applicationInManifest,
  manifestContentSizeMax,
  readManifest,
  recordOfManifest,
  shareInManifest,
  snapshotInManifest,
  writeManifest,
  type SnapshotManifest,
} from '../../../src/snapshots/manifest.ts'
import { manifestIn } from '../../../src/snapshots/snapshot-places.ts'
import { temporaryCatalog } from '../catalog/fixture.ts'
import { snapshotRecord } from './records.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-manifest-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const given = { id: 3, origin: 'api', store: 'default', directory: 'a', linkId: 1, path: '/a' } as const
const share = newShare({ ...given, ...contentDefaults }, 1)

function manifestOf(record: SnapshotRecord): SnapshotManifest {
  return {
    version: 1,
    snapshot: snapshotInManifest(record),
    share: shareInManifest({ ...share, path: record.path }),
    application: null,
    gateway: { id: 'g' },
  }
}

describe('a manifest', () => {
  test('gives back the record that it was made of', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
    const uuid = fc.option(fc.uuid({ version: 7 }))
    const record = fc.record({
      driver: fc.constantFrom('btrfs', 'reflink', 'cephfs', 'copy'),
      name: text,
      cutAt: time,
      createdAt: time,
      files: fc.maxSafeNat(),
      bytes: fc.maxSafeNat(),
      groupId: uuid,
      scheduleId: uuid,
      description: text,
      reason: text,
      createdBy: text,
      labels: fc.dictionary(text, text),
      held: fc.option(fc.record({ heldAt: time, heldBy: text, heldFor: text })),
    })
    const id = fc.integer({ min: 0x8000_0000, max: 0xffff_fffe })
    await fc.assert(
      fc.asyncProperty(id, record, async (id, { held, ...more }) => {
        const record = snapshotRecord(id, { ...more, ...held, changedAt: more.cutAt })
        await writeManifest(directory, manifestOf(record))
        expect(recordOfManifest(await readManifest(directory), 'default')).toEqual(record)
      }),
      { numRuns: 50 },
    )
  })

  test('is a file for people, and closed to others', async () => {
    await writeManifest(directory, manifestOf(snapshotRecord(0x8000_0000)))
    const path = manifestIn(directory)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('{\n  "version": 1,\n  "snapshot": {\n    "id": 2147483648,\n')
    expect(text.endsWith('}\n')).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test.each<[string, string | undefined, RegExp]>([
    ['that is not there', undefined, /cannot be read: ENOENT/],
    ['that is torn', '{"version": 1, "snap', /cannot be read: .*JSON/],
    ['of a later program', '{"version": 2}', /it is none that this program knows/],
    ['of another time', 'x'.repeat(33 * 1024 * 1024), /it is over \d+ bytes/],
  ])('%s is refused', async (_, content, message) => {
    mkdirSync(join(directory, 'about'))
    if (content !== undefined) writeFileSync(manifestIn(directory), content)
    await expect(readManifest(directory)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(message) as string,
    })
  })

  test('has the newest version of each of the application’s documents, up to a size', async () => {
    const { catalog, remove } = await temporaryCatalog()
    const log = { warn() {} } as never
    const applications = new Applications({ catalog, log })
    const { id } = await applications.create({ name: 'shop', owner: 'team a', labels: { tier: 'gold' } })
    const insert = (name: string, version: number, content: string) =>
      catalog.db
        .insertInto('manifests')
        .values({
          ...{ applicationId: id, name, version, contentType: 'application/yaml' },
          ...{ content, createdAt: 1, createdBy: 'admin:ada' },
        })
        .execute()
    await insert('a', 1, 'old')
    await insert('a', 2, 'new')
    const half = 'x'.repeat(manifestContentSizeMax / 2)
    for (const name of ['b', 'c', 'd']) await insert(name, 1, half)
    await insert('e', 1, 'small')
    const found = await applicationInManifest(applications, id)
    expect(found).toMatchObject({ id, name: 'shop', owner: 'team a', labels: { tier: 'gold' }, links: [] })
    expect(found.manifests.map(({ name, version, content }) => [name, version, content?.length])).toEqual([
      ['a', 2, 3],
      ['b', 1, half.length],
      ['c', 1, undefined],
      ['d', 1, undefined],
      ['e', 1, 5],
    ])
    await remove()
  })
})

import { dirname } from 'node:path'
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noRestic, removeRepository, TemporaryBackups } from './backup-fixture.ts'

describe.skipIf(noRestic !== undefined)(
  `backups by restic${noRestic === undefined ? '' : ` (${noRestic})`}`,
  () => {
    let gateway: TemporaryBackups

    beforeEach(async () => {
      gateway = await TemporaryBackups.open()
    })
    afterEach(async () => {
      await gateway.remove()
      removeRepository(dirname(gateway.repository))
    })

    test('a share is backed up, with its manifest before it', async () => {
      await gateway.add()
      const share = await gateway.temporary.share('/finance/payroll/db')
      mkdirSync(`${share.at}/sub`)
      writeFileSync(`${share.at}/sub/one`, 'one')
      linkSync(`${share.at}/sub/one`, `${share.at}/two`)
      const { report } = await gateway.backUp(share.id)
      expect(report).toMatchObject({ state: 'done', path: '/finance/payroll/db', totalFiles: 2 })
      const { items } = await gateway.backups.list({ limit: 10 })
      expect(items).toMatchObject([{ shareId: share.id, state: 'done', filesNew: 2, forgottenAt: null }])
      const held = JSON.parse(await gateway.restic('snapshots', '--json')) as {
        id: string
        tags: string[]
        hostname: string
      }[]
      // Both are of one instant.
      const manifest = held.find(({ tags }) => tags.includes('berth:manifest'))
      const data = held.find(({ tags }) => tags.includes('berth:data'))
      expect([manifest!.id, data!.id]).toEqual([items[0]!.manifestResticId, items[0]!.resticId])
      expect(data!.hostname).toBe('gateway')
      expect(data!.tags).toEqual(
        expect.arrayContaining(['berth', 'berth:data', 'berth:path=/finance/payroll/db']),
      )
      const told = JSON.parse(await gateway.restic('dump', manifest!.id, 'manifest.json')) as object
      expect(told).toMatchObject({ share: { path: '/finance/payroll/db' }, root: { mode: 0o755 } })
      expect(await gateway.restic('ls', data!.id)).toContain('\n/sub/one\n')
      expect(await gateway.restic('dump', data!.id, '/two')).toBe('one')
    })
  },
)

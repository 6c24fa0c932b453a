import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backupOfTags, tagsOf } from '../../../src/backups/tags.ts'

const gatewayId = '01936b2e-5a6b-7c3d-8e4f-0123456789ab'
const backup = {
  kind: 'data',
  ...{ gatewayId, shareId: 7, path: '/finance/payroll', application: 'payroll' },
  ...{ snapshotName: 'nightly-1', cutAt: 1_700_000_000_123, manifestResticId: '49c4ccf0', isEmpty: false },
} as const

test('tags tell what was put into them, whatever characters a path has', () => {
  const paths = fc.string({ unit: 'grapheme', minLength: 1 }).map((name) => `/${name}`)
  fc.assert(
    fc.property(paths, fc.boolean(), (path, isEmpty) => {
      const tags = tagsOf({ ...backup, path, isEmpty }, { tier: 'gold', 'a/b': '' })
      // As restic takes them apart.
      const taken = tags
        .join(',')
        .split(',')
        .map((tag) => tag.trim())
      expect(taken).toEqual(tags)
      expect(backupOfTags(taken)).toEqual({ ...backup, path, isEmpty, isIncomplete: false })
    }),
  )
})

test('labels of an application are tags of the data, and pass for nothing else', () => {
  const tags = tagsOf(backup, { team: 'gold', share: '9' })
  expect(tags).toContain('team=gold')
  expect(backupOfTags(tags)).toMatchObject({ shareId: 7 })
  expect(tagsOf({ ...backup, kind: 'manifest' }, { team: 'gold' })).not.toContain('team=gold')
})

test.each([
  [[]],
  [['berth']],
  [['berth', 'berth:data', 'berth:share=7']],
  [tagsOf(backup, {}).map((tag) => tag.replace('share=7', 'share=-1'))],
  [tagsOf(backup, {}).map((tag) => tag.replace('path=/', 'path='))],
  [tagsOf(backup, {}).map((tag) => tag.replace(/cut=.*/, 'cut=yesterday'))],
  [tagsOf(backup, {}).map((tag) => tag.replace(gatewayId, '../../etc'))],
  [tagsOf(backup, {}).filter((tag) => tag !== 'berth:data')],
  [tagsOf(backup, {}).map((tag) => tag.replace('snapshot=nightly-1', 'snapshot=a/../b'))],
  [tagsOf(backup, {}).map((tag) => tag.replace('application=payroll', 'application=\u001b[31m'))],
  [tagsOf(backup, {}).map((tag) => tag.replace(/cut=.*/, 'cut=-000001-01-01T00:00:00Z'))],
])('tags that somebody has changed tell nothing: %j', (tags) => {
  expect(backupOfTags(tags)).toBeUndefined()
})

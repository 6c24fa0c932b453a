import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { RestoreWish } from '../../src/snapshots/restore/restores.ts'
import { CrashGround, type Steps } from './restore-crash-ground.ts'
import { namesOf, partOf, spoilSmall, tornNames, withPart, type Names } from './restore-crash-tree.ts'
import { admin, treeOf } from './restore-suite.ts'
import { imagesMissing, type Filesystem } from './snapshot-drivers-images.ts'

const isCut = process.env.BERTH_TESTS === 'cut'
/** A process for each step on each filesystem would take minutes: each has some of the steps, together they have all. */
const grounds: readonly (Steps & { readonly filesystem: Filesystem })[] = isCut
  ? [{ filesystem: 'xfs', first: 1, stride: 6 }]
  : [
      { filesystem: 'xfs', first: 1, stride: 3 },
      { filesystem: 'ext4', first: 2, stride: 3 },
      { filesystem: 'btrfs', first: 3, stride: 3 },
    ]

let ground: CrashGround
afterEach(() => ground.close())

const equals = (one: Names, other: Names) => tornNames(one, other, other).length === 0

/** Each name is as it was or as it is to be. Answers whether all of them are the one or the other. */
function stateOf(before: Names, after: Names, where: string) {
  const now = namesOf(ground.share.at)
  expect(tornNames(now, before, after), where).toEqual([])
  return equals(now, before) ? 'before' : equals(now, after) ? 'after' : 'between'
}

describe.skipIf(imagesMissing !== undefined).each(grounds)(
  'kill -9 on $filesystem',
  ({ filesystem, ...steps }) => {
    test(
      'at steps of a restore of a share in place: what was before is in the safety snapshot',
      { timeout: 240_000 },
      async () => {
        ground = await CrashGround.open(filesystem)
        const { share, temporary, snapshotId, wanted } = ground
        let [before, tree]: [Names, string[]] = [new Map(), []]
        const after = namesOf(share.at)
        const told = await ground.sweep(
          {
            order: { kind: 'restore', wish: {} },
            async reset() {
              const { snapshots } = temporary
              for (const { id } of snapshots.of(share.id))
                if (id !== snapshotId) await snapshots.deletions.delete(id)
              spoilSmall(share.at)
              ;[before, tree] = [namesOf(share.at), treeOf(share.at)]
            },
            look(where) {
              const state = stateOf(before, after, where)
              const { snapshots } = temporary
              const safety = snapshots.of(share.id).find(({ id }) => id !== snapshotId)
              if (state !== 'before') expect(treeOf(snapshots.treeOf(safety!).tree), where).toEqual(tree)
              return state
            },
            expectDone: () => expect(treeOf(share.at)).toEqual(wanted),
          },
          steps,
        )
        const interrupted = told.filter((line) =>
          line.includes('restore: one was interrupted; run again, it goes on'),
        )
        expect(interrupted.length).toBeGreaterThan(3)
      },
    )

    test.each(filesystem === 'btrfs' ? [false, true] : [filesystem === 'ext4'])(
      'at steps of a clone of a share (deleted: %s): it is there whole, or nothing of it is',
      { timeout: 120_000 },
      async (isDeleted) => {
        ground = await CrashGround.open(filesystem)
        const { share, temporary, wanted } = ground
        if (isDeleted) await temporary.namespace.shares.delete(share.id, admin)
        const clone = () => [...temporary.namespace.shares.all()].find(({ path }) => path === '/clone')
        const at = join(temporary.store, 'clone')
        const told = await ground.sweep(
          {
            order: { kind: 'clone', wish: { path: '/clone' } },
            async reset() {
              const { shares, purges } = temporary.namespace
              const { id } = clone() ?? {}
              if (id === undefined) return
              await shares.delete(id, admin)
              await purges.purge(id)
            },
            look(where) {
              expect(existsSync(at), where).toBe(clone() !== undefined)
              if (clone() !== undefined) expect(treeOf(at), where).toEqual(wanted)
              return clone() === undefined ? 'before' : 'after'
            },
            expectDone: () => expect(treeOf(at)).toEqual(wanted),
          },
          steps,
        )
        expect(told.filter((line) => line.includes('the making of a share was interrupted'))).not.toEqual([])
      },
    )
  },
)

const parts: readonly (readonly [Filesystem, RestoreWish])[] = [
  ['xfs', { path: 'gone' }],
  ['ext4', { path: 'gone/deep/file' }],
  ['btrfs', { path: 'etc', onConflict: 'replace' }],
  ['ext4', { path: 'etc', onConflict: 'merge' }],
  ['ext4', { path: 'place', onConflict: 'replace' }],
  ['xfs', { path: 'kind', onConflict: 'replace' }],
  ['btrfs', { path: 'etc', to: 'copy' }],
  ['ext4', { path: 'etc', onConflict: 'beside' }],
  ['btrfs', { onConflict: 'beside' }],
]
const partRows = parts
  .map(([filesystem, wish], index) => ({ filesystem, wish, first: (index % 3) + 1 }))
  .filter(({ filesystem }) => !isCut || filesystem === 'xfs')

describe.skipIf(imagesMissing !== undefined)('kill -9 at steps of a restore', () => {
  test.each(partRows)(
    'of a part on $filesystem: $wish',
    { timeout: 120_000 },
    async ({ filesystem, wish, first }) => {
      ground = await CrashGround.open(filesystem)
      const { share, temporary, tree } = ground
      const { path = '', onConflict } = wish
      const to = onConflict === 'beside' ? `${path || 'restored'}.then` : (wish.to ?? path)
      const [wantedPart, target] = [join(tree, path), join(share.at, to)]
      const saved = join(temporary.directory, 'saved')
      mkdirSync(saved)
      spoilSmall(share.at)
      execFileSync('cp', ['-a', `${share.at}/.`, saved])
      const before = namesOf(share.at)
      const after = withPart(before, to, namesOf(wantedPart), onConflict === 'merge')
      const told = await ground.sweep(
        {
          order: { kind: 'restore', wish },
          async reset() {
            execFileSync('find', [share.at, '-mindepth', '1', '-delete'])
            execFileSync('cp', ['-a', `${saved}/.`, share.at])
          },
          look: (where) => stateOf(before, after, where),
          expectDone() {
            const is = partOf(target)
            // The times of a directory that keeps what else is in it are its own.
            if (onConflict === 'merge') expect(is).toEqual(expect.arrayContaining(partOf(wantedPart)))
            else expect(is).toEqual(partOf(wantedPart))
          },
        },
        { first, stride: isCut ? 6 : 3 },
      )
      expect(told.filter((line) => line.includes('restore: one was interrupted'))).not.toEqual([])
    },
  )
})

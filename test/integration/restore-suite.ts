import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Restores } from '../../dist/snapshots/restore/restores.js'
import { inodeHighMaskOf } from '../../src/snapshots/restore/inode-mask.ts'
import type { RestoreCounts, RestoreReport } from '../../src/snapshots/restore/report.ts'
import { describeAttributes, describeTree, populate } from './snapshot-drivers-tree.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const child = fileURLToPath(new URL('restore-child.mjs', import.meta.url))
export const admin = 'admin:ada'

/** Reading a tree changes the atimes of those who read it. */
export function treeOf(root: string): string[] {
  return describeTree(root).map((line) => line.replace(/ atime \d+/, ''))
}

/** Much of what clients may do to a tree of {@link populate}. */
export function spoil(at: string): void {
  writeFileSync(join(at, 'many/file-3'), 'other')
  writeFileSync(join(at, 'many/linked'), 'other for three names')
  unlinkSync(join(at, 'many/file-9'))
  chmodSync(join(at, 'many/file-11'), 0o600)
  chmodSync(join(at, 'many'), 0o700)
  mkdirSync(join(at, 'extra/deep'), { recursive: true })
  writeFileSync(join(at, 'extra/deep/file'), 'extra')
  rmSync(join(at, 'sticky'), { recursive: true })
  symlinkSync('/etc', join(at, 'sticky'))
  unlinkSync(join(at, 'fifo'))
  mkdirSync(join(at, 'fifo/in it'), { recursive: true })
  renameSync(join(at, 'many/file-20'), join(at, 'many/file-21'))
  unlinkSync(join(at, 'many/file-30'))
  linkSync(join(at, 'many/file-31'), join(at, 'many/file-30'))
  // The same size and time, but not the same content.
  const { atime, mtime, size } = lstatSync(join(at, 'many/file-40'))
  writeFileSync(join(at, 'many/file-40'), 'z'.repeat(size))
  utimesSync(join(at, 'many/file-40'), atime, mtime)
}

/** An empty directory of the filesystem that it is about. */
export interface RestoreGround {
  readonly directory: string
  remove(): void
}

/**
 * What holds on every filesystem. `prepare` is asked before each test. `losesLinks`: when a name of a file is replaced, its
 * other names are gone for a moment, as on CephFS; so what is replaced is told of as added.
 */
export function restoreSuite(prepare: () => RestoreGround, losesLinks = false): void {
  let image: RestoreGround
  let temporary: TemporarySnapshots
  let restores: Restores
  let share: { readonly id: number; readonly at: string }
  let snapshotId: number
  let before: string[]

  beforeEach(async () => {
    image = prepare()
    temporary = await TemporarySnapshots.open()
    const { namespace } = temporary
    mkdirSync(join(image.directory, 'store'))
    await namespace.stores.add({ name: 'image', directory: join(image.directory, 'store') })
    const made = await namespace.shares.create({ path: '/db', store: 'image' })
    share = { id: made.id, at: namespace.shares.directoryOf(made) }
    populate(share.at)
    before = treeOf(share.at)
    snapshotId = (
      await temporary.snapshots.takings.create({ shareId: share.id, name: 'then', createdBy: admin })
    ).id
    restores = await open()
  }, 60_000)
  afterEach(async () => {
    await restores.close()
    await temporary.remove()
    image.remove()
  })

  function open(): Promise<Restores> {
    const { catalog, namespace, applications, snapshots } = temporary
    const log = { info() {}, warn() {} }
    return Restores.open({ catalog, namespace, applications, snapshots, log })
  }

  test('a share in place: all is as it was, what did not change is not touched, and open files stay open', async () => {
    const attributes = describeAttributes(share.at)
    const untouched = lstatSync(join(share.at, 'many/file-5'), { bigint: true })
    const root = lstatSync(share.at, { bigint: true }).ino
    spoil(share.at)
    const spoilt = treeOf(share.at)
    const opened = openSync(join(share.at, 'many/file-3'), 'r')

    const plan = await restores.plan(snapshotId, {}, admin)
    expect(treeOf(share.at)).toEqual(spoilt)
    expect(plan.paths.removed.toSorted()).toEqual(['extra', 'extra/deep', 'extra/deep/file', 'fifo/in it'])
    expect(plan.paths.added.toSorted()).toEqual(['many/file-20', 'many/file-9'])

    const { report, safety } = await restores.restore(snapshotId, {}, admin)
    if (losesLinks) expect(putIn(report)).toEqual(putIn(plan))
    else expect(report).toEqual({ ...plan, counts: { ...report.counts, ...counted(plan.counts) } })
    expect(treeOf(share.at)).toEqual(before)
    expect(describeAttributes(share.at)).toEqual(attributes)
    expect(lstatSync(join(share.at, 'many/file-5'), { bigint: true })).toEqual(untouched)
    expect(lstatSync(share.at, { bigint: true }).ino).toBe(root)
    expect(readFileSync(opened, 'utf8')).toBe('other')
    closeSync(opened)

    const again = await restores.plan(snapshotId, {}, admin)
    expect(counted(again.counts)).toEqual({ added: 0, replaced: 0, changed: 0, removed: 0, skipped: 0 })
    // And back to what it was before.
    await restores.restore(safety!.id, { safetySnapshot: false }, admin)
    expect(treeOf(share.at)).toEqual(spoilt)
  })

  test('killed at any point and done again, it comes to its end', async () => {
    spoil(share.at)
    const snapshot = temporary.snapshots.get(snapshotId)
    const { tree, inodeMap } = temporary.snapshots.treeOf(snapshot)
    const order = {
      ...{
        source: tree,
        inodeMap,
        inodeHighMask: inodeHighMaskOf(snapshot.driver),
        cutAt: 0,
        target: share.at,
      },
      ...{ from: [], to: [], onConflict: 'replace', besideSuffix: '', isDryRun: false, isPrivate: false },
    }
    const file = join(temporary.directory, 'order.json')
    writeFileSync(file, JSON.stringify(order))
    let isDone = false
    for (let step = 1; !isDone; step += 61) {
      const { stdout, stderr, signal } = spawnSync(process.execPath, [child, file, String(step)], {
        encoding: 'utf8',
      })
      isDone = stdout === 'done\n'
      expect({ step, stderr, signal }).toEqual({ step, stderr: '', signal: isDone ? null : 'SIGKILL' })
    }
    expect(treeOf(share.at)).toEqual(before)
  })

  test('a part: a file, a directory merged, replaced and beside; nothing leads outside', async () => {
    const run = (path: string, more: object = {}) => restores.restore(snapshotId, { path, ...more }, admin)
    expect(await refusalOf(run('many/file-3'))).toBe('exists')
    expect(await refusalOf(run('no such'))).toBe('not-found')
    expect(await refusalOf(run('../x'))).toBe('invalid')
    rmSync(join(share.at, 'many'), { recursive: true })
    expect((await run('many/one/linked')).report.to).toBe('many/one/linked')
    expect(readdirSync(join(share.at, 'many'))).toEqual(['one'])
    writeFileSync(join(share.at, 'many/mine'), 'mine')
    await run('many', { onConflict: 'merge' })
    expect(readFileSync(join(share.at, 'many/mine'), 'utf8')).toBe('mine')
    const { ino } = lstatSync(join(share.at, 'many/file-7'))
    expect(lstatSync(join(share.at, 'many/one/linked')).ino).toBe(ino)
    await run('many', { onConflict: 'replace' })
    expect(existsSync(join(share.at, 'many/mine'))).toBe(false)
    expect((await run('many', { onConflict: 'beside' })).report.to).toBe('many.then')
    expect(treeOf(join(share.at, 'many.then')).slice(1)).toEqual(treeOf(join(share.at, 'many')).slice(1))

    rmSync(join(share.at, 'many'), { recursive: true })
    writeFileSync(join(share.at, 'many'), 'a file in the place of a directory')
    await run('many', { onConflict: 'replace' })
    expect(treeOf(join(share.at, 'many')).slice(1)).toEqual(treeOf(join(share.at, 'many.then')).slice(1))

    rmSync(join(share.at, 'many'), { recursive: true })
    const outside = join(image.directory, 'outside')
    mkdirSync(outside)
    symlinkSync(outside, join(share.at, 'many'))
    expect(await refusalOf(run('many/file-3'))).toBe('conflict')
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(share.at)).not.toContain('.berth-restore')
  })

  test('a clone is a share of its own, and nothing else is left of its making', async () => {
    mkdirSync(join(share.at, '.berth-restore/left'), { recursive: true })
    await restores.close()
    restores = await open()
    await temporary.namespace.shares.delete(share.id, admin)
    const { share: made } = await restores.clone(snapshotId, { path: '/copy', labels: { a: 'b' } }, admin)
    const at = temporary.namespace.shares.directoryOf(made)
    expect(treeOf(at)).toEqual(before)
    expect(made).toMatchObject({ store: 'image', readOnly: false })
    expect(made.labels).toEqual({ a: 'b', 'berth/cloned-from': String(snapshotId) })
    writeFileSync(join(at, 'many/file-3'), 'of the clone')
    expect(await refusalOf(restores.restore(snapshotId, {}, admin))).toBe('conflict')
    expect(await refusalOf(restores.clone(snapshotId, { path: '/copy' }, admin))).toBe('exists')
    expect(
      readdirSync(join(image.directory, 'store/.berth')).filter((name) => name.startsWith('making-')),
    ).toEqual([])
  })
}

/** What was not there, or was another. */
function putIn({ paths }: RestoreReport): string[] {
  return [...paths.added, ...paths.replaced].sort()
}

function counted({ added, replaced, changed, removed, skipped }: RestoreCounts) {
  return { added, replaced, changed, removed, skipped }
}

/** The code of a refusal: the built service has classes of its own. */
export async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    const { name, code } = error as { name: string; code?: string }
    if (name === 'ServiceError') return code
    throw error
  }
}

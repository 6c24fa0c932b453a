import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Exports } from '../../dist/transfers/exports.js'
import { Imports } from '../../dist/transfers/imports.js'
import { imagesMissing, LoopImage, type Filesystem } from './snapshot-drivers-images.ts'
import { describeAttributes, describeTree, populate } from './snapshot-drivers-tree.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const filesystems: readonly Filesystem[] = ['xfs', 'btrfs', 'ext4']
const admin = 'admin:ada'
const log = { info() {}, warn() {} }

/** Reading a tree changes the atimes of those who read it. */
function treeOf(root: string): string[] {
  return describeTree(root).map((line) => line.replace(/ atime \d+/, ''))
}

/** What a tar keeps: no sockets, and of extended attributes those of users, ACLs and capabilities. */
function tarTreeOf(root: string): string[] {
  return treeOf(root).filter((line) => !/^"(socket|null|disk)"/.test(line))
}
const tarAttributesOf = (root: string): string[] =>
  describeAttributes(root)
    .map((text) => text.replace(/^trusted\..*\n?/gm, '').trim())
    .filter((text) => /^(user|security|system)/m.test(text))

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const refusal = await work.then(
    () => 'done',
    (error: unknown) => error as Error & { code?: string },
  )
  return typeof refusal === 'string' ? refusal : `${refusal.code}: ${refusal.message}`
}

describe.skipIf(imagesMissing !== undefined).each(filesystems)('imports on %s', (filesystem) => {
  let image: LoopImage
  let temporary: TemporarySnapshots
  let imports: Imports
  let old: string
  let store: string

  beforeEach(async () => {
    image = new LoopImage(filesystem)
    temporary = await TemporarySnapshots.open()
    store = join(image.directory, 'store')
    old = join(image.directory, 'old')
    mkdirSync(store)
    mkdirSync(join(old, 'data'), { recursive: true })
    const { namespace, applications } = temporary
    await namespace.stores.add({ name: 'image', directory: store })
    const config = {
      directories: [old, store],
      dockerSocket: '/nowhere',
      tarBytes: 2 ** 40,
      tarFiles: 10_000,
    }
    imports = new Imports({ config, namespace, applications, log })
  })
  afterEach(async () => {
    await imports.close()
    await temporary.remove()
    image.remove()
  })

  const making = () => readdirSync(join(store, '.berth')).filter((name) => /^(making|adopting)-/.test(name))

  test('a directory is adopted where it is: the same inodes, at once', async () => {
    const directory = join(old, 'data')
    populate(directory)
    const [before, attributes, { ino }] = [
      treeOf(directory),
      describeAttributes(directory),
      lstatSync(directory),
    ]
    const wanted = { path: '/finance/db', store: 'image', directory, mode: 'adopt' } as const
    expect(await imports.planDirectory(wanted)).toMatchObject({
      way: 'rename',
      store: 'image',
      from: directory,
    })
    expect(treeOf(directory)).toEqual(before)
    const { share } = await imports.importDirectory(wanted, admin)
    const at = temporary.namespace.shares.directoryOf(share)
    expect(at).toBe(join(store, 'finance/db'))
    expect(existsSync(directory)).toBe(false)
    expect(lstatSync(at).ino).toBe(ino)
    expect(treeOf(at)).toEqual(before)
    expect(describeAttributes(at)).toEqual(attributes)
    expect(making()).toEqual([])
    // A share as any other: also where it is no btrfs subvolume.
    const snapshot = await temporary.snapshots.takings.create({ shareId: share.id, createdBy: admin })
    expect(treeOf(temporary.snapshots.treeOf(snapshot).tree)).toEqual(before)
  })

  test('one that lies in the store already, too', async () => {
    mkdirSync(join(store, 'finance/db'), { recursive: true })
    writeFileSync(join(store, 'finance/db/file'), 'content')
    const wanted = { path: '/finance/db', store: 'image', directory: join(store, 'finance/db') } as const
    const { share } = await imports.importDirectory({ ...wanted, mode: 'adopt' }, admin)
    expect(readdirSync(temporary.namespace.shares.directoryOf(share))).toEqual(['file'])
  })

  test('a directory is copied, and stays', async () => {
    const directory = join(old, 'data')
    populate(directory)
    const [before, attributes] = [treeOf(directory), describeAttributes(directory)]
    const used = () => Number(execFileSync('stat', ['-f', '-c', '%f', image.directory], { encoding: 'utf8' }))
    execFileSync('sync', ['-f', image.directory])
    const free = used()
    const wanted = { path: '/copy', store: 'image', directory, mode: 'copy' } as const
    const way = filesystem === 'ext4' ? 'copy' : 'reflink'
    expect(await imports.planDirectory(wanted)).toMatchObject({ way })
    const { share, files } = await imports.importDirectory(wanted, admin)
    const inodes = execFileSync('find', [directory, '-printf', '%i\\n'], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(files).toBe(new Set(inodes).size)
    const at = temporary.namespace.shares.directoryOf(share)
    expect(treeOf(at)).toEqual(before)
    expect(describeAttributes(at)).toEqual(attributes)
    expect(treeOf(directory)).toEqual(before)
    expect(lstatSync(join(at, 'sparse')).blocks).toBeLessThan(1000)
    expect(making()).toEqual([])
    // 9 MB of data in 4 KiB blocks are shared, where that can be.
    execFileSync('sync', ['-f', image.directory])
    if (filesystem === 'xfs') expect(free - used()).toBeLessThan(1500)
  })

  test.skipIf(filesystem !== 'btrfs')('a btrfs subvolume is copied by a snapshot, and adopted', async () => {
    const directory = join(old, 'subvolume')
    execFileSync('btrfs', ['-q', 'subvolume', 'create', directory])
    populate(directory)
    const before = treeOf(directory)
    const wanted = { path: '/copy', store: 'image', directory } as const
    expect(await imports.planDirectory({ ...wanted, mode: 'copy' })).toMatchObject({ way: 'btrfs' })
    const { share: copy, files } = await imports.importDirectory({ ...wanted, mode: 'copy' }, admin)
    expect(files).toBeNull()
    const { share } = await imports.importDirectory({ ...wanted, path: '/sub', mode: 'adopt' }, admin)
    for (const made of [copy, share]) {
      const at = temporary.namespace.shares.directoryOf(made)
      expect(treeOf(at)).toEqual(before)
      writeFileSync(join(at, 'new'), 'writable')
      const { driver } = await temporary.snapshots.takings.create({ shareId: made.id, createdBy: admin })
      expect(driver).toBe('btrfs')
    }
  })

  test('what may not be imported is refused, and nothing is moved', async () => {
    const directory = join(old, 'data')
    const share = await temporary.namespace.shares.create({ path: '/there', store: 'image' })
    symlinkSync('/etc', join(old, 'link'))
    mkdirSync(join(old, 'real/inner'), { recursive: true })
    symlinkSync('real', join(old, 'way'))
    mkdirSync(join(old, 'mounted/point'), { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(old, 'mounted/point')])
    const refusals = async (from: string) => [
      await refusalOf(
        imports.importDirectory({ path: '/a', store: 'image', directory: from, mode: 'adopt' }, admin),
      ),
      await refusalOf(
        imports.importDirectory({ path: '/a', store: 'image', directory: from, mode: 'copy' }, admin),
      ),
    ]
    for (const [from, message] of [
      ['/etc', /^forbidden: .*imports.directories/],
      [`${old}/../etc`, /^invalid/],
      ['data', /^invalid/],
      [join(old, 'link'), /^forbidden: .*symlink/],
      [join(old, 'way/inner'), /^forbidden: .*symlink/],
      [join(old, 'missing'), /^not-found/],
      [join(old, 'mounted'), /^conflict: .*mounted in it/],
      [join(old, 'mounted/point'), /^forbidden: .*another filesystem/],
      [temporary.namespace.shares.directoryOf(share), /^conflict: .*share \/there/],
      [store, /^conflict: .*store image/],
      [join(store, '.berth'), /^conflict: .*own files/],
      [join(store, '.berth/shares'), /^conflict: .*own files/],
    ] as const)
      for (const refusal of await refusals(from)) expect(refusal, from).toMatch(message)
    execFileSync('umount', [join(old, 'mounted/point')])
    const taken = { path: '/there', store: 'image', directory, mode: 'adopt' } as const
    expect(await refusalOf(imports.importDirectory(taken, admin))).toMatch(/^exists/)
    const elsewhere = { path: '/a', store: 'default', directory, mode: 'adopt' } as const
    expect(await refusalOf(imports.importDirectory(elsewhere, admin))).toMatch(/^conflict: .*copy it in/)
    expect(existsSync(directory)).toBe(true)
    expect(making()).toEqual([])
  })

  test('a tar of a snapshot makes the same share again', async () => {
    const directory = join(old, 'data')
    populate(directory)
    // GNU tar unpacks no path that is longer than the kernel takes at once.
    for (const name of ['null', 'disk', 'socket', 'deep']) execFileSync('rm', ['-r', join(directory, name)])
    execFileSync('touch', ['-d', '1999-01-02T03:04:05.123456789Z', directory])
    const { share } = await imports.importDirectory(
      { path: '/db', store: 'image', directory, mode: 'adopt' },
      admin,
    )
    const snapshot = await temporary.snapshots.takings.create({ shareId: share.id, createdBy: admin })
    const at = temporary.namespace.shares.directoryOf(share)
    const exports = new Exports({ snapshots: temporary.snapshots, log })
    for (const [index, compression] of (['none', 'gzip'] as const).entries()) {
      const body = exports.tar(snapshot.id, compression)
      expect(temporary.snapshots.deletions.of(snapshot.id).refusal).toMatch(/being exported/)
      const made = await imports.importTar({ path: `/again${index}`, store: 'image' }, body, admin)
      const again = temporary.namespace.shares.directoryOf(made.share)
      expect(tarTreeOf(again)).toEqual(tarTreeOf(at))
      expect(tarAttributesOf(again)).toEqual(tarAttributesOf(at))
      expect(made.files).toBe(tarTreeOf(at).length)
      expect(lstatSync(join(again, 'sparse')).blocks).toBeLessThan(1000)
    }
    await expect.poll(() => temporary.snapshots.deletions.of(snapshot.id).refusal).toBeUndefined()
    await exports.close()
    expect(making()).toEqual([])
  })
})

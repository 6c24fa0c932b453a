import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  detectDriver,
  drivers,
  type DriverName,
  type SnapshotOrder,
  type Taken,
} from '../../dist/snapshots/drivers/index.js'
import { changedWholly } from '../../dist/filesystem/change-list.js'
import { changeAtRandom, Changer, changes, plant } from './snapshot-drivers-changes.ts'
import { imagesMissing, LoopImage, type Filesystem } from './snapshot-drivers-images.ts'
import { describeAttributes, describeTree, inodesOf, populate } from './snapshot-drivers-tree.ts'

const child = fileURLToPath(new URL('snapshot-drivers-child.mjs', import.meta.url))
const title = imagesMissing === undefined ? '' : ` (${imagesMissing})`

/** One suite for all drivers, on each filesystem that they work on. CephFS needs a cluster: see the test beside. */
const combinations: readonly (readonly [DriverName, Filesystem])[] = [
  ['btrfs', 'btrfs'],
  ['reflink', 'xfs'],
  ['reflink', 'btrfs'],
  ['copy', 'ext4'],
  ['copy', 'xfs'],
]

describe.skipIf(imagesMissing !== undefined).each(combinations)(`%s on %s${title}`, (name, filesystem) => {
  const driver = drivers[name]
  let image: LoopImage
  let count = 0

  beforeAll(() => {
    image = new LoopImage(filesystem)
  })
  afterAll(() => image.remove())

  /** A new share, and a directory for its snapshot. */
  function newShare(fill: (root: string) => void): SnapshotOrder {
    const source = join(image.directory, `share-${++count}`)
    const directory = join(image.directory, `snapshot-${count}`)
    if (name === 'btrfs') execFileSync('btrfs', ['-q', 'subvolume', 'create', source])
    else mkdirSync(source)
    mkdirSync(directory, { mode: 0o700 })
    fill(source)
    return { source, directory, name: 'taken', onProgress: () => {}, signal: new AbortController().signal }
  }

  /** Takes a snapshot; `meanwhile` changes the share between the copy and the cut, and says what. */
  async function take(
    order: SnapshotOrder,
    meanwhile: () => ReadonlySet<number> | undefined = () => new Set(),
  ): Promise<Taken> {
    const taking = driver.begin(order)
    await taking.prepare()
    const changed = meanwhile()
    syncFilesystem()
    await taking.cut(changed && changedWholly(changed))
    const live = inodesOf(order.source)
    const taken = await taking.finish()
    expectInodes(taken, live)
    return taken
  }

  function syncFilesystem(): void {
    execFileSync('sync', ['-f', image.directory])
  }

  /** Every object of the copy tells the live one's inode number and ctime, by itself or by the map, and no other does. */
  function expectInodes({ tree, inodeMap, files }: Taken, live: ReturnType<typeof inodesOf>): void {
    const found = inodesOf(tree)
    if (inodeMap === undefined) {
      expect(found).toEqual(live)
      return
    }
    const map = readMap(inodeMap)
    const told = new Map([...found].map(([path, { inode }]) => [path, map.get(inode)]))
    expect(told).toEqual(live)
    expect(map.size).toBe(files)
  }

  test('everything is kept, whatever becomes of the share', async () => {
    const order = newShare(populate)
    const [before, attributes] = [describeTree(order.source), describeAttributes(order.source)]
    for (const attribute of ['security.capability', 'posix_acl_default', 'posix_acl_access', 'trusted.note'])
      expect(attributes.join()).toContain(attribute)
    const taken = await take(order)
    expect(taken.tree).toBe(driver.treeOf(order))
    appendFileSync(join(order.source, 'many/file-1'), 'more')
    rmSync(join(order.source, 'many/file-2'))
    execFileSync('rm', ['-r', join(order.source, 'deep')])
    expect(describeTree(taken.tree)).toEqual(before)
    expect(describeAttributes(taken.tree)).toEqual(attributes)
    const sparse = execFileSync('du', ['-k', join(taken.tree, 'sparse')], { encoding: 'utf8' })
    expect(parseInt(sparse)).toBeLessThan(1024)

    expect(taken.files).toBe(before.filter((line) => !line.includes(' = ')).length)
    expect(readdirSync(order.directory).sort()).toEqual(
      taken.inodeMap === undefined ? ['data'] : ['data', 'inodes'],
    )
    await driver.remove(order)
    expect(readdirSync(order.directory)).toEqual([])
  })

  test.each(Object.entries(changes))('%s between the copy and the cut', async (_, change) => {
    for (const isTold of [true, false]) {
      const order = newShare((root) => plant(root))
      const tree = new Changer(order.source)
      const taken = await take(order, () => {
        change(tree)
        return isTold ? tree.changed : undefined
      })
      expect(describeTree(taken.tree), `told: ${isTold}`).toEqual(describeTree(order.source))
      expect(describeAttributes(taken.tree)).toEqual(describeAttributes(order.source))
    }
  })

  test('all these changes together', async () => {
    const order = newShare((root) => {
      Object.keys(changes).forEach((_, at) => {
        mkdirSync(join(root, String(at)))
        plant(join(root, String(at)))
      })
    })
    const taken = await take(order, () => {
      const changed = new Set<number>()
      Object.values(changes).forEach((change, at) => {
        const tree = new Changer(join(order.source, String(at)))
        change(tree)
        for (const inode of tree.changed) changed.add(inode)
      })
      return changed
    })
    expect(describeTree(taken.tree)).toEqual(describeTree(order.source))
  })

  test.each([true, false])('changes at random while it is copied; told of them: %s', async (isTold) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = generator(seed)
    for (let round = 0; round < 8; round++) {
      const order = newShare((root) => {
        plant(root)
        const before = new Changer(root)
        for (let i = 0; i < 150; i++) changeAtRandom(root, before, random)
      })
      const tree = new Changer(order.source)
      const taking = driver.begin(order)
      const copying = { isOver: false }
      const copied = taking.prepare().finally(() => (copying.isOver = true))
      for (let i = 0; !copying.isOver || i < 30; i++) {
        changeAtRandom(order.source, tree, random)
        await setImmediate()
      }
      await copied
      syncFilesystem()
      await taking.cut(isTold ? changedWholly(tree.changed) : undefined)
      const [live, expected] = [inodesOf(order.source), describeTree(order.source)]
      const taken = await taking.finish()
      expect(describeTree(taken.tree), `seed ${seed}, round ${round}`).toEqual(expected)
      expectInodes(taken, live)
    }
  })

  test('what changed hundreds of times in a great tree is found, told or not', async () => {
    for (const isTold of [true, false]) {
      const order = newShare((root) => plantMany(root, 4000))
      const tree = new Changer(order.source)
      const random = generator(7)
      const taken = await take(order, () => {
        for (let i = 0; i < 200; i++) changeAtRandom(order.source, tree, random)
        return isTold ? tree.changed : undefined
      })
      expect(describeTree(taken.tree)).toEqual(describeTree(order.source))
      await driver.remove(order)
      expect(readdirSync(order.directory)).toEqual([])
    }
  })

  test('discarded at any point, nothing is left', async () => {
    for (const steps of [0, 1, 2, 3]) {
      const order = newShare((root) => plant(root))
      const taking = driver.begin(order)
      if (steps > 0) await taking.prepare()
      if (steps > 1) await taking.cut(undefined)
      if (steps > 2) await taking.finish()
      await taking.discard()
      expect(readdirSync(order.directory), `after ${steps} steps`).toEqual([])
    }
  })

  test('ended early by its signal, and discarded, nothing is left', async () => {
    const ending = new AbortController()
    const order = { ...newShare((root) => plantMany(root, 4000)), signal: ending.signal }
    const taking = driver.begin(order)
    const prepared = taking.prepare()
    setTimeout(() => ending.abort(new Error('enough')), 50)
    // What is over before is not ended; then the next step is refused.
    await expect(prepared.then(() => sleep(60)).then(() => taking.cut(undefined))).rejects.toThrow('enough')
    await taking.discard()
    expect(readdirSync(order.directory)).toEqual([])
  })

  test('kill -9 in the middle, at any moment: remove leaves nothing', async () => {
    const order = newShare((root) => plantMany(root, 3000))
    for (let round = 0; round < 6; round++) {
      const running = spawn(process.execPath, [child, name, order.source, order.directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const closed = once(running, 'close')
      await Promise.race([once(running.stdout, 'data'), closed])
      await sleep(Math.random() * 200)
      running.kill('SIGKILL')
      expect(await closed).toEqual([null, 'SIGKILL'])
      await driver.remove(order)
      expect(readdirSync(order.directory)).toEqual([])
    }
  })

  test('a removal that was ended early goes on', async () => {
    const order = newShare((root) => plantMany(root, 3000))
    await take(order)
    const ending = new AbortController()
    setTimeout(() => ending.abort(new Error('enough')), 10)
    await driver.remove(order, ending.signal).catch((error: unknown) => {
      expect((error as Error).message).toBe('enough')
    })
    await driver.remove(order)
    expect(readdirSync(order.directory)).toEqual([])
  })

  test('another filesystem mounted in the share is left out', async () => {
    const order = newShare((root) => plant(root))
    const mounted = join(order.source, 'a/mounted')
    mkdirSync(mounted)
    const before = describeTree(order.source).length
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mounted])
    try {
      writeFileSync(join(mounted, 'other'), 'other')
      for (const changed of [new Set<number>(), undefined]) {
        const taking = driver.begin(order)
        await taking.prepare()
        await taking.cut(changed && changedWholly(changed))
        const { tree } = await taking.finish()
        expect(describeTree(tree)).toHaveLength(before)
        expect(readdirSync(join(tree, 'a/mounted'))).toEqual([])
        await driver.remove(order)
      }
    } finally {
      execFileSync('umount', [mounted])
    }
  })

  test('usage: what nothing else holds', async () => {
    const order = newShare((root) => writeFileSync(join(root, 'file'), Buffer.alloc(2 ** 20, 'x')))
    syncFilesystem()
    await take(order)
    // A copy by copy_file_range shares where the filesystem can share.
    const own = filesystem === 'ext4' ? 2 ** 20 : 0
    expect(await driver.usage(order)).toBe(own)
    rmSync(join(order.source, 'file'))
    syncFilesystem()
    // btrfs forgets in the background that others held it too.
    for (let i = 0; i < 100 && (await driver.usage(order)) === 0; i++) await sleep(100)
    expect(await driver.usage(order)).toBe(2 ** 20)
  })
})

describe.skipIf(imagesMissing !== undefined)(`which driver a share can have${title}`, () => {
  const images = new Map<Filesystem, LoopImage>()
  beforeAll(() => {
    for (const filesystem of ['xfs', 'btrfs', 'ext4'] as const)
      images.set(filesystem, new LoopImage(filesystem))
  })
  afterAll(() => images.forEach((image) => image.remove()))

  const at = (filesystem: Filesystem, path: string): string => join(images.get(filesystem)!.directory, path)

  test.each([
    ['xfs', 'reflink'],
    ['btrfs', 'reflink'],
    ['ext4', 'copy'],
  ] as const)('a plain directory on %s: %s', async (filesystem, expected) => {
    const [source, directory] = [at(filesystem, 'plain'), at(filesystem, 'for plain')]
    mkdirSync(source)
    mkdirSync(directory)
    expect(await detectDriver(source, directory)).toBe(expected)
    expect([...readdirSync(source), ...readdirSync(directory)]).toEqual([])
  })

  test('a subvolume: btrfs, unless another lies in it or the snapshot would lie elsewhere', async () => {
    const [source, directory] = [at('btrfs', 'subvolume'), at('btrfs', 'for subvolume')]
    execFileSync('btrfs', ['-q', 'subvolume', 'create', source])
    mkdirSync(directory)
    expect(await detectDriver(source, directory)).toBe('btrfs')
    expect(readdirSync(directory)).toEqual([])
    expect(await drivers.btrfs.impossible(source, at('xfs', '.'))).toMatch(/cannot be put into .* \(E/)
    execFileSync('btrfs', ['-q', 'subvolume', 'create', join(source, 'nested')])
    expect(await drivers.btrfs.impossible(source, directory)).toMatch(/other btrfs subvolumes lie in/)
    expect(await detectDriver(source, directory)).toBe('reflink')
  })

  test('the reasons say what is in the way', async () => {
    const [source, directory] = [at('btrfs', 'plain too'), at('btrfs', 'for plain too')]
    mkdirSync(source)
    mkdirSync(directory)
    expect(await drivers.btrfs.impossible(source, directory)).toMatch(
      /plain directory, not a btrfs subvolume of its own/,
    )
    const [ext4, xfs] = [at('ext4', '.'), at('xfs', '.')]
    expect(await drivers.btrfs.impossible(ext4, ext4)).toMatch(/is not on btrfs/)
    expect(await drivers.reflink.impossible(ext4, ext4)).toMatch(/cannot share data .* \(E/)
    expect(await drivers.reflink.impossible(xfs, directory)).toMatch(/cannot share data .* \(EXDEV\)/)
    expect(await drivers.cephfs.impossible(xfs, xfs)).toMatch(/is not on CephFS/)
    expect(await drivers.copy.impossible(xfs, at('xfs', 'missing'))).toMatch(/ENOENT/)
  })
})

/** Numerical Recipes' generator of numbers below `below`. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function plantMany(root: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const directory = join(root, String(i % 10), String(i % 40))
    if (i < 40) mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, `file ${i}`), `content ${i}`)
  }
}

/** An inode map, as a stranger to its writer would read it. */
function readMap(path: string): Map<bigint, { inode: bigint; ctimeNs: bigint }> {
  const bytes = readFileSync(path)
  expect(bytes.toString('latin1', 0, 8)).toBe('BERTHINO')
  expect([bytes.readUInt32LE(8), bytes.readUInt32LE(12), bytes.readBigUInt64LE(24)]).toEqual([1, 32, 0n])
  const count = Number(bytes.readBigUInt64LE(16))
  expect(bytes.length).toBe(32 + count * 32)
  const map = new Map<bigint, { inode: bigint; ctimeNs: bigint }>()
  let last = -1n
  for (let at = 32; at < bytes.length; at += 32) {
    const inode = bytes.readBigUInt64LE(at)
    expect(inode).toBeGreaterThan(last)
    last = inode
    const ctimeNs = bytes.readBigInt64LE(at + 16) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 24))
    map.set(inode, { inode: bytes.readBigUInt64LE(at + 8), ctimeNs })
  }
  return map
}

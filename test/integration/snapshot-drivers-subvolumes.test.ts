import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { takeBack, takeSteps, type FileStep } from '../../src/namespace/file-steps.ts'
import { removeTreesIn } from '../../src/namespace/remove-tree.ts'
import { TemporaryNamespace } from '../unit/namespace/fixture.ts'
import { imagesMissing, LoopImage } from './snapshot-drivers-images.ts'

const removeTree = fileURLToPath(new URL('../../dist/namespace/remove-tree.js', import.meta.url))
const user = 65534
// Not where the project lies in a closed home directory.
const isReachable = spawnSync('test', ['-r', removeTree], { uid: user, gid: user }).status === 0
const title = imagesMissing === undefined ? '' : ` (${imagesMissing})`

describe.skipIf(imagesMissing !== undefined)(`shares of a store on btrfs are subvolumes${title}`, () => {
  let image: LoopImage
  let temporary: TemporaryNamespace
  beforeAll(() => {
    image = new LoopImage('btrfs')
  })
  afterAll(() => image.remove())
  beforeEach(async () => {
    temporary = await TemporaryNamespace.open()
  })
  afterEach(() => temporary.remove())

  const at = (...path: string[]): string => join(image.directory, ...path)
  const isSubvolume = (path: string): boolean => statSync(path).ino === 256
  const btrfs = (...parameters: string[]): void => void execFileSync('btrfs', ['-q', ...parameters])
  const subvolumes = (): string[] =>
    execFileSync('btrfs', ['subvolume', 'list', image.directory], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/.* path /, ''))

  test('from the first on, through moves, deletion and its end, until they are purged', async () => {
    const { namespace } = temporary
    const store = at('store')
    mkdirSync(store)
    await namespace.stores.add({ name: 'fast', directory: store })
    const { id } = await namespace.shares.create({
      path: '/a/b/s',
      store: 'fast',
      directoryMode: 0o2750,
      identity: { squash: 'all', uid: 1234, gid: 2345, gids: [] },
    })
    const root = statSync(join(store, 'a/b/s'))
    expect([root.ino, root.mode & 0o7777, root.uid, root.gid]).toEqual([256, 0o2750, 1234, 2345])
    expect(isSubvolume(join(store, 'a/b'))).toBe(false)
    mkdirSync(join(store, 'a/b/s/d/e'), { recursive: true })
    writeFileSync(join(store, 'a/b/s/d/e/file'), 'content')

    await namespace.nodes.move(namespace.nodes.at('/a').id, '/c/a')
    await namespace.nodes.move(namespace.nodes.at('/c/a/b/s').id, '/t')
    expect(isSubvolume(join(store, 't'))).toBe(true)
    await namespace.shares.delete(id, 'admin:ada')
    expect(isSubvolume(join(store, '.berth/tombstones', String(id), 'data'))).toBe(true)
    await namespace.shares.undelete(id)
    expect(readFileSync(join(store, 't/d/e/file'), 'utf8')).toBe('content')

    await namespace.shares.delete(id, 'admin:ada')
    await namespace.purges.purge(id)
    expect(subvolumes()).toEqual([])
    expect(readdirSync(store)).toEqual(['.berth'])
  })

  test('a step that makes one is taken back, unless something is in it', async () => {
    const steps: FileStep[] = ['one', 'two'].map((path) => ({
      ...{ kind: 'make', store: 'x', path, mode: 0o700, asSubvolume: true },
    }))
    await takeSteps(steps, () => image.directory)
    expect(subvolumes()).toEqual(['one', 'two'])
    writeFileSync(at('two/file'), '')
    await takeBack(steps, () => image.directory)
    expect(subvolumes()).toEqual(['two'])
    btrfs('subvolume', 'delete', at('two'))
    await expect(takeSteps([steps[0]!, steps[0]!], () => image.directory)).rejects.toMatchObject({
      code: 'exists',
    })
    await takeBack([steps[0]!], () => image.directory)
  })

  /** A subvolume with all that can be in its way. */
  function plant(top: string): void {
    mkdirSync(top)
    btrfs('subvolume', 'create', join(top, 'outer'))
    mkdirSync(join(top, 'outer/a/b/c'), { recursive: true })
    writeFileSync(join(top, 'outer/a/b/file'), '')
    writeFileSync(join(top, 'outer/file'), '')
    btrfs('subvolume', 'create', join(top, 'outer/a/b/inner'))
    mkdirSync(join(top, 'outer/a/b/inner/d'))
    writeFileSync(join(top, 'outer/a/b/inner/d/file'), '')
    btrfs('subvolume', 'snapshot', '-r', join(top, 'outer/a/b/inner'), join(top, 'outer/read-only'))
    btrfs('subvolume', 'snapshot', '-r', join(top, 'outer'), join(top, 'outermost'))
  }

  test('subvolumes in subvolumes, read-only ones too, are removed', async () => {
    const top = at('nested')
    plant(top)
    expect(await removeTreesIn(top, new AbortController().signal)).toBe(true)
    expect(readdirSync(top)).toEqual([])
    expect(subvolumes()).toEqual([])
  })

  test.runIf(isReachable)('also by who may not destroy subvolumes', () => {
    const top = at('unprivileged')
    plant(top)
    execFileSync('chown', ['-R', `${user}:${user}`, join(top, 'outer/a'), join(top, 'outer/file')])
    for (const path of [top, join(top, 'outer')]) chownSync(path, user, user)
    btrfs('property', 'set', '-f', join(top, 'outermost'), 'ro', 'false')
    btrfs('property', 'set', '-f', join(top, 'outer/read-only'), 'ro', 'false')
    execFileSync('chown', ['-R', `${user}:${user}`, join(top, 'outermost'), join(top, 'outer/read-only')])
    btrfs('property', 'set', join(top, 'outermost'), 'ro', 'true')
    chmodSync(image.directory, 0o755)
    // Its parents are closed: the work folder is the owner's.
    const script = `
      import { removeTreesIn } from ${JSON.stringify(removeTree)}
      console.log(await removeTreesIn('.', new AbortController().signal))`
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: top,
      uid: user,
      gid: user,
      encoding: 'utf8',
    })
    expect(told).toBe('true\n')
    expect(readdirSync(top)).toEqual([])
    expect(subvolumes()).toEqual([])
  })
})

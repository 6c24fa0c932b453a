import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { native } from '../../../src/native/index.ts'
import { saveCount, type WalkPosition } from '../../../src/usage/position.ts'
import { readCount } from '../../../src/usage/saved-count.ts'
import { ShareWalk, UnreachableError, walkLimitsDefault, type WalkLimits } from '../../../src/usage/walk.ts'
import { recount, useDirectory } from './fixture.ts'

const directory = useDirectory()
const at = (...names: string[]) => join(directory.path, ...names)
const isRoot = process.geteuid!() === 0

/** Makes directories and files of 5,000 bytes: two blocks. */
function make(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(at(path, '..'), { recursive: true })
    if (path.endsWith('/')) mkdirSync(at(path), { recursive: true })
    else writeFileSync(at(path), Buffer.alloc(5000, 1))
  }
}

function walkAll(limits = walkLimitsDefault, from?: WalkPosition, root = directory.path): WalkPosition {
  const walk = new ShareWalk(root, from, limits)
  try {
    for (const step of walk.steps()) expect(step).toMatch(/place|within/)
    return walk.position
  } finally {
    walk.close()
  }
}

/** Walks until it has been between directories `places` times, does something, and walks on. */
function walkWith(places: number, meanwhile: () => void): WalkPosition {
  const walk = new ShareWalk(directory.path)
  try {
    let left = places
    for (const step of walk.steps()) if (step === 'place' && --left === 0) meanwhile()
    expect(left).toBeLessThanOrEqual(0)
    return walk.position
  } finally {
    walk.close()
  }
}

const descriptors = () => readdirSync('/proc/self/fd').length

describe('what is counted', () => {
  test('files, directories, symlinks, FIFOs; the root is none', () => {
    make('a', 'b/c', 'b/d/')
    symlinkSync('/etc', at('link'))
    symlinkSync(at('a'), at('b', 'link'))
    execFileSync('mkfifo', [at('fifo')])
    expect(walkAll()).toMatchObject({ bytes: 2 * 8192, files: 7, entries: 7, missed: 0 })
    expect(recount(directory.path)).toEqual({ bytes: 2 * 8192, files: 7 })
  })

  test('nothing of an empty share', () => {
    expect(walkAll()).toMatchObject({ bytes: 0, files: 0, missed: 0 })
  })

  test('of a sparse file what it occupies, of one with room set aside no more than its size', () => {
    const sparse = openSync(at('sparse'), 'w')
    ftruncateSync(sparse, 2 ** 40)
    closeSync(sparse)
    make('ahead')
    execFileSync('fallocate', ['--keep-size', '--length', '1MiB', at('ahead')])
    expect(statSync(at('ahead')).blocks * 512).toBeGreaterThanOrEqual(1024 * 1024)
    expect(walkAll()).toMatchObject({ bytes: 8192, files: 2 })
  })

  test('a file with several names once, whatever it is', () => {
    make('a/x', 'b/y', 'c')
    symlinkSync('nowhere', at('s'))
    linkSync(at('a/x'), at('b/x'))
    linkSync(at('a/x'), at('a/z'))
    linkSync(at('s'), at('b/s'))
    expect(walkAll()).toMatchObject({ ...recount(directory.path), files: 6, hardLinks: { open: [] } })
  })

  test('names of any bytes', () => {
    const name = (...bytes: number[]) => Buffer.from([...Buffer.from(`${directory.path}/`), ...bytes])
    mkdirSync(name(0xff, 0xfe, 0x0a, 0x22))
    writeFileSync(name(0xff, 0xfe, 0x0a, 0x22, 0x2f, 0x80), 'x')
    mkdirSync(name(0xc3, 0x28))
    writeFileSync(name(0xc3, 0x28, 0x2f, 0x01), 'x')
    expect(walkAll()).toMatchObject({ bytes: 8192, files: 4, missed: 0 })
  })

  test('a tree that is deeper than any path', () => {
    const depth = 200
    const name = Buffer.alloc(255, 'd')
    let fd = openSync(directory.path, constants.O_RDONLY | constants.O_DIRECTORY)
    for (let level = 0; level < depth; level++) {
      expect(native.mkdirAt(fd, name, 0o755)).toBe(0)
      const next = native.openBeneath(fd, name, constants.O_RDONLY | constants.O_DIRECTORY, 0)
      native.close(fd)
      fd = next
    }
    native.close(native.openBeneath(fd, Buffer.from('bottom'), constants.O_CREAT | constants.O_WRONLY, 0o644))
    native.close(fd)
    const before = descriptors()
    expect(walkAll()).toMatchObject({ files: depth + 1, missed: 0 })
    expect(descriptors()).toBe(before)
    const shallow = walkAll({ ...walkLimitsDefault, pathSizeMax: 100 * 256 })
    expect(shallow).toMatchObject({ files: 101, missed: 1 })
    expect(shallow.firstMissed).toMatch(/^ENAMETOOLONG ddd/)
  })
})

describe('what is not entered', () => {
  test.runIf(isRoot)('filesystems mounted in the share, not even the same one once more', () => {
    make('tmpfs/', 'same/', 'file', 'real/x')
    execFileSync('mount', ['-t', 'tmpfs', 'none', at('tmpfs')])
    execFileSync('mount', ['--bind', at('real'), at('same')])
    execFileSync('mount', ['--bind', '/proc/self/status', at('file')])
    try {
      make('tmpfs/inner')
      // Three directories and the two files, of which one is covered.
      expect(walkAll()).toMatchObject({ bytes: 8192, files: 5, missed: 0 })
    } finally {
      for (const name of ['tmpfs', 'same', 'file']) execFileSync('umount', [at(name)])
    }
  })

  test('a directory that has become a symlink meanwhile', () => {
    make('a/', 'b/x', 'b/y/z')
    const found = walkWith(1, () => {
      renameSync(at('b'), `${directory.path}-moved`)
      symlinkSync(`${directory.path}-moved`, at('b'))
    })
    rmSync(`${directory.path}-moved`, { recursive: true })
    expect(found).toMatchObject({ bytes: 0, files: 2, missed: 0 })
  })
})

describe('while others change the share', () => {
  test('what vanishes is not missed', () => {
    make(...['a/1', 'b/2', 'b/c/3', 'b/d/4', 'e/5', 'f/6'])
    const found = walkWith(2, () => {
      rmSync(at('b'), { recursive: true })
      rmSync(at('f'), { recursive: true })
    })
    // The names of b and f were read, and what is in a and e.
    expect(found).toMatchObject({ bytes: 2 * 8192, files: 6, missed: 0 })
  })

  test('files that vanish while their directory is read are not missed', () => {
    make(...Array.from({ length: 50 }, (_, index) => `${index}`))
    const walk = new ShareWalk(directory.path)
    const steps = walk.steps()
    steps.next()
    for (let index = 0; index < 50; index++) rmSync(at(`${index}`))
    while (steps.next().done !== true);
    expect(walk.position).toMatchObject({ files: 1, entries: 50, missed: 0 })
    walk.close()
  })

  test('the share may be moved', () => {
    make('a/1', 'b/2')
    const found = walkWith(1, () => renameSync(directory.path, `${directory.path}-moved`))
    renameSync(`${directory.path}-moved`, directory.path)
    expect(found).toMatchObject(recount(directory.path))
  })
})

test('what may not be read is told, and the rest is counted', () => {
  make('a/1', 'closed/2', 'z/3')
  chmodSync(directory.path, 0o755)
  chmodSync(at('closed'), 0)
  // As a user who owns nothing here. Like all of that, it is about this thread.
  if (isRoot) native.setfsuid(65534)
  try {
    expect(walkAll()).toMatchObject({
      ...{ bytes: 2 * 8192, files: 5, missed: 1, firstMissed: 'EACCES closed' },
    })
  } finally {
    if (isRoot) native.setfsuid(0)
  }
})

test('a share that is not there is told', () => {
  const before = descriptors()
  expect(() => new ShareWalk(at('missing'))).toThrow(UnreachableError)
  expect(() => new ShareWalk(at('missing'))).toThrow(`cannot open ${at('missing')}: ENOENT`)
  expect(descriptors()).toBe(before)
})

test('a count does not look like an access', () => {
  make('a/1')
  utimesSync(at('a'), 1, 1)
  walkAll()
  expect(statSync(at('a')).atimeMs).toBe(1000)
})

describe('a walk that goes on', () => {
  test('does not count again what is counted', () => {
    make('a/1', 'b/c/2', 'b/d/3', 'e/4')
    const walk = new ShareWalk(directory.path)
    const steps = walk.steps()
    while (walk.position.path.join('/') !== 'b/d') expect(steps.next().done).toBe(false)
    const { position } = walk
    walk.close()
    make('a/later', 'b/d/later', 'f/later')
    // Of f, whose name comes after b, the walk learns; not of its name as an entry of the root.
    expect(walkAll(walkLimitsDefault, position)).toMatchObject({ bytes: 6 * 8192, files: 11, missed: 0 })
    expect(recount(directory.path).files).toBe(13)
  })

  test('goes on with what comes next when its place has vanished', () => {
    make('a/1', 'b/c/2', 'b/d/3', 'e/4')
    const walk = new ShareWalk(directory.path)
    const steps = walk.steps()
    while (walk.position.path.join('/') !== 'b/c') steps.next()
    const { position } = walk
    walk.close()
    rmSync(at('b'), { recursive: true })
    expect(walkAll(walkLimitsDefault, position)).toMatchObject({ bytes: 2 * 8192, files: 7, missed: 0 })
  })

  test('begins anew in another directory', () => {
    make('a/1', 'b/2')
    const position = { ...walkAll(), path: ['b'], root: '1', bytes: 12345 }
    expect(walkAll(walkLimitsDefault, position)).toMatchObject(recount(directory.path))
  })

  /** A tree as paths; few names, so that they meet. */
  const paths = fc.array(
    fc.array(fc.constantFrom('a', 'b', '\u00e9', 'a.', 'x'.repeat(100)), { minLength: 1, maxLength: 5 }),
    { maxLength: 25 },
  )

  test('finds the same with any interruptions and any room for names', () => {
    fc.assert(
      fc.property(
        paths,
        fc.array(fc.nat(8), { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (tree, stops, room) => {
          rmSync(at('tree'), { recursive: true, force: true })
          mkdirSync(at('tree'))
          for (const [index, path] of tree.entries()) {
            mkdirSync(at('tree', ...path), { recursive: true })
            writeFileSync(at('tree', ...path, `file${index}`), 'x')
            if (index > 0)
              linkSync(at('tree', ...path, `file${index}`), at('tree', ...tree[index - 1]!, `link${index}`))
          }
          const limits = { ...walkLimitsDefault, namesMax: room }
          let position: WalkPosition | undefined
          for (const places of stops) position = interruptedAt(places, position, limits)
          const found = walkAll(limits, position, at('tree'))
          expect(found).toMatchObject({ ...recount(at('tree')), missed: 0, hardLinks: { open: [] } })
        },
      ),
      { numRuns: 60 },
    )
  })

  /** Walks some directories further, and hands the position on as a file does; undefined at the end of the walk. */
  function interruptedAt(
    places: number,
    from: WalkPosition | undefined,
    limits: WalkLimits,
  ): WalkPosition | undefined {
    const walk = new ShareWalk(at('tree'), from, limits)
    let left = places
    for (const step of walk.steps()) {
      if (step === 'within' || left-- > 0) continue
      saveCount(at('position'), { shareId: 1, startedAt: 1, position: walk.position })
      break
    }
    walk.close()
    if (left >= 0) return undefined
    const saved = readCount(at('position'))
    if (saved === undefined || saved === 'damaged') expect.unreachable('what was saved cannot be read')
    return saved.position
  }
})

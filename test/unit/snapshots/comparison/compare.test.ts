import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ChangeWriter, type Change } from '../../../../src/snapshots/comparison/change.ts'
import { HostWork, steps, work } from './random-work.ts'
import { apply, ChangingTree, compare, described } from './trees.ts'

let tree: ChangingTree
beforeEach(() => (tree = new ChangingTree()))
afterEach(() => tree.remove())

const at = (path: string): string => join(tree.live, path)
const write = (path: string, text = path): void => fs.writeFileSync(at(path), text)
const mib = 1024 * 1024

/** The tree is made, copied, changed, and copied again: what is different then, as lines of JSON, parsed. */
async function changesOf(make: () => void, change: () => void, strayCountMax?: number): Promise<object[]> {
  make()
  const older = await tree.copy()
  // A change in the same tick of the clock has no other ctime; that is another test.
  await new Promise((resolve) => setTimeout(resolve, 30))
  change()
  const newer = await tree.copy()
  const changes = compare(older, newer, strayCountMax === undefined ? {} : { strayCountMax })
  expectApplies(newer.data, changes, tree.again(older))
  return changes.map(shown)
}

function shown(change: Change): object {
  return JSON.parse(new ChangeWriter('ndjson').write(change).toString()) as object
}

function expectApplies(newer: string, changes: readonly Change[], again: string): void {
  apply(again, changes, newer)
  expect(described(again)).toEqual(described(newer))
}

/** Whether a program that sets extended attributes is there (package attr), and a filesystem that has them. */
const setsXattrs = ((): boolean => {
  const directory = fs.mkdtempSync(join(tmpdir(), 'berth-xattr-'))
  const { status } = spawnSync('setfattr', ['-n', 'user.berth', '-v', '1', directory])
  fs.rmdirSync(directory)
  return status === 0
})()

const file = { type: 'file' }
const directory = { type: 'directory' }

describe('each kind of change', () => {
  test('nothing', async () => {
    const make = (): void => {
      fs.mkdirSync(at('d'))
      write('d/a')
      fs.symlinkSync('x', at('s'))
    }
    expect(await changesOf(make, () => {})).toEqual([])
  })

  test('added, directories first; deleted, directories last', async () => {
    const make = (): void => {
      fs.mkdirSync(at('old'))
      write('old/a')
    }
    const change = (): void => {
      fs.mkdirSync(at('new/inner'), { recursive: true })
      write('new/inner/b')
      // Removed now, so that no new inode has the number of an old one.
      fs.rmSync(at('old'), { recursive: true })
    }
    expect(await changesOf(make, change)).toEqual([
      { kind: 'deleted', path: 'old/a', ...file },
      { kind: 'deleted', path: 'old', ...directory },
      { kind: 'added', path: 'new', ...directory },
      { kind: 'added', path: 'new/inner', ...directory },
      { kind: 'added', path: 'new/inner/b', ...file },
    ])
  })

  test('modified, with ranges of 1 MiB', async () => {
    const make = (): void => {
      fs.writeFileSync(at('a'), Buffer.alloc(5 * mib + 10, 1))
    }
    const change = (): void => {
      const fd = fs.openSync(at('a'), 'r+')
      fs.writeSync(fd, 'x', mib)
      fs.writeSync(fd, 'x', 3 * mib - 1)
      fs.writeSync(fd, 'x', 5 * mib + 5)
      fs.closeSync(fd)
    }
    const ranges = [
      { offset: mib, length: 2 * mib },
      { offset: 5 * mib, length: 10 },
    ]
    expect(await changesOf(make, change)).toEqual([
      { kind: 'modified', path: 'a', ...file, size: 5 * mib + 10, ranges },
    ])
  })

  test('a sparse file that grew by a hole and by data, and one cut short', async () => {
    const make = (): void => {
      write('grown', 'x')
      write('cut', 'xyz')
    }
    const change = (): void => {
      fs.truncateSync(at('grown'), 2 ** 30)
      const fd = fs.openSync(at('grown'), 'r+')
      fs.writeSync(fd, 'y', 2 ** 29)
      fs.closeSync(fd)
      fs.truncateSync(at('cut'), 1)
    }
    make()
    const older = await tree.copy()
    change()
    const changes = compare(older, await tree.copy()).map(shown)
    expect(changes).toHaveLength(2)
    expect(changes).toContainEqual({
      ...{ kind: 'modified', path: 'grown', ...file, size: 2 ** 30 },
      ranges: [{ offset: 2 ** 29, length: mib }],
    })
    expect(changes).toContainEqual({ kind: 'modified', path: 'cut', ...file, size: 1, ranges: [] })
  })

  test('metadata of files, directories and the root, and with content', async () => {
    const make = (): void => {
      fs.mkdirSync(at('d'))
      write('a')
      write('b')
    }
    const change = (): void => {
      fs.chmodSync(tree.live, 0o711)
      fs.chmodSync(at('d'), 0o700)
      fs.utimesSync(at('a'), 1, 1)
      fs.chmodSync(at('b'), 0o600)
      write('b', 'other')
    }
    const changes = await changesOf(make, change)
    expect(changes[0]).toEqual({ kind: 'metadata', path: '.', ...directory })
    expect(changes.slice(1).sort(byPath)).toEqual([
      { kind: 'metadata', path: 'a', ...file },
      { kind: 'modified', path: 'b', ...file, size: 5, ranges: [{ offset: 0, length: 5 }], metadata: true },
      { kind: 'metadata', path: 'd', ...directory },
    ])
  })

  test('what is the same on another filesystem is the same, whatever numbers it has there', async () => {
    fs.mkdirSync(at('d'))
    for (const name of ['a', 'd/b', 'd/c', 'kept']) write(name)
    const older = await tree.copy()
    const there = new ChangingTree(tree.again(older))
    // There, these have the numbers of others: they are not renamed.
    for (const name of ['a', 'd/b']) fs.unlinkSync(join(there.live, name))
    for (const name of ['new', 'd/new']) fs.writeFileSync(join(there.live, name), '')
    const newer = await there.copy()
    const changes = compare(older, newer, { isElsewhere: true })
    expectApplies(newer.data, changes, tree.again(older))
    there.remove()
    expect(changes.map(shown).sort(byPath)).toEqual([
      { kind: 'deleted', path: 'a', ...file },
      { kind: 'deleted', path: 'd/b', ...file },
      { kind: 'added', path: 'd/new', ...file },
      { kind: 'added', path: 'new', ...file },
    ])
  })

  test.runIf(setsXattrs)('extended attributes, of whatever changed besides', async () => {
    const set = (name: string, value: string): void =>
      void execFileSync('setfattr', ['-n', 'user.berth', '-v', value, at(name)])
    const make = (): void => {
      for (const name of ['d', 'e']) fs.mkdirSync(at(name))
      for (const name of ['a', 'b', 'c']) write(name)
      for (const name of ['a', 'c', 'e']) set(name, 'one')
    }
    const change = (): void => {
      execFileSync('setfattr', ['-x', 'user.berth', at('a')])
      set('b', 'two')
      write('b', 'other')
      set('c', 'two')
      fs.renameSync(at('c'), at('c2'))
      set('d', 'two')
      // As it was.
      set('e', 'one')
    }
    const changes = await changesOf(make, change)
    expect(changes.sort(byPath)).toEqual([
      { kind: 'metadata', path: 'a', ...file },
      { kind: 'modified', path: 'b', ...file, size: 5, ranges: [{ offset: 0, length: 5 }], metadata: true },
      { kind: 'renamed', path: 'c2', from: 'c', ...file },
      { kind: 'metadata', path: 'c2', ...file },
      { kind: 'metadata', path: 'd', ...directory },
    ])
  })

  test('a symlink with another target, and another type', async () => {
    const make = (): void => {
      fs.symlinkSync('one', at('s'))
      write('t')
    }
    const change = (): void => {
      fs.symlinkSync('two', at('s2'))
      fs.renameSync(at('s2'), at('s'))
      fs.mkdirSync(at('t2'))
      fs.unlinkSync(at('t'))
      fs.renameSync(at('t2'), at('t'))
    }
    expect(await changesOf(make, change)).toEqual([
      { kind: 'modified', path: 's', type: 'symlink' },
      { kind: 'deleted', path: 't', ...file },
      { kind: 'added', path: 't', ...directory },
    ])
  })

  test('renamed, a directory without what is in it, and what changed in there', async () => {
    const make = (): void => {
      fs.mkdirSync(at('d/e'), { recursive: true })
      write('d/same')
      write('d/e/changed')
      write('f')
    }
    const change = (): void => {
      fs.renameSync(at('d'), at('d2'))
      write('d2/e/changed', 'now')
      fs.renameSync(at('f'), at('d2/f2'))
    }
    expect(await changesOf(make, change)).toEqual([
      { kind: 'renamed', path: 'd2', from: 'd', ...directory },
      { kind: 'modified', path: 'd2/e/changed', ...file, size: 3, ranges: [{ offset: 0, length: 3 }] },
      { kind: 'renamed', path: 'd2/f2', from: 'f', ...file },
    ])
  })

  test('what moved from a removed directory into a new one is renamed', async () => {
    const make = (): void => {
      fs.mkdirSync(at('old/sub'), { recursive: true })
      write('old/a')
      write('old/sub/b')
    }
    const change = (): void => {
      fs.mkdirSync(at('new'))
      fs.renameSync(at('old/a'), at('new/a'))
      fs.renameSync(at('old/sub'), at('new/sub'))
      fs.rmdirSync(at('old'))
    }
    expect(await changesOf(make, change)).toEqual([
      { kind: 'renamed', path: 'new/sub', from: 'old/sub', ...directory },
      { kind: 'renamed', path: 'new/a', from: 'old/a', ...file },
      { kind: 'deleted', path: 'old', ...directory },
      { kind: 'added', path: 'new', ...directory },
    ])
  })

  test('a directory and the one in it change places', async () => {
    const make = (): void => {
      fs.mkdirSync(at('a/b'), { recursive: true })
      write('a/in-a')
      write('a/b/in-b')
    }
    const change = (): void => {
      fs.renameSync(at('a/b'), at('b'))
      fs.renameSync(at('a'), at('b/a'))
    }
    expect(await changesOf(make, change)).toEqual([
      { kind: 'renamed', path: 'b', from: 'a/b', ...directory },
      { kind: 'renamed', path: 'b/a', from: 'a', ...directory },
    ])
  })

  test('hard links: another name, and one that is a file of its own now', async () => {
    const make = (): void => {
      write('a')
      write('b')
      fs.linkSync(at('b'), at('c'))
    }
    const change = (): void => {
      fs.linkSync(at('a'), at('z'))
      write('c~', 'b')
      fs.renameSync(at('c~'), at('c'))
    }
    const changes = await changesOf(make, change)
    expect(changes).toContainEqual({ kind: 'added', path: 'z', ...file, linkOf: 'a' })
    expect(changes).toContainEqual({ kind: 'deleted', path: 'c', ...file })
    expect(changes).toContainEqual({ kind: 'added', path: 'c', ...file })
  })

  test('names that are no UTF-8', async () => {
    const name = Buffer.from([0x66, 0xff])
    const older = await tree.copy()
    fs.writeFileSync(Buffer.concat([Buffer.from(`${tree.live}/`), name]), 'x')
    const changes = compare(older, await tree.copy())
    expect(changes.map(shown)).toEqual([
      { kind: 'added', path: 'f\ufffd', pathBase64: name.toString('base64'), ...file },
    ])
    expect(new ChangeWriter('nul').write(changes[0]!)).toEqual(Buffer.from([0x66, 0xff, 0]))
  })
})

test('a file changed in the tick of the cut is found though its ctime says nothing', async () => {
  write('a', 'one')
  const older = await tree.copy()
  write('a', 'two')
  const newer = await tree.copy()
  // As they would be if the clock had not moved on.
  expect(copyCtimes(older.inodeMap, newer.inodeMap)).toBe(2)
  expect(compare(older, newer).map(({ kind }) => kind)).toEqual(['modified'])
  expect(compare(older, newer, { trustedBefore: Infinity })).toEqual([])
})

/** Of the same live objects, from one inode map to another: their number. */
function copyCtimes(from: string, to: string): number {
  const [source, target] = [fs.readFileSync(from), fs.readFileSync(to)]
  let count = 0
  for (const record of recordsOf(target))
    for (const other of recordsOf(source)) {
      if (other.readBigUInt64LE(8) !== record.readBigUInt64LE(8)) continue
      other.copy(record, 16, 16)
      count++
    }
  fs.writeFileSync(to, target)
  return count
}

function recordsOf(map: Buffer): Buffer[] {
  return Array.from({ length: Number(map.readBigUInt64LE(16)) }, (_, at) =>
    map.subarray(32 + at * 32, 64 + at * 32),
  )
}

function byPath(a: object, b: object): number {
  return (a as { path: string }).path < (b as { path: string }).path ? -1 : 1
}

test('the paths to be looked at: nothing deleted, and none twice in a row', async () => {
  write('a')
  write('b')
  const older = await tree.copy()
  fs.renameSync(at('a'), at('c'))
  write('c', 'changed')
  fs.unlinkSync(at('b'))
  const changes = compare(older, await tree.copy())
  expect(changes.map(({ kind }) => kind)).toEqual(['renamed', 'modified', 'deleted'])
  const writer = new ChangeWriter('nul')
  expect(Buffer.concat(changes.map((change) => writer.write(change))).toString()).toBe('c\0')
})

test.each([
  ['with room for all', undefined],
  ['with room for few strays', 3],
])(
  'whatever is done to a tree, the changes make the older one the newer one, %s',
  async (_, strayCountMax) => {
    const kinds = new Set<string>()
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, after) => {
        const random = new ChangingTree()
        const host = new HostWork(random.live)
        try {
          for (const step of before) await work(host, step)
          const older = await random.copy()
          for (const step of after) await work(host, step)
          const newer = await random.copy()
          const changes = compare(older, newer, strayCountMax === undefined ? {} : { strayCountMax })
          for (const { kind } of changes) kinds.add(kind)
          expectTrue(changes, described(older.data), described(newer.data))
          expectApplies(newer.data, changes, random.again(older))
        } finally {
          random.remove()
        }
      }),
      { numRuns: 60 },
    )
    expect([...kinds].sort()).toEqual(['added', 'deleted', 'metadata', 'modified', 'renamed'])
  },
  60_000,
)

/** What is told of is there, and what is told of as renamed is not as it was. */
function expectTrue(
  changes: readonly Change[],
  older: Record<string, string>,
  newer: Record<string, string>,
): void {
  for (const change of changes) {
    const path = change.path.toString()
    if (change.kind === 'deleted') expect(older).toHaveProperty([path])
    else expect(newer).toHaveProperty([path])
    if (change.kind === 'renamed') {
      expect(older).toHaveProperty([change.from!.toString()])
      expect(older[path] === newer[path], `${path} is as it was`).toBe(false)
    }
  }
}

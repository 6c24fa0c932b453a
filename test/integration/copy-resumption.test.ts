import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyFileBy, copyRangesBy } from '../../dist/snapshots/drivers/contents.js'
import { copyLogName, recordsIn, summaryOf } from '../../dist/snapshots/drivers/copy-log.js'
import { TreeCopy } from '../../dist/snapshots/drivers/tree-copy.js'
import { describeTree } from './snapshot-drivers-tree.ts'

const child = fileURLToPath(new URL('copy-resumption-child.mjs', import.meta.url))
const mib = 1024 * 1024

let work: string
let source: string
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'berth-resumption-'))
  source = join(work, 'source')
  for (const directory of ['a/b', 'c']) mkdirSync(join(source, directory), { recursive: true })
  // Larger than what is copied at once.
  writeFileSync(join(source, 'a/large'), Buffer.alloc(9 * mib, 'l'))
  for (const [at, path] of ['a/1', 'a/b/2', 'c/3', 'c/4', 'changed'].entries())
    writeFileSync(join(source, path), Buffer.alloc((at + 1) * 10_000, String(at)))
  writeFileSync(join(source, 'a/gone'), 'gone')
  linkSync(join(source, 'c/3'), join(source, 'a/b/linked'))
  symlinkSync('a/1', join(source, 'symlink'))
  // What changed just before is copied again for want of finer clocks.
  await sleep(100)
})
afterEach(() => rmSync(work, { recursive: true }))

function filesOf(root: string): Map<number, number> {
  const sizes = new Map<number, number>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const { ino, size } = lstatSync(join(entry.parentPath, entry.name))
    if (entry.isFile()) sizes.set(ino, size)
  }
  return sizes
}

/** Bytes of files that the log has, by inode number of the live file; the last record of a copy counts. */
function loggedIn(directory: string): Set<number> {
  const byCopy = new Map<string, number>()
  const path = join(directory, copyLogName)
  if (existsSync(path))
    for (const record of recordsIn(path))
      byCopy.set(`${record.copyHigh}.${record.copyLow}`, record.liveHigh * 2 ** 32 + record.liveLow)
  return new Set(byCopy.values())
}

/** Reading changes atimes here. */
const describe = (root: string) => describeTree(root).map((line) => line.replace(/ atime \d+/, ''))

/** Goes on with a copy to its end. Answers how many bytes of data were copied. */
async function goOn(directory: string): Promise<number> {
  let bytes = 0
  const onPiece = (count: number): void => {
    bytes += count
  }
  const copy = new TreeCopy({
    ...{ source, directory, isResumable: true, breath: () => {} },
    ...{ copyFile: copyFileBy(onPiece), copyRanges: copyRangesBy(onPiece) },
  })
  if (copy.hasBegun) await copy.goOn()
  else copy.prepare()
  copy.cut(undefined)
  const taken = await copy.finish()
  copy.close()
  expect(describe(taken.tree)).toEqual(describe(source))
  expect(readdirSync(directory).sort()).toEqual(['data', 'inodes'])
  return bytes
}

test(
  'kill -9 at each step: whoever goes on copies the rest, and what has changed, and nothing else',
  { timeout: 300_000 },
  async () => {
    let isDone = false
    for (let step = 1; !isDone; step++) {
      const directory = join(work, `copy-${step}`)
      mkdirSync(directory)
      const { stdout, signal } = spawnSync(
        process.execPath,
        [child, source, directory, 'copy', String(step)],
        {
          encoding: 'utf8',
        },
      )
      isDone = stdout === 'done\n'
      expect(signal).toBe(isDone ? null : 'SIGKILL')
      const logged = loggedIn(directory)

      appendFileSync(join(source, 'changed'), 'more')
      const [from, to] = step % 2 === 1 ? ['c', 'moved'] : ['moved', 'c']
      renameSync(join(source, from), join(source, to))
      rmSync(join(source, 'a/gone'), { force: true })
      await sleep(50)
      const changed = lstatSync(join(source, 'changed')).ino
      const files = filesOf(source)
      const rest = [...files].filter(([inode]) => inode === changed || !logged.has(inode))
      const expected = rest.reduce((sum, [, size]) => sum + size, 0)
      expect(await goOn(directory), `step ${step}`).toBe(expected)
      if (isDone) expect(rest).toHaveLength(1)
      rmSync(directory, { recursive: true })
      writeFileSync(join(source, 'a/gone'), 'gone')
      await sleep(50)
    }
  },
)

test('a log that a crash has cut, or spoilt, counts up to there; other copies are not believed', async () => {
  const directory = join(work, 'copy')
  mkdirSync(directory)
  spawnSync(process.execPath, [child, source, directory, 'copy', '1000000'])
  const log = join(directory, copyLogName)
  const summary = await summaryOf(log)
  expect(summary).toMatchObject({ bytes: 9 * mib + 150_000 + 4 })
  truncateSync(log, 64 + 64 * (summary!.files - 1) + 10)
  // A copy that somebody has written to since.
  writeFileSync(join(directory, 'data/a/large'), Buffer.alloc(9 * mib, 'l'))
  const bytes = await goOn(directory)
  expect(bytes).toBeGreaterThanOrEqual(9 * mib)
  expect(bytes).toBeLessThan(9 * mib + 150_000)
})

test('a directory that is no log, or an empty one, is begun anew', async () => {
  for (const content of ['', 'something else, and longer than the header of a log is, which has 64 bytes']) {
    const directory = join(work, `copy-${content.length}`)
    mkdirSync(join(directory, 'data/strange'), { recursive: true })
    writeFileSync(join(directory, copyLogName), content)
    writeFileSync(join(directory, 'data/a'), 'strange')
    expect(await summaryOf(join(directory, copyLogName))).toBeUndefined()
    expect(await goOn(directory)).toBe(9 * mib + 150_000 + 4)
  }
})

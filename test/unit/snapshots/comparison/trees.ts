import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from '../../../../src/snapshots/comparison/change.ts'
import { Candidates } from '../../../../src/snapshots/comparison/candidates.ts'
import { changesBetween, type ComparisonOptions } from '../../../../src/snapshots/comparison/compare.ts'
import { JournalWriter } from '../../../../src/snapshots/comparison/journal-writer.ts'
import { Tree } from '../../../../src/snapshots/comparison/tree.ts'
import { copyFileBy, copyRangesBy } from '../../../../src/snapshots/drivers/contents.ts'
import { TreeCopy } from '../../../../src/snapshots/drivers/tree-copy.ts'

/** A copy of a tree, as the driver `copy` makes it. */
export interface Copied {
  readonly data: string
  readonly inodeMap: string
  /** Milliseconds since 1970. */
  readonly cutAt: number
}

/** A directory that changes, and copies of what it was. */
export class ChangingTree {
  readonly directory = fs.mkdtempSync(join(tmpdir(), 'berth-comparison-'))
  readonly live: string
  #copies = 0

  /** Default: one of its own. */
  constructor(live?: string) {
    this.live = live ?? join(this.directory, 'live')
    if (live === undefined) fs.mkdirSync(this.live)
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true })
  }

  async copy(): Promise<Copied> {
    const directory = join(this.directory, `copy${++this.#copies}`)
    fs.mkdirSync(directory)
    const source = this.live
    const copy = new TreeCopy({
      source,
      directory,
      copyFile: copyFileBy(() => {}),
      copyRanges: copyRangesBy(() => {}),
      breath: () => {},
    })
    copy.prepare()
    const cutAt = Date.now()
    copy.cut(new Float64Array())
    const { tree, inodeMap } = await copy.finish()
    copy.close()
    return { data: tree, inodeMap: inodeMap!, cutAt }
  }

  /** A second tree as one of the copies, to be changed. */
  again({ data }: Copied): string {
    const to = join(this.directory, `again${++this.#copies}`)
    execFileSync('cp', ['-a', data, to])
    return to
  }
}

/** A tick of the clock that ctimes are taken from, twice. */
const youngMs = 20

export function compare(
  older: Copied,
  newer: Copied,
  options: Parameters<typeof compareWith>[2] = {},
): Change[] {
  return compareWith(older, newer, options).changes
}

/** What is different, and the journal of it. */
export function compareWith(
  older: Copied,
  newer: Copied,
  {
    journal,
    isElsewhere = false,
    ...options
  }: Partial<ComparisonOptions> & {
    readonly journal?: readonly Uint8Array[]
    readonly isElsewhere?: boolean
  },
): { changes: Change[]; found: Buffer } {
  const open = ({ data: tree, inodeMap }: Copied, isElsewhere = false): Tree =>
    new Tree({ tree, inodeMap, inodeHighMask: 0xffffffff, isElsewhere })
  const trees = [open(older, isElsewhere), open(newer)] as const
  const trustedBefore = Math.min(older.cutAt, newer.cutAt) - youngMs
  const candidates = journal && { candidates: Candidates.of(journal, trees[1], () => {}) }
  const writer = new JournalWriter(...trees, 1)
  try {
    const onReplaced: ComparisonOptions['onReplaced'] = (was, is) => writer.addReplaced(was, is)
    const changes = [...changesBetween(...trees, { trustedBefore, onReplaced, ...options, ...candidates })]
    for (const change of changes) writer.add(change)
    return { changes, found: writer.entries }
  } finally {
    for (const tree of trees) tree.close()
  }
}

/** All that a tree is, by path: what has several names has the first of them in each. */
export function described(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  const firstNames = new Map<number, string>()
  const visit = (path: string): void => {
    const at = join(root, path)
    const stat = fs.lstatSync(at)
    const owner = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`
    if (stat.isDirectory()) {
      found[path] = owner
      for (const name of fs.readdirSync(at).sort()) visit(path === '.' ? name : `${path}/${name}`)
      return
    }
    const first = firstNames.get(stat.ino) ?? path
    firstNames.set(stat.ino, first)
    const content = stat.isFile()
      ? fs.readFileSync(at).toString('latin1')
      : stat.isSymbolicLink()
        ? fs.readlinkSync(at)
        : ''
    found[path] = `${owner} ${stat.mtimeMs} ${first} ${content}`
  }
  visit('.')
  return found
}

/**
 * Makes a tree what another is, by nothing but changes. Strict: a directory is removed only when it is empty, and nothing is
 * replaced.
 */
export function apply(root: string, changes: readonly Change[], newer: string): void {
  const at = (path: Buffer): string => join(root, path.toString())
  const from = (path: Buffer): string => join(newer, path.toString())
  const limbo = `${root}.limbo`
  fs.mkdirSync(limbo)
  const taken = changes.flatMap((change, index) =>
    change.kind === 'renamed' || change.kind === 'deleted'
      ? [{ change, index, path: (change.from ?? change.path).toString() }]
      : [],
  )
  for (const { change, index, path } of taken.sort((a, b) => depth(b.path) - depth(a.path))) {
    if (change.kind === 'renamed') fs.renameSync(join(root, path), join(limbo, String(index)))
    else if (change.type === 'directory') fs.rmdirSync(join(root, path))
    else fs.unlinkSync(join(root, path))
  }
  const put = changes.flatMap((change, index) =>
    change.kind === 'renamed' || change.kind === 'added'
      ? [{ change, index, path: change.path.toString() }]
      : [],
  )
  const links: Change[] = []
  for (const { change, index, path } of put.sort((a, b) => depth(a.path) - depth(b.path))) {
    if (fs.lstatSync(join(root, path), { throwIfNoEntry: false })) throw new Error(`${path} is there`)
    if (change.kind === 'renamed') fs.renameSync(join(limbo, String(index)), join(root, path))
    else if (change.linkOf !== undefined) links.push(change)
    else if (change.type === 'directory') fs.mkdirSync(join(root, path))
    else execFileSync('cp', ['-a', join(newer, path), join(root, path)])
    if (change.type === 'directory' && change.kind === 'added') copyOwner(from(change.path), join(root, path))
  }
  for (const { path, linkOf } of links) fs.linkSync(at(linkOf!), at(path))
  for (const change of changes) {
    if (change.kind === 'modified') modify(at(change.path), from(change.path), change)
    if (change.kind === 'metadata' || change.metadata === true) copyOwner(from(change.path), at(change.path))
    // A renamed file keeps its mtime; what is modified has another.
    if (change.kind === 'modified' || (change.kind === 'metadata' && change.type !== 'directory'))
      execFileSync('touch', ['-h', '-r', from(change.path), at(change.path)])
  }
  fs.rmdirSync(limbo)
}

function depth(path: string): number {
  return path.split('/').length
}

function copyOwner(from: string, to: string): void {
  const stat = fs.lstatSync(from)
  fs.lchownSync(to, stat.uid, stat.gid)
  if (!stat.isSymbolicLink()) fs.chmodSync(to, stat.mode & 0o7777)
}

function modify(to: string, from: string, { type, ranges, size }: Change): void {
  if (type !== 'file') {
    fs.unlinkSync(to)
    execFileSync('cp', ['-a', from, to])
    return
  }
  fs.truncateSync(to, size)
  const [source, target] = [fs.openSync(from, 'r'), fs.openSync(to, 'r+')]
  for (const { offset, length } of ranges!) {
    const piece = Buffer.alloc(length)
    fs.readSync(source, piece, 0, length, offset)
    fs.writeSync(target, piece, 0, length, offset)
  }
  fs.closeSync(source)
  fs.closeSync(target)
}

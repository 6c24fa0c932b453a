import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { ServiceError } from '../../config/service-error.ts'
import { native } from '../../native/index.ts'
import { none } from '../drivers/places.ts'
import { isGone, openDirectory, openPath, openRoot, require } from '../drivers/tree-pair.ts'
import { shown } from '../../service/shown.ts'
import { copyBest } from './contents.ts'
import { Maker } from './maker.ts'
import type { RestoreOrder } from './messages.ts'
import { Original } from './original.ts'
import { Tally, type RestoreReport } from './report.ts'
import { look, type InodeBits, type Seen } from './seen.ts'
import { makeStaging, openShare, removeStaging } from './staging.ts'
import { TreeRestore, type TreeRestoreOptions } from './tree-restore.ts'

const { S_IFDIR } = constants
const isRoot = process.geteuid!() === 0
const { ELOOP, ENOTDIR } = osConstants.errno
const nothing = Buffer.alloc(0)
/** Of a directory that is made aside: files are called by numbers there. */
const newName = Buffer.from('new')
/** Names that are tried for what goes beside something. */
const besideTriesMax = 10_000
/** Bytes of a name in a directory. */
const nameSizeMax = 255

/** One restore. Long, and but for its begin and end synchronous: for a thread of its own. */
export class RestoreWork {
  readonly tally = new Tally()
  readonly #order: RestoreOrder
  readonly #breath: () => void
  readonly #source: number
  readonly #target: number
  readonly #original: Original
  readonly #bits: InodeBits
  #staging = none

  /** `breath` may throw to end it. */
  constructor(order: RestoreOrder, breath: () => void) {
    this.#order = order
    this.#breath = breath
    this.#bits = { highMask: order.inodeHighMask }
    this.#source = openRoot(order.source)
    this.#target = openShare(order.target)
    this.#original = new Original(order.inodeMap, this.#bits)
  }

  /** On the disk when it resolves. @throws {ServiceError} for what is refused before anything is changed */
  async run(): Promise<RestoreReport> {
    const { isDryRun, isPrivate, from, to } = this.#order
    try {
      if (!isDryRun && !isPrivate) this.#staging = await makeStaging(this.#target)
      const isWhole = from.length + to.length === 0
      const reached = isWhole ? this.#all() : this.#part()
      await this.#removeStaging()
      // Without a trace of what was in the root meanwhile.
      if (isWhole && !isDryRun)
        require(native.copyAttributes(this.#source, this.#target, 0), 'give its attributes to', () =>
          'the root')
      if (!isDryRun) require(native.syncfs(this.#target), 'sync', () => 'the share')
      const { counts, paths } = this.tally
      return { counts: { ...counts }, paths, to: reached.join('/') }
    } finally {
      await this.#removeStaging()
      this.#original.close()
      native.close(this.#source)
      native.close(this.#target)
    }
  }

  async #removeStaging(): Promise<void> {
    if (this.#staging === none) return
    native.close(this.#staging)
    this.#staging = none
    await removeStaging(this.#target)
  }

  #all(): string[] {
    const work = this.#tree({ staging: this.#staging, isWhole: true, path: [] })
    work.run(this.#source, this.#target)
    work.finish(this.#source, this.#target)
    return []
  }

  /** Answers where it went. */
  #part(): string[] {
    const { from, to, onConflict, isDryRun } = this.#order
    const wanted = this.#wanted()
    if (to.length === 0) throw conflict('the root of a share stays: name what within it is to be restored')
    const parents = to.slice(0, -1)
    const parent = this.#openParents(parents)
    const source = require(openPath(this.#source, bytesOf(from.slice(0, -1))), 'open', () => from.join('/'))
    try {
      let toName = to.at(-1)!
      let there = parent === none ? undefined : this.#look(parent, toName)
      if (there !== undefined && onConflict === 'fail')
        throw new ServiceError(
          'exists',
          `${shown(to.join('/'))} is there already: have it replaced, or go beside it`,
        )
      if (there !== undefined && onConflict === 'beside') {
        toName = this.#freeName(parent, toName)
        there = undefined
      }
      const path = [...parents, toName]
      if (wanted.kind === S_IFDIR) this.#directory(parent, toName, there, path)
      else if (parent === none && isDryRun) this.tally.note('added', () => path.join('/'))
      else
        this.#tree({ staging: this.#staging, isWhole: false, path: parents }).file(
          source,
          Buffer.from(from.at(-1)!),
          parent,
          Buffer.from(toName),
        )
      return path
    } finally {
      native.close(source)
      if (parent !== none) native.close(parent)
    }
  }

  #directory(parent: number, toName: string, there: Seen | undefined, path: readonly string[]): void {
    const { from, isDryRun } = this.#order
    const source = require(openPath(this.#source, bytesOf(from)), 'open', () => from.join('/'))
    const name = Buffer.from(toName)
    const isMerged = there?.kind === S_IFDIR
    let live = none
    try {
      if (!isMerged) this.tally.note(there === undefined ? 'added' : 'replaced', () => path.join('/'))
      if (isMerged) live = require(openDirectory(parent, name), 'open', () => path.join('/'))
      else if (!isDryRun) live = this.#makeAside()
      // What is new is seen when it is whole.
      const staging = isMerged ? this.#staging : none
      const work = this.#tree({ staging, isWhole: false, path })
      work.run(source, live)
      work.finish(source, live)
      if (isMerged || isDryRun) return
      const maker = new Maker({ bits: this.#bits, copyFile: copyBest(() => {}), staging: this.#staging })
      this.#place(live, source, path, () => {
        if (!maker.moveIn(newName, parent, name, there))
          throw conflict(`${shown(path.join('/'))} was taken away meanwhile`)
      })
    } finally {
      native.close(source)
      if (live !== none) native.close(live)
    }
  }

  /** Has `move` give a directory its place that was made aside: who sees it, sees it whole. */
  #place(live: number, source: number, path: readonly string[], move: () => void): void {
    // Without root, its owner needs leave to write a directory that is moved, as its `..` changes.
    if (!isRoot) native.chmod(live, 0o700)
    move()
    if (!isRoot)
      require(native.copyAttributes(source, live, 0), 'give its attributes to', () => path.join('/'))
  }

  /** An empty directory. */
  #makeAside(): number {
    require(native.mkdirAt(this.#staging, newName, 0o700), 'make', () => newName.toString())
    return require(openDirectory(this.#staging, newName), 'open', () => newName.toString())
  }

  #tree(given: Pick<TreeRestoreOptions, 'staging' | 'isWhole' | 'path'>): TreeRestore {
    const { cutAt, onConflict, isDryRun } = this.#order
    const { tally } = this
    const copyFile = copyBest((bytes) => {
      tally.counts.bytes += bytes
      this.#breath()
    })
    return new TreeRestore({
      ...given,
      ...{ original: this.#original, bits: this.#bits, copyFile, tally, cutAt, isDryRun },
      keepsExtras: onConflict === 'merge',
      breath: this.#breath,
    })
  }

  /** @throws {ServiceError} `not-found` */
  #wanted(): Seen {
    const { from } = this.#order
    const fd = openPath(this.#source, bytesOf(from.slice(0, -1)))
    const name = from.length === 0 ? nothing : Buffer.from(from.at(-1)!)
    const seen = fd < 0 ? undefined : look(fd, name, 0, this.#bits)
    if (fd >= 0) native.close(fd)
    if (fd < 0 && !isGone(fd)) require(fd, 'open', () => from.join('/'))
    if (seen === undefined)
      throw new ServiceError('not-found', `there is no ${shown(from.join('/'))} in the snapshot`)
    return seen
  }

  /**
   * The directory that it goes into. Where that is missing, it is made as it is in the snapshot, if it is there.
   * {@link none}: in a dry run, it would be made. @throws {ServiceError} `not-found` or `conflict`
   */
  #openParents(names: readonly string[]): number {
    let fd = require(native.duplicate(this.#target), 'open', () => 'the share')
    for (const [depth, text] of names.entries()) {
      const name = Buffer.from(text)
      const path = () => shown(names.slice(0, depth + 1).join('/'))
      let next = openDirectory(fd, name)
      if (isGone(next) && this.#look(fd, text) === undefined) {
        const isSame = names.every((one, at) => this.#order.from[at] === one)
        if (!isSame)
          throw closing(fd, new ServiceError('not-found', `there is no directory ${path()}: make it first`))
        if (this.#order.isDryRun) {
          native.close(fd)
          return none
        }
        next = this.#makeParent(fd, names.slice(0, depth + 1))
        this.tally.note('added', () => names.slice(0, depth + 1).join('/'))
      }
      if (next === -ELOOP || next === -ENOTDIR) throw closing(fd, conflict(`${path()} is no directory`))
      native.close(fd)
      fd = require(next, 'open', path)
    }
    return fd
  }

  /** Makes a directory in an open one as it is in the snapshot, but for what is in it. Answers it opened. */
  #makeParent(fd: number, names: readonly string[]): number {
    const path = () => shown(names.join('/'))
    const model = require(openPath(this.#source, bytesOf(names)), 'open', path)
    try {
      const made = this.#makeAside()
      require(native.copyAttributes(model, made, 0), 'give its attributes to', path)
      this.#place(made, model, names, () =>
        require(native.renameAt(this.#staging, newName, fd, Buffer.from(names.at(-1)!)), 'make', path),
      )
      return made
    } finally {
      native.close(model)
    }
  }

  #freeName(parent: number, name: string): string {
    for (let count = 1; count <= besideTriesMax; count++) {
      const suffix = this.#order.besideSuffix + (count === 1 ? '' : `-${count}`)
      const free = name + suffix
      if (Buffer.byteLength(free) > nameSizeMax)
        throw conflict(`${shown(free)} is too long for a name: name another`)
      if (this.#look(parent, free) === undefined) return free
    }
    throw conflict(`there are ${besideTriesMax} beside ${shown(name)} already`)
  }

  #look(dirfd: number, name: string): Seen | undefined {
    return look(dirfd, Buffer.from(name), 1, this.#bits)
  }
}

function bytesOf(names: readonly string[]): Buffer[] {
  return names.map((name) => Buffer.from(name))
}

function conflict(message: string): ServiceError {
  return new ServiceError('conflict', message)
}

function closing<T>(fd: number, error: T): T {
  native.close(fd)
  return error
}

import { existsSync, mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeList } from '../../filesystem/change-list.ts'
import { native } from '../../native/index.ts'
import { removeTreesIn } from '../../namespace/remove-tree.ts'
import type { CopyFile, CopyRanges } from './contents.ts'
import { CopyLog, copyLogName, createCopyLog, recordsIn } from './copy-log.ts'
import type { Taken } from './driver.ts'
import { writeInodeMap } from './inode-map.ts'
import { limboObject, Mark, ObjectTable, rootObject } from './object-table.ts'
import { none } from './places.ts'
import { Resumption } from './resumption.ts'
import { TreeCopier, type OnKnown } from './tree-copier.ts'
import { TreeCut } from './tree-cut.ts'
import { dataName, limboName, openRoot, require, TreePair } from './tree-pair.ts'

export interface TreeCopyOptions {
  readonly source: string
  readonly directory: string
  /** Where in `directory` what has no name at the moment waits; default {@link limboName}. */
  readonly limbo?: string
  readonly copyFile: CopyFile
  readonly copyRanges: CopyRanges
  /** Called for each object, with how far it has come; may throw to end it. */
  readonly breath: (files: number) => void
  /** Whether it is noted what has been copied, so that another can go on with it. */
  readonly isResumable?: boolean
  /** How long what was copied may wait to be brought to the disk for that, in ms. */
  readonly settleEveryMs?: number
}

/** The inode map's name in a snapshot's directory. */
export const inodeMapName = 'inodes'

/** A snapshot that is a copy, object by object. Synchronous and long: for a thread of its own. */
export class TreeCopy {
  readonly table = new ObjectTable()
  readonly pair: TreePair
  readonly #directory: string
  readonly #limbo: string
  readonly #copier: TreeCopier
  readonly #breath: () => void
  readonly #settleEveryMs: number | undefined
  /** Whether an earlier run has left a part of it that can be gone on with. */
  readonly hasBegun: boolean
  #log: CopyLog | undefined
  #isNoting = true

  /**
   * Begins: `directory` is empty, but for an empty root of the copy that may be there, or for what an earlier one has left
   * that was resumable.
   */
  constructor({ source, directory, limbo = limboName, isResumable = false, ...ways }: TreeCopyOptions) {
    this.#directory = directory
    this.#limbo = join(directory, limbo)
    mkdirSync(join(directory, dataName), { mode: 0o700, recursive: true })
    mkdirSync(this.#limbo, { mode: 0o700, recursive: isResumable })
    this.pair = new TreePair(this.table, source, directory, this.#limbo)
    const { table } = this
    this.#breath = () => ways.breath(table.count)
    this.#copier = new TreeCopier({
      ...{ ...ways, pair: this.pair, breath: this.#breath },
      onCopied: isResumable ? (object) => this.#isNoting && this.#log?.add(table, object) : undefined,
    })
    this.#settleEveryMs = ways.settleEveryMs
    this.hasBegun = isResumable && existsSync(join(directory, copyLogName))
    if (!isResumable || this.hasBegun) return
    createCopyLog(join(directory, copyLogName))
    this.#openLog(0)
  }

  prepare(): void {
    this.#copier.walk(rootObject, this.#onKnown)
  }

  /** In place of {@link prepare}, where an earlier run has begun: what that copied, and is as it was, is not copied again. */
  async goOn(): Promise<void> {
    this.#openLog(new Resumption(this.pair, this.#breath).run(recordsIn(join(this.#directory, copyLogName))))
    await this.emptyLimbo()
    // As if all had been copied at once, and then anything changed.
    new TreeCut(this.pair, this.#copier).run(undefined)
  }

  /** How many bytes of data were copied, for the log. */
  copied(bytes: number): void {
    this.#log?.copied(bytes)
  }

  /** Ends it so that another can go on with it. */
  pause(): void {
    this.#log?.settle()
    this.close()
  }

  #openLog(bytes: number): void {
    const path = join(this.#directory, copyLogName)
    this.#log = new CopyLog(path, () => this.#sync(), bytes, this.#settleEveryMs)
  }

  /** As a cut while others go on. What is synced here need not be when they wait. */
  catchUp(changed: ChangeList | undefined): void {
    new TreeCut(this.pair, this.#copier).run(changed)
    this.#sync()
  }

  cut(changed: ChangeList | undefined): void {
    // It would bring to the disk what was copied, while others wait.
    this.#isNoting = false
    new TreeCut(this.pair, this.#copier).run(changed)
  }

  async finish(): Promise<Taken> {
    await this.removeLimbo()
    const living = this.living()
    const inodeMap = join(this.#directory, inodeMapName)
    // It is a snapshot from here on, and none that could be gone on with.
    if (this.#log !== undefined) unlinkSync(join(this.#directory, copyLogName))
    writeInodeMap(inodeMap, this.table, living)
    this.#sync()
    const bytes = living.reduce((sum, object) => sum + this.table.size(object), 0)
    const { leavesOut } = this.#copier
    return { files: living.length, bytes, tree: join(this.#directory, dataName), inodeMap, leavesOut }
  }

  /** Gives the copy of the root the attributes that it had before something was done in it. */
  settleRoot(): void {
    const [live, copy] = [this.pair.openLive(rootObject), this.pair.openCopy(rootObject)]
    this.#copier.attributes(rootObject, live, copy)
    native.close(live)
    native.close(copy)
  }

  close(): void {
    this.#log?.close()
    this.pair.close()
  }

  /**
   * A directory that is met again was moved meanwhile: it stays where it is, until the cut finds it. So does the content
   * of a file that changed.
   */
  readonly #onKnown: OnKnown = (object, directory, copy, name) => {
    if (this.table.isDirectory(object)) {
      this.table.mark(directory, Mark.TORN)
      return
    }
    if (!this.table.isAsCopied(object, 0)) this.table.mark(object, Mark.TORN)
    this.#copier.link(object, directory, copy, name)
  }

  #sync(): void {
    const fd = openRoot(this.#directory)
    const synced = native.syncfs(fd)
    native.close(fd)
    require(synced, 'sync', () => this.#directory)
  }

  /** Removes what has no name any more: those objects are dead, and met again they are others. */
  async emptyLimbo(): Promise<void> {
    if (readdirSync(this.#limbo).length === 0) return
    const living = new Uint8Array(this.table.count)
    for (const object of this.living()) living[object] = 1
    for (let object = 0; object < living.length; object++)
      if (living[object] === 0 && this.#isInLimbo(object)) this.table.end(object)
    await removeTreesIn(this.#limbo, new AbortController().signal)
    for (const name of readdirSync(this.#limbo)) unlinkSync(join(this.#limbo, name))
  }

  /** The end: nothing can be cut any more. */
  async removeLimbo(): Promise<void> {
    await this.emptyLimbo()
    rmdirSync(this.#limbo)
  }

  /** The objects that can be reached from the root, by ascending inode number of the copy. */
  living(): Uint32Array {
    const table = this.table
    // 0: not known yet, 1: living, 2: gone.
    const states = new Uint8Array(table.count)
    states[rootObject] = 1
    states[limboObject] = 2
    let count = 0
    for (let object = 0; object < table.count; object++) {
      if (this.#isLiving(object, states)) count++
    }
    const living = new Uint32Array(count)
    for (let object = 0, at = 0; object < table.count; object++)
      if (states[object] === 1) living[at++] = object
    return living.sort((a, b) => table.compareCopies(a, b))
  }

  /** Whether its copy is in the limbo, or nowhere. */
  #isInLimbo(object: number): boolean {
    const { table } = this
    if (object === limboObject) return false
    let at = object
    while (at !== limboObject && at !== rootObject) {
      const place = table.firstPlace(at)
      if (place === none) return true
      at = table.places.directory(place)
    }
    return at === limboObject
  }

  #isLiving(object: number, states: Uint8Array): boolean {
    if (states[object] === 0) {
      const table = this.table
      let isLiving = false
      if (!table.has(object, Mark.DEAD))
        for (
          let place = table.firstPlace(object);
          place !== none && !isLiving;
          place = table.places.next(place)
        )
          isLiving = this.#isDirectoryLiving(table.places.directory(place), states)
      states[object] = isLiving ? 1 : 2
    }
    return states[object] === 1
  }

  /** Up to the first that is known, and back down: depth, which clients choose, costs no stack. */
  #isDirectoryLiving(directory: number, states: Uint8Array): boolean {
    const table = this.table
    const way: number[] = []
    let at = directory
    while (states[at] === 0) {
      way.push(at)
      const place = table.has(at, Mark.DEAD) ? none : table.firstPlace(at)
      if (place === none) states[at] = 2
      else at = table.places.directory(place)
    }
    const state = states[at]!
    for (const passed of way) states[passed] = state
    return state === 1
  }
}

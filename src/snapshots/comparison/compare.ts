import { native } from '../../native/index.ts'
import type { Candidates, Names } from './candidates.ts'
import type { Change } from './change.ts'
import { changedRanges, hasSameXattrs, isSameSpecial, type Located } from './contents.ts'
import { Strays, type Stray } from './strays.ts'
import { itself, pathOf, type Key, type Place, type Seen, type Tree } from './tree.ts'

/** Names in one tree only that are remembered, of each tree: beyond, what was renamed counts as deleted and added. */
export const strayCountMax = 500_000
/** Files with several names that are remembered: beyond, further names count as files of their own. */
export const linkedCountMax = 1_000_000

export interface ComparisonOptions {
  /**
   * Milliseconds since 1970: a file that changed before the cut by more than a tick of the clock that ctimes are taken from
   * cannot have changed after it and have the same ctime.
   */
  readonly trustedBefore: number
  /** Called for each object that is looked at and each piece of data; what it throws ends the comparison. */
  readonly breath?: () => void
  readonly strayCountMax?: number
  /** Only what these lead to is compared; what else is different is not told of. Default: everything. */
  readonly candidates?: Candidates
  /** Called for each directory that is another than that of the same path was: no change tells of it. */
  readonly onReplaced?: (was: Listed, is: Listed) => void
}

/** A directory of one of the trees with all its names. */
export interface Listed {
  /** Undefined: the root. */
  readonly place: Place | undefined
  readonly key: Key | undefined
  /** For the time of the call. */
  readonly names: Names
}

/**
 * What is different in the newer of two trees; nobody changes either meanwhile. Paths of what was deleted, and where from
 * something was renamed, are those of the older tree; all others are those of the newer. So the changes are no script to
 * be run in their order: take away what is deleted and renamed, put in place what is added and renamed, then change what
 * is modified. A renamed directory takes along what lies in it, and of that only what is different is told. Directories
 * that are deleted come after what lay in them, those added before it.
 *
 * Of files with the same number and ctime in both no data is read. A file that has another ctime and is otherwise the same is
 * told of as `metadata`, a directory is not. Where the older tree is from elsewhere, nothing is told of as renamed, and files
 * with several names are as if they were others.
 * @throws {Error} with what the filesystem said
 */
export function changesBetween(older: Tree, newer: Tree, options: ComparisonOptions): Generator<Change> {
  return new Comparison(older, newer, options).run()
}

/** An object that both trees have. */
interface Pair {
  readonly was: Located
  readonly now: Located
  /** In the newer tree. */
  readonly place: Place | undefined
  readonly isRenamed: boolean
}

type Places = readonly [older: Place | undefined, newer: Place | undefined]

/** Two directories that are to be compared by name. */
interface Walk {
  readonly places: Places
  /** The only names that count; undefined: all of them. */
  readonly names: Names | undefined
  /** Of the two. */
  readonly keys: readonly [older: Key | undefined, newer: Key | undefined]
}

const noNames: Names = new Map()

class Comparison {
  readonly #older: Tree
  readonly #newer: Tree
  readonly #trustedBefore: number
  readonly #breath: () => void
  readonly #candidates: Candidates | undefined
  readonly #onReplaced: ComparisonOptions['onReplaced']
  readonly #gone: Strays
  readonly #new: Strays
  /** Files with several names, where one of them is. */
  readonly #linked = new Map<Key, Place>()

  constructor(older: Tree, newer: Tree, options: ComparisonOptions) {
    const { trustedBefore, breath = () => {}, strayCountMax: countMax = strayCountMax } = options
    this.#older = older
    this.#candidates = options.candidates
    this.#onReplaced = options.onReplaced
    this.#newer = newer
    this.#trustedBefore = trustedBefore
    this.#breath = breath
    this.#gone = new Strays(older, countMax, breath)
    this.#new = new Strays(newer, countMax, breath)
  }

  *run(): Generator<Change> {
    yield* this.#walk(yield* this.#compareRoots())
    do yield* this.#matchDirectories()
    while (this.#expand())
    for (const stray of this.#new.others()) yield* this.#matchOther(stray)
    // Of the new names of a file the first of them all is the file, and the others its links, however they were met.
    for (const { place, seen } of this.#new.others()) this.#noteLinked(place, seen)
    for (const top of this.#gone.tops)
      if (!top.isSettled) for (const stray of this.#gone.within(top, true)) yield deletion(stray)
    for (const top of this.#new.tops)
      if (!top.isSettled) for (const stray of this.#new.within(top, false)) yield this.#addition(stray)
  }

  /** Both, whatever the first has found. */
  #expand(): boolean {
    const hasReadNew = this.#new.expand()
    return this.#gone.expand() || hasReadNew
  }

  *#compareRoots(): Generator<Change, Walk> {
    const [before, after] = [this.#older.open(undefined), this.#newer.open(undefined)]
    try {
      const was = { dirfd: before, name: itself, seen: this.#older.look(before, itself) }
      const now = { dirfd: after, name: itself, seen: this.#newer.look(after, itself) }
      yield* this.#compare({ was, now, place: undefined, isRenamed: false })
      return this.#walkOf([undefined, undefined], was.seen, now.seen)
    } finally {
      native.close(before)
      native.close(after)
    }
  }

  /** Of another directory than there was, all names count: those that it has kept lead to other files. */
  #walkOf(places: Places, was: Seen, now: Seen): Walk {
    const keys = [was.key, now.key] as const
    if (this.#candidates === undefined || was.key === undefined || was.key !== now.key)
      return { places, keys, names: undefined }
    return { places, keys, names: this.#candidates.in(was.key) ?? noNames }
  }

  /** Compares two directories with all that lies in them, by name. */
  *#walk(top: Walk): Generator<Change> {
    const waiting = [top]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next.names?.size === 0) continue
      const before = this.#older.open(next.places[0])
      try {
        const after = this.#newer.open(next.places[1])
        try {
          yield* this.#compareNames(next, before, after, waiting)
        } finally {
          native.close(after)
        }
      } finally {
        native.close(before)
      }
    }
  }

  *#compareNames(
    { places: [olderPlace, newerPlace], keys: [olderKey, newerKey], names }: Walk,
    before: number,
    after: number,
    waiting: Walk[],
  ): Generator<Change> {
    const left = names ? this.#older.among(before, names) : this.#older.names(before, olderPlace)
    const those = names ? this.#newer.among(after, names) : this.#newer.names(after, newerPlace)
    if (olderKey !== newerKey)
      this.#onReplaced?.(
        { place: olderPlace, key: olderKey, names: left },
        { place: newerPlace, key: newerKey, names: those },
      )
    for (const [text, name] of those) {
      this.#breath()
      const now = { dirfd: after, name, seen: this.#newer.look(after, name) }
      if (this.#new.isClaimed(now.seen)) continue
      const place = { parent: newerPlace, name }
      const was = left.has(text) ? { dirfd: before, name, seen: this.#older.look(before, name) } : undefined
      if (was === undefined || this.#gone.isClaimed(was.seen) || !isPair(was, now)) {
        yield* this.#noteNew(place, now.seen)
        continue
      }
      left.delete(text)
      yield* this.#compare({ was, now, place, isRenamed: false })
      if (now.seen.type === 'directory' && now.seen.isHere)
        waiting.push(this.#walkOf([{ parent: olderPlace, name }, place], was.seen, now.seen))
    }
    for (const name of left.values()) {
      this.#breath()
      const seen = this.#older.look(before, name)
      if (!this.#gone.isClaimed(seen)) yield* this.#noteGone({ parent: olderPlace, name }, seen)
    }
  }

  *#noteNew(place: Place, seen: Seen): Generator<Change> {
    if (this.#new.isFull && seen.type !== 'directory' && seen.linkCount === 1)
      yield { kind: 'added', path: pathOf(place), type: seen.type }
    else this.#new.add(place, seen)
  }

  *#noteGone(place: Place, seen: Seen): Generator<Change> {
    if (this.#gone.isFull && seen.type !== 'directory')
      yield { kind: 'deleted', path: pathOf(place), type: seen.type }
    else this.#gone.add(place, seen)
  }

  *#matchDirectories(): Generator<Change> {
    for (let hasFound = true; hasFound;) {
      hasFound = false
      for (const there of this.#new.directories()) {
        const here = this.#gone.directory(there.seen.key!)
        if (here === undefined) continue
        hasFound = true
        this.#new.settle(there)
        this.#gone.settle(here)
        yield* this.#renamed(here, there)
        yield* this.#walk(this.#walkOf([here.place, there.place], here.seen, there.seen))
      }
    }
  }

  *#matchOther(there: Stray): Generator<Change> {
    const here = this.#gone.other(there.seen.key!, there.seen.type)
    if (here === undefined) return
    const before = this.#older.open(here.place.parent)
    const after = this.#newer.open(there.place.parent)
    let canBe: boolean
    try {
      canBe = isPair(located(before, here), located(after, there))
    } finally {
      native.close(before)
      native.close(after)
    }
    if (!canBe) return
    this.#new.settle(there)
    this.#gone.settle(here)
    yield* this.#renamed(here, there)
  }

  *#renamed(here: Stray, there: Stray): Generator<Change> {
    const { place, seen } = there
    yield { kind: 'renamed', path: pathOf(place), from: pathOf(here.place), type: seen.type }
    const before = this.#older.open(here.place.parent)
    const after = this.#newer.open(place.parent)
    try {
      yield* this.#compare({
        was: located(before, here),
        now: located(after, there),
        place,
        isRenamed: true,
      })
    } finally {
      native.close(before)
      native.close(after)
    }
  }

  *#compare({ was, now, place, isRenamed }: Pair): Generator<Change> {
    const { type } = now.seen
    if (place !== undefined) this.#noteLinked(place, now.seen)
    const hasState = isSameState(was.seen, now.seen)
    if (type !== 'directory' && hasState && this.#isTrusted(now.seen)) return
    const hasOtherOwner = !isSameOwner(was.seen, now.seen) || !this.#haveSameXattrs(was, now)
    const path = pathOf(place)
    if (type === 'directory') {
      if (hasOtherOwner) yield { kind: 'metadata', path, type }
      return
    }
    const metadata = hasOtherOwner ? { metadata: true as const } : {}
    if (type === 'file') {
      const { size } = now.seen
      const ranges = changedRanges(was, now, this.#breath)
      if (ranges.length > 0 || was.seen.size !== size) {
        yield { kind: 'modified', path, type, size, ranges, ...metadata }
        return
      }
    } else if (!isSameSpecial(was, now)) {
      yield { kind: 'modified', path, type, ...metadata }
      return
    }
    // Renaming alone changes a ctime.
    const hasOtherCtime = !(hasState || isRenamed || this.#older.isElsewhere)
    const isOther = hasOtherOwner || !isSameMtime(was.seen, now.seen) || hasOtherCtime
    if (isOther) yield { kind: 'metadata', path, type }
  }

  /** Each change of them changes the ctime. What belongs to another filesystem is not looked into. */
  #haveSameXattrs(was: Located, now: Located): boolean {
    const isThere = was.seen.isHere && now.seen.isHere
    if (!isThere || (isSameState(was.seen, now.seen) && this.#isTrusted(now.seen))) return true
    return hasSameXattrs(was, now)
  }

  #noteLinked(place: Place, { type, key, linkCount }: Seen): void {
    if (type === 'directory' || linkCount === 1 || key === undefined) return
    if (this.#linked.size < linkedCountMax && !this.#linked.has(key)) this.#linked.set(key, place)
  }

  #isTrusted({ ctime, ctimeNs }: Seen): boolean {
    return ctime * 1000 + ctimeNs / 1e6 < this.#trustedBefore
  }

  #addition({ place, seen }: Stray): Change {
    const { type, key, linkCount } = seen
    const other =
      type !== 'directory' && linkCount > 1 && key !== undefined ? this.#linked.get(key) : undefined
    if (other === undefined) this.#noteLinked(place, seen)
    const linkOf = other === undefined || other === place ? {} : { linkOf: pathOf(other) }
    return { kind: 'added', path: pathOf(place), type, ...linkOf }
  }
}

function deletion({ place, seen: { type } }: Stray): Change {
  return { kind: 'deleted', path: pathOf(place), type }
}

function located(dirfd: number, { place: { name }, seen }: Stray): Located {
  return { dirfd, name, seen }
}

/**
 * Whether one can have become the other in its place: no other type, and of what has several names the same file, or else
 * its other names would change too.
 */
function isPair(was: Located, now: Located): boolean {
  const [before, after] = [was.seen, now.seen]
  if (before.type !== after.type) return false
  if (before.type === 'directory') return before.isHere === after.isHere
  if (before.linkCount === 1 && after.linkCount === 1) return true
  if (before.key === undefined || before.key !== after.key) return false
  return before.type === 'file' || isSameSpecial(was, now)
}

function isSameState(before: Seen, after: Seen): boolean {
  return (
    before.key !== undefined &&
    before.key === after.key &&
    before.ctimeNs === after.ctimeNs &&
    before.ctime === after.ctime &&
    before.size === after.size
  )
}

function isSameOwner(before: Seen, after: Seen): boolean {
  return before.mode === after.mode && before.uid === after.uid && before.gid === after.gid
}

function isSameMtime(before: Seen, after: Seen): boolean {
  return before.mtime === after.mtime && before.mtimeNs === after.mtimeNs
}

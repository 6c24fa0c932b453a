import { native } from '../../native/index.ts'
import { pathOf, type Key, type Place, type Seen, type Tree } from './tree.ts'

/** What one of two trees has at a path, and the other has not. */
export interface Stray {
  readonly place: Place
  readonly seen: Seen
  /** Of a directory, once it has been read. */
  children: Stray[] | undefined
  /** It was found in the other tree, or lies in what was. */
  isSettled: boolean
}

/** All strays of one of two trees. */
export class Strays {
  readonly #tree: Tree
  readonly #countMax: number
  readonly #breath: () => void
  /** Those that lie in no other. */
  readonly #tops: Stray[] = []
  readonly #directories = new Map<Key, Stray>()
  readonly #others = new Map<Key, Stray[]>()
  /** Directories that are found already, wherever they lie. */
  readonly #claimed = new Set<Key>()
  #unread: Stray[] = []
  #count = 0

  constructor(tree: Tree, countMax: number, breath: () => void) {
    this.#tree = tree
    this.#countMax = countMax
    this.#breath = breath
  }

  /** There are so many that no more should be remembered. */
  get isFull(): boolean {
    return this.#count >= this.#countMax
  }

  /** Those that lie in no other, as they were met. */
  get tops(): readonly Stray[] {
    return this.#tops
  }

  add(place: Place, seen: Seen): void {
    this.#tops.push(this.#made(place, seen))
  }

  /** A directory that has been found in the other tree is no stray, wherever it is met again. */
  isClaimed({ type, key }: Seen): boolean {
    return type === 'directory' && key !== undefined && this.#claimed.has(key)
  }

  /** Directories that are not settled; those that are added while they are asked for come too. */
  *directories(): Generator<Stray> {
    for (const stray of this.#directories.values()) if (!stray.isSettled) yield stray
  }

  /** What else is not settled; names of the same file in an order that does not depend on how they were met. */
  *others(): Generator<Stray> {
    for (const strays of this.#others.values()) {
      if (strays.length > 1) strays.sort(byPath)
      for (const stray of strays) if (!stray.isSettled) yield stray
    }
  }

  directory(key: Key): Stray | undefined {
    return this.#directories.get(key)
  }

  /** Another than a directory, with this key and type. */
  other(key: Key, type: Seen['type']): Stray | undefined {
    const strays = this.#others.get(key) ?? []
    if (strays.length > 1) strays.sort(byPath)
    return strays.find((stray) => !stray.isSettled && stray.seen.type === type)
  }

  /** It is found: with all that lies in it, it is no stray any more. */
  settle(stray: Stray): void {
    const { seen } = stray
    if (seen.type === 'directory' && seen.key !== undefined) this.#claimed.add(seen.key)
    const waiting = [stray]
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      one.isSettled = true
      if (one.seen.type === 'directory' && one.seen.key !== undefined) this.#forget(one, one.seen.key)
      for (const child of one.children ?? []) waiting.push(child)
      one.children = undefined
    }
  }

  /** Reads directories that are not settled, with all below them, as far as can be remembered. Whether there were any. */
  expand(): boolean {
    let hasRead = false
    const waiting = this.#unread
    this.#unread = []
    for (let stray = waiting.pop(); stray !== undefined; stray = waiting.pop()) {
      if (stray.isSettled) continue
      if (this.isFull) break
      stray.children = this.#childrenOf(stray, true)
      waiting.push(...this.#unread)
      this.#unread = []
      hasRead = true
    }
    return hasRead
  }

  /** A stray with all that lies in it and is not settled, before what lies in it or, `isInward`, after that. */
  *within(top: Stray, isInward: boolean): Generator<Stray> {
    const open: { readonly stray: Stray; readonly children: Iterator<Stray> }[] = []
    const enter = (stray: Stray): void => {
      open.push({ stray, children: (stray.children ?? this.#childrenOf(stray, false)).values() })
    }
    enter(top)
    if (!isInward) yield top
    for (let innermost = open.at(-1); innermost !== undefined; innermost = open.at(-1)) {
      const next = innermost.children.next()
      if (next.done === true) {
        open.pop()
        if (isInward) yield innermost.stray
      } else if (!next.value.isSettled) {
        if (!isInward) yield next.value
        enter(next.value)
      }
    }
  }

  #made(place: Place, seen: Seen): Stray {
    const stray: Stray = { place, seen, children: undefined, isSettled: false }
    this.#count++
    const { type, key } = seen
    if (type === 'directory') {
      if (key !== undefined) this.#directories.set(key, stray)
      if (seen.isHere) this.#unread.push(stray)
    } else if (key !== undefined) {
      const same = this.#others.get(key)
      if (same === undefined) this.#others.set(key, [stray])
      else same.push(stray)
    }
    return stray
  }

  #forget(stray: Stray, key: Key): void {
    if (this.#directories.get(key) === stray) this.#directories.delete(key)
  }

  #childrenOf({ place, seen }: Stray, isRemembered: boolean): Stray[] {
    if (seen.type !== 'directory' || !seen.isHere) return []
    const children: Stray[] = []
    const fd = this.#tree.open(place)
    try {
      for (const name of this.#tree.names(fd, place).values()) {
        this.#breath()
        const child = this.#tree.look(fd, name)
        if (this.isClaimed(child)) continue
        const at = { parent: place, name }
        children.push(
          isRemembered
            ? this.#made(at, child)
            : { place: at, seen: child, children: undefined, isSettled: false },
        )
      }
    } finally {
      native.close(fd)
    }
    return children
  }
}

function byPath(a: Stray, b: Stray): number {
  return pathOf(a.place).compare(pathOf(b.place))
}

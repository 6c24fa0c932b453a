import { EntryKind, entryHeaderSize, writeEntry } from '../../filesystem/journal-entries.ts'
import type { Change } from './change.ts'
import type { Listed } from './compare.ts'
import { placeOf, type Key, type Place, type Tree } from './tree.ts'

/**
 * Makes a journal of what a comparison finds: whoever compares the same trees again, or one of them with a third and the
 * journal between those, need not look at the rest.
 */
export class JournalWriter {
  readonly #older: Tree
  readonly #newer: Tree
  readonly #share: number
  /** By tree: a number that was freed may be that of another directory in the other. */
  readonly #told = new Map<Tree, Set<string>>()
  readonly #pieces: Buffer[] = []

  constructor(older: Tree, newer: Tree, share: number) {
    this.#older = older
    this.#newer = newer
    this.#share = share
    for (const tree of [older, newer]) this.#told.set(tree, new Set())
  }

  add({ kind, path, from }: Change): void {
    this.#addWay(kind === 'deleted' ? this.#older : this.#newer, placeOf(path))
    if (from !== undefined) this.#addWay(this.#older, placeOf(from))
  }

  /**
   * A directory is another than that of its path was. What each of the two holds has changed, seen from the directory: in a
   * third tree either may lie elsewhere.
   */
  addReplaced(was: Listed, is: Listed): void {
    this.#addListed(this.#older, was)
    this.#addListed(this.#newer, is)
  }

  get entries(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  #addListed(tree: Tree, { place, key, names }: Listed): void {
    this.#addWay(tree, place)
    if (key !== undefined) for (const name of names.values()) this.#addName(tree, key, name)
  }

  /** Each name from the root to a place. */
  #addWay(tree: Tree, place: Place | undefined): void {
    for (let at = place; at !== undefined; at = at.parent) {
      const directory = tree.keyAt(at.parent)
      // Then the way there is told too.
      if (directory !== undefined && !this.#addName(tree, directory, at.name)) return
    }
  }

  /** Whether it was new. */
  #addName(tree: Tree, directory: Key, name: Buffer): boolean {
    const text = `${directory}/${name.toString('latin1')}`
    const told = this.#told.get(tree)!
    if (told.has(text)) return false
    told.add(text)
    const [inodeHigh, inodeLow] = halvesOf(directory)
    const entry = Buffer.allocUnsafe(entryHeaderSize + name.length)
    writeEntry(entry, 0, { kind: EntryKind.NAME, share: this.#share, inodeHigh, inodeLow, name })
    this.#pieces.push(entry)
    return true
  }
}

function halvesOf(key: Key): [high: number, low: number] {
  if (typeof key === 'number') return [Math.floor(key / 2 ** 32), key % 2 ** 32]
  const [high, low] = key.split('.').map(Number)
  return [high!, low!]
}

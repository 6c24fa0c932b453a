import { EntryType, entriesOf } from '../../native/directory-entries.ts'
import { native } from '../../native/index.ts'
import { entriesIn, EntryKind } from '../../filesystem/journal-entries.ts'
import { require } from '../drivers/tree-pair.ts'
import { pathOf, type Key, type Place, type Tree } from './tree.ts'

/** Names by their bytes as a string of `latin1`. */
export type Names = ReadonlyMap<string, Buffer>

/**
 * The names that may lead to something different, for each directory that both trees have, by its key. A directory that
 * has none is the same in both, with all that lies in it.
 */
export class Candidates {
  readonly #names = new Map<Key, Map<string, Buffer>>()

  /** Reads a journal. Objects whose names it does not know are looked for in the whole tree, by their numbers. */
  static of(journal: readonly Uint8Array[], newer: Tree, breath: () => void): Candidates {
    const candidates = new Candidates()
    const objects = new Set<Key>()
    for (const piece of journal)
      for (const { kind, inodeHigh, inodeLow, name } of entriesIn(Buffer.from(piece))) {
        breath()
        const key = newer.keyOf(inodeHigh, inodeLow)
        if (kind === EntryKind.OBJECT) objects.add(key)
        else candidates.add(key, Buffer.from(name))
      }
    if (objects.size > 0) candidates.#find(newer, objects, breath)
    return candidates
  }

  in(directory: Key): Names | undefined {
    return this.#names.get(directory)
  }

  /** Whether it was new. */
  add(directory: Key, name: Buffer): boolean {
    let names = this.#names.get(directory)
    if (names === undefined) this.#names.set(directory, (names = new Map<string, Buffer>()))
    const text = name.toString('latin1')
    if (names.has(text)) return false
    names.set(text, name)
    return true
  }

  /** Goes through all names of a tree, without a look at what they lead to. */
  #find(tree: Tree, objects: ReadonlySet<Key>, breath: () => void): void {
    const numbers = tree.numbersOf(objects)
    const waiting: (Place | undefined)[] = [undefined]
    while (waiting.length > 0) {
      const directory = waiting.pop()
      const fd = tree.open(directory)
      try {
        const entries = entriesOf(fd)
        let next = entries.next()
        for (; next.done !== true; next = entries.next()) {
          breath()
          const { name, type, inodeHigh, inodeLow } = next.value
          const place = { parent: directory, name: Buffer.from(name) }
          if (numbers.has(tree.numberOf(inodeHigh, inodeLow))) this.#addWay(tree, place)
          if (type === EntryType.DIRECTORY || (type === EntryType.UNKNOWN && isDirectory(tree, fd, name)))
            if (tree.look(fd, name).isHere) waiting.push(place)
        }
        require(next.value, 'read', () => pathOf(directory).toString())
      } finally {
        native.close(fd)
      }
    }
  }

  #addWay(tree: Tree, place: Place): void {
    for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
      const key = tree.keyAt(at.parent)
      // Then the way there is known too.
      if (key !== undefined && !this.add(key, at.name)) return
    }
  }
}

function isDirectory(tree: Tree, dirfd: number, name: Buffer): boolean {
  return tree.look(dirfd, name).type === 'directory'
}

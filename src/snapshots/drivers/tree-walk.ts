import { constants } from 'node:fs'
import { entriesOf } from '../../native/directory-entries.ts'
import { native, StatField } from '../../native/index.ts'
import { HardLinks } from '../../usage/hard-links.ts'
import { field } from './object-table.ts'
import { none, Places } from './places.ts'
import { openPath, openRoot, require } from './tree-pair.ts'

const { S_IFMT, S_IFDIR, S_IFREG } = constants
/** Files with further names yet to be met that are remembered; with more, each name counts for its part. */
const linkedInodesMax = 1_000_000

export interface TreeCount {
  readonly files: number
  readonly bytes: number
}

/** Told of each regular file, once, whatever names it has. */
export type OnFile = (dirfd: number, name: Buffer) => void

/**
 * Counts the objects of a tree that nobody changes, its root too, and the sizes of its regular files. It follows no symlink
 * and enters no other filesystem or subvolume.
 */
export function countTree(root: string, breath: (count: TreeCount) => void, onFile?: OnFile): TreeCount {
  const top = openRoot(root)
  try {
    return new TreeWalk(top, breath, onFile).run()
  } finally {
    native.close(top)
  }
}

class TreeWalk {
  readonly #root: number
  readonly #breath: (count: TreeCount) => void
  readonly #onFile: OnFile | undefined
  readonly #hardLinks = new HardLinks(undefined, linkedInodesMax)
  /** All directories that were met: a walk is as deep as clients please, and descriptors are few. */
  readonly #directories = new Places()
  #device = 0
  #files = 1
  #bytes = 0

  constructor(root: number, breath: (count: TreeCount) => void, onFile: OnFile | undefined) {
    this.#root = root
    this.#breath = breath
    this.#onFile = onFile
  }

  run(): TreeCount {
    require(native.fstat(this.#root, 0), 'examine', () => 'the tree')
    this.#device = deviceIn(0)
    const waiting: number[] = [none]
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const fd = require(openPath(this.#root, this.#names(directory)), 'open a directory of', () =>
        'the tree')
      try {
        this.#count(fd, directory, waiting)
      } finally {
        native.close(fd)
      }
    }
    return this.#found
  }

  get #found(): TreeCount {
    return { files: Math.round(this.#files), bytes: Math.round(this.#bytes) }
  }

  #count(fd: number, directory: number, waiting: number[]): void {
    const entries = entriesOf(fd)
    let next = entries.next()
    for (; next.done !== true; next = entries.next()) {
      const { name } = next.value
      this.#breath(this.#found)
      require(native.statAt(fd, name, 0), 'examine a file of', () => 'the tree')
      const isElsewhere = deviceIn(0) !== this.#device
      const kind = field(0, StatField.MODE) & S_IFMT
      if (kind === S_IFDIR) {
        this.#files++
        if (!isElsewhere) waiting.push(this.#directories.add(directory, name))
        continue
      }
      const part = isElsewhere ? 1 : this.#share()
      this.#files += part
      if (kind !== S_IFREG || part === 0 || isElsewhere) continue
      this.#bytes += part * field(0, StatField.SIZE)
      this.#onFile?.(fd, name)
    }
    require(next.value, 'read a directory of', () => 'the tree')
  }

  #share(): number {
    const linkCount = field(0, StatField.NLINK)
    if (linkCount < 2) return 1
    return this.#hardLinks.share(`${field(0, StatField.INO_HIGH)}.${field(0, StatField.INO_LOW)}`, linkCount)
  }

  #names(directory: number): Buffer[] {
    const names: Buffer[] = []
    for (let at = directory; at !== none; at = this.#directories.directory(at))
      names.push(this.#directories.name(at))
    return names.reverse()
  }
}

function deviceIn(slot: number): number {
  return field(slot, StatField.DEV_MAJOR) * 2 ** 32 + field(slot, StatField.DEV_MINOR)
}

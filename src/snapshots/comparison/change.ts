import { isUtf8 } from 'node:buffer'

export type ChangeKind = 'added' | 'deleted' | 'modified' | 'metadata' | 'renamed'
export type ObjectType = 'file' | 'directory' | 'symlink' | 'block' | 'character' | 'fifo' | 'socket'

/** Bytes of a file. */
export interface Range {
  readonly offset: number
  readonly length: number
}

/**
 * One difference between two trees. `path` is that in the newer tree, of what was deleted that in the older one; paths are
 * bytes, relative to the root, which itself is ".".
 */
export interface Change {
  readonly kind: ChangeKind
  readonly path: Buffer
  readonly type: ObjectType
  /** What was renamed: its path in the older tree. */
  readonly from?: Buffer
  /** What was added: a path of the newer tree that is the same file. */
  readonly linkOf?: Buffer
  /** A modified file: its size in the newer tree. What the older one lacks up to there counts as zeros. */
  readonly size?: number
  /** A modified file: where it differs, in multiples of 1 MiB but for the end of the file. */
  readonly ranges?: readonly Range[]
  /** What was modified has another mode, owner or extended attributes too. */
  readonly metadata?: true
}

/** How changes are written: as lines of JSON, or as the paths of what is to be looked at, each with a NUL after it. */
export type ChangeFormat = 'ndjson' | 'nul'

/** Writes changes one after the other. */
export class ChangeWriter {
  readonly #format: ChangeFormat
  #last: Buffer | undefined

  constructor(format: ChangeFormat) {
    this.#format = format
  }

  /** The bytes of one change; none for what a list of paths leaves out. */
  write(change: Change): Buffer {
    if (this.#format === 'ndjson') return Buffer.from(`${JSON.stringify(shownChange(change))}\n`)
    const { kind, path } = change
    // What was renamed and changed is told of twice in a row.
    if (kind === 'deleted' || this.#last?.equals(path) === true) return nothing
    this.#last = path
    return Buffer.concat([path, nul])
  }
}

const nothing = Buffer.alloc(0)
const nul = Buffer.alloc(1)

function shownChange({ kind, path, from, linkOf, ...rest }: Change): object {
  return {
    kind,
    ...shownPath('path', path),
    ...shownPath('from', from),
    ...shownPath('linkOf', linkOf),
    ...rest,
  }
}

function shownPath(name: string, path: Buffer | undefined): object {
  if (path === undefined) return {}
  const text = { [name]: path.toString() }
  return isUtf8(path) ? text : { ...text, [`${name}Base64`]: path.toString('base64') }
}

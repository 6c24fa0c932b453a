import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere, makePrivate, makeSubvolume, namesIn, removeEmpty, syncFilesystem } from './files.ts'
import { privateDirectory } from './layout.ts'
import { removeTreesIn } from './remove-tree.ts'
import type { NewShare } from './share-content.ts'
import type { Shares } from './shares.ts'
import type { NamespaceState } from './state.ts'

/** Of the directory in a store's private one in which a share is made: an id follows. */
const makingPrefix = 'making-'
/** Of the share's files in the directory that it is made in. */
export const madeName = 'data'

/**
 * Makes the empty root of a share that is being made, as a btrfs subvolume where that can be: mode 0700, of the server's
 * own user. Answers its path.
 */
export async function makeRoot(directory: string): Promise<string> {
  const path = join(directory, madeName)
  if (!(await makeSubvolume(path))) await mkdir(path, 0o700)
  return path
}

/**
 * Makes shares whose files come from elsewhere: in `STORE/.berth/making-ID`, from where they are renamed to their places.
 * What a crash leaves there is removed at the next start.
 */
export class ShareMaker {
  readonly #state: NamespaceState
  readonly #shares: Shares
  readonly #closing = new AbortController()
  #background: Promise<unknown> = Promise.resolve()

  constructor(state: NamespaceState, shares: Shares) {
    this.#state = state
    this.#shares = shares
  }

  /**
   * Makes a share of what `fill` makes: a directory named {@link madeName}, by {@link makeRoot} or otherwise, in the one
   * that it is given, which is empty, in the share's store, and closed to others. The share's root has the owner and mode
   * that it has then. It is all on the disk when this resolves. Nothing is left of a share that was not made.
   * @throws {ServiceError} as the creation of a share does, before `fill` is called or after
   * @throws what `fill` does
   */
  async make(wanted: NewShare, fill: (directory: string) => Promise<void>): Promise<ShareRecord> {
    const { name: store } = await this.#shares.check(wanted)
    return this.aside(store, async (directory, name) => {
      await fill(directory)
      await syncFilesystem(directory)
      return this.#shares.adopt({ ...wanted, store }, join(name, madeName))
    })
  }

  /**
   * Runs what needs a directory of a store that is closed to others: it is empty, and removed with all that is in it then.
   * `name` is its path in the store.
   * @throws {ServiceError} `unavailable` for a store that is not there
   */
  async aside<T>(store: string, work: (directory: string, name: string) => Promise<T>): Promise<T> {
    const name = join(privateDirectory, `${makingPrefix}${uuid()}`)
    const directory = join(this.#state.directoryOf(store), name)
    try {
      await makePrivate(join(directory, '..'))
      await mkdir(directory, { mode: 0o700 })
      return await work(directory, name)
    } finally {
      await this.#clear(directory)
    }
  }

  /** At the start: removes what the last run was making, while the gateway runs. */
  async recover(): Promise<void> {
    const found: string[] = []
    for (const store of this.#state.stores.keys()) {
      try {
        const base = join(this.#state.directoryOf(store), privateDirectory)
        for (const one of await namesIn(base)) if (one.startsWith(makingPrefix)) found.push(join(base, one))
      } catch (error) {
        // Its disk is not there: the next start looks again.
        if (!(error instanceof ServiceError)) throw error
      }
    }
    const clear = async (): Promise<void> => {
      for (const directory of found) {
        this.#state.warn(`the making of a share was interrupted: ${directory} is removed`, undefined)
        await this.#clear(directory)
      }
    }
    this.#background = clear()
  }

  /** Resolves when nothing is being removed any more. What is left is removed at the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#background
  }

  async #clear(directory: string): Promise<void> {
    try {
      if (!(await isThere(directory))) return
      await removeTreesIn(directory, this.#closing.signal)
      await removeEmpty(directory)
      if (await isThere(directory)) throw new Error(`${(await readdir(directory)).join(', ')} are left`)
    } catch (error) {
      this.#state.warn(`what was made for a share in ${directory} is removed at the next start`, error)
    }
  }
}

import { lstat, readFile, realpath, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere, makePrivate, namesIn, removeFile, renameDirectory } from './files.ts'
import { syncDirectories, writeAllDurably } from './files.ts'
import { privateDirectory } from './layout.ts'
import type { NewShare } from './share-content.ts'
import type { Shares } from './shares.ts'
import type { NamespaceState } from './state.ts'

/** Of the directory in a store's private one through which a directory becomes a share: an id follows. */
const adoptingPrefix = 'adopting-'
/** In it: the directory, and the path that it had. */
const dataName = 'data'
const originName = 'origin'

/** A directory that is to become a share. It is named by open descriptors, whatever becomes of its path. */
export interface Adoptee {
  /** Its real path. */
  readonly path: string
  /** A descriptor of the directory itself. */
  readonly fd: number
  /** One of the directory that it is in, and its name there. */
  readonly parentFd: number
  readonly name: string
}

/**
 * Makes shares of directories that are elsewhere on the filesystem of a store, by two renames: into
 * `STORE/.berth/adopting-ID`, where it is certain which directory that was, and from there to the share's place. What a
 * crash interrupts goes back to where it was, at the next start.
 */
export class ShareAdopter {
  readonly #state: NamespaceState
  readonly #shares: Shares

  constructor(state: NamespaceState, shares: Shares) {
    this.#state = state
    this.#shares = shares
  }

  /**
   * The directory becomes a share, with all that is in it; owner and mode of its root stay.
   * @throws {ServiceError} as the creation of a share does; `conflict` for a directory that cannot be renamed there. Then it
   *   is where it was.
   */
  async adopt(wanted: NewShare, { path, fd, parentFd, name }: Adoptee): Promise<ShareRecord> {
    const { name: store } = await this.#shares.check(wanted)
    const waiting = join(privateDirectory, `${adoptingPrefix}${uuid()}`)
    const directory = join(this.#state.directoryOf(store), waiting)
    const [from, data] = [`/proc/self/fd/${parentFd}/${name}`, join(directory, dataName)]
    await makePrivate(directory)
    try {
      await writeAllDurably([{ path: join(directory, originName), content: path }])
      await syncDirectories([dirname(directory)])
      await moveIn(path, from, data)
      try {
        const [meant, moved] = [await stat(`/proc/self/fd/${fd}`), await lstat(data)]
        if (meant.dev !== moved.dev || meant.ino !== moved.ino)
          throw new ServiceError('conflict', `${path} was exchanged for another meanwhile: try again`)
        await syncDirectories([directory, `/proc/self/fd/${parentFd}/.`])
        return await this.#shares.adopt({ ...wanted, store }, join(waiting, dataName))
      } catch (error) {
        await renameDirectory(data, from).catch((failure: unknown) => this.#warnOfRest(data, failure))
        throw error
      }
    } finally {
      await this.#leave(directory)
    }
  }

  /** At the start: what was on its way goes back. What cannot stays where it is, and is said. */
  async recover(): Promise<void> {
    for (const store of this.#state.stores.keys()) {
      try {
        const base = join(this.#state.directoryOf(store), privateDirectory)
        for (const one of await namesIn(base))
          if (one.startsWith(adoptingPrefix)) await this.#giveBack(join(base, one))
      } catch (error) {
        // Its disk is not there: the next start looks again.
        if (!(error instanceof ServiceError)) throw error
      }
    }
  }

  async #giveBack(directory: string): Promise<void> {
    const data = join(directory, dataName)
    try {
      if (await isThere(data)) {
        const path = await readFile(join(directory, originName), 'utf8')
        const parent = dirname(path)
        // A symlink on the way would lead elsewhere now.
        if ((await realpath(parent)) !== parent) throw new Error(`${parent} is another directory now`)
        if (await isThere(path)) throw new Error(`something else is at ${path}`)
        await renameDirectory(data, path)
        await syncDirectories([parent, directory])
        this.#state.warn(`the import of ${path} was interrupted: it is where it was`, undefined)
      }
      await this.#leave(directory)
    } catch (error) {
      this.#warnOfRest(data, error)
    }
  }

  #warnOfRest(data: string, error: unknown): void {
    this.#state.warn(`what was being imported waits in ${data}: move it to where it is to be`, error)
  }

  async #leave(directory: string): Promise<void> {
    try {
      // With something in it, where that came from stays known too.
      if (await isThere(join(directory, dataName))) return
      await removeFile(join(directory, originName))
      await rmdir(directory)
    } catch (error) {
      this.#state.warn(`${directory} could not be removed`, error)
    }
  }
}

async function moveIn(path: string, from: string, to: string): Promise<void> {
  try {
    await renameDirectory(from, to)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EXDEV'
        ? 'it lies on another filesystem or btrfs subvolume than the store: copy it in instead'
        : code === 'EBUSY'
          ? 'it is in use, as a mount: copy it in instead'
          : message
    throw new ServiceError('conflict', `${path} cannot become a share where it is: ${why}`, { cause: error })
  }
}

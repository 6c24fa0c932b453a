import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { Applications } from '../../applications/index.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { isThere, makePrivate, namesIn, removeEmpty, syncDirectories } from '../../namespace/files.ts'
import { privateDirectory } from '../../namespace/layout.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { removeTreesIn } from '../../namespace/remove-tree.ts'
import type { NewShare, ShareContent } from '../../namespace/share-content.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { SnapshotManifest } from '../manifest.ts'
import { refusalFor } from '../refusal.ts'
import type { Snapshots } from '../snapshots.ts'
import { cloneName } from './clone-work.ts'
import type { RunningRestore } from './restore-jobs.ts'
import { inodeHighMaskOf } from './inode-mask.ts'
import { restoreInThread } from './thread.ts'

/** Of the directory in a store's private one in which a clone is made: a number follows. */
const cloningPrefix = 'cloning-'
/** The label that says of which snapshot a share is a clone. */
export const clonedFromLabel = 'berth/cloned-from'

/** The new share. What is absent is as the snapshot's manifest has it. */
export interface CloneWish extends ShareContent {
  readonly path: string
  /** Default: that of the snapshot, if it is there still. */
  readonly store?: string
  readonly class?: string
}

export interface MadeClone {
  readonly share: ShareRecord
  /** What could not be as it was. */
  readonly warnings: readonly string[]
}

export interface CloneSettings {
  readonly wanted: NewShare & { readonly store: string }
  readonly warnings: readonly string[]
}

export interface CloneMakerOptions {
  readonly namespace: Namespace
  readonly applications: Applications
  readonly snapshots: Snapshots
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/**
 * Makes shares of snapshots: in `STORE/.berth/cloning-ID`, from where the namespace takes them to their places. What a crash
 * leaves there is removed at the next start.
 */
export class CloneMaker {
  readonly #options: CloneMakerOptions
  readonly #closing = new AbortController()
  #background: Promise<unknown> = Promise.resolve()

  constructor(options: CloneMakerOptions) {
    this.#options = options
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#background
  }

  /** The settings of the clone. @throws {ServiceError} for what is refused before anything is made */
  async check(id: number, wish: CloneWish): Promise<CloneSettings> {
    const { namespace, snapshots } = this.#options
    const snapshot = snapshots.get(id)
    const manifest = await snapshots.manifestOf(id)
    const warnings: string[] = []
    const { application = await this.#applicationOf(manifest, warnings) } = wish
    const { path, store, class: wantedClass } = wish
    const labels = { ...(wish.labels ?? manifest.share.labels), [clonedFromLabel]: String(id) }
    const wanted: NewShare = {
      ...settingsOf(manifest),
      ...wish,
      ...{ path, application, labels },
      ...(store === undefined && wantedClass === undefined ? this.#storeOf(snapshot) : {}),
    }
    const { name } = await namespace.shares.check(wanted)
    return { wanted: { ...wanted, store: name }, warnings }
  }

  /** @throws {ServiceError} what kept it from being made; then nothing is left of it */
  async make(id: number, wish: CloneWish, job: RunningRestore): Promise<MadeClone> {
    const { namespace, snapshots, log } = this.#options
    return snapshots.restoring(id, async (snapshot) => {
      const { wanted, warnings } = await this.check(id, wish)
      const startedAt = performance.now()
      const name = join(privateDirectory, `${cloningPrefix}${uuid()}`)
      const directory = join(namespace.stores.directoryOf(wanted.store), name)
      try {
        await makePrivate(join(directory, '..'))
        await mkdir(directory, { mode: 0o700 })
        await this.#fill(snapshot, directory, job)
        await syncDirectories([directory])
        const share = await namespace.shares.adopt(wanted, join(name, cloneName))
        const ms = Math.round(performance.now() - startedAt)
        log.info({ snapshot: id, of: snapshot.path, share: share.path, ms }, 'snapshot: cloned')
        return { share, warnings }
      } catch (error) {
        throw refusalFor(`no share ${wanted.path} was made of snapshot ${snapshot.name}`, error)
      } finally {
        await this.#clear(directory)
      }
    })
  }

  /** At the start: removes what the last run was making, while the gateway runs. */
  async recover(): Promise<void> {
    const { namespace, log } = this.#options
    const found: string[] = []
    for (const { name } of namespace.stores.list()) {
      try {
        const base = join(namespace.stores.directoryOf(name), privateDirectory)
        for (const one of await namesIn(base)) if (one.startsWith(cloningPrefix)) found.push(join(base, one))
      } catch (error) {
        // Its disk is not there: the next start looks again.
        if (!(error instanceof ServiceError)) throw error
      }
    }
    const clear = async (): Promise<void> => {
      for (const directory of found) {
        log.warn({ directory }, 'restore: a clone was interrupted, and what there is of it is removed')
        await this.#clear(directory)
      }
    }
    this.#background = clear()
  }

  async #fill(snapshot: SnapshotRecord, directory: string, job: RunningRestore): Promise<void> {
    const { tree, inodeMap } = this.#options.snapshots.treeOf(snapshot)
    job.note({ phase: 'restoring' })
    await restoreInThread(
      {
        order: {
          source: tree,
          inodeMap,
          inodeHighMask: inodeHighMaskOf(snapshot.driver),
          cutAt: snapshot.cutAt ?? 0,
          target: join(directory, cloneName),
          ...{ from: [], to: [], onConflict: 'replace', besideSuffix: '', isDryRun: false, isPrivate: true },
        },
        cloneInto: directory,
      },
      job.signal,
      (counts) => job.note({ counts }),
    )
  }

  /** Removes what is left where a clone was made. What cannot be removed is at the next start. */
  async #clear(directory: string): Promise<void> {
    try {
      if (!(await isThere(directory))) return
      await removeTreesIn(directory, this.#closing.signal)
      await removeEmpty(directory)
      if (await isThere(directory)) throw new Error(`${(await readdir(directory)).join(', ')} are left`)
    } catch (err) {
      this.#options.log.warn(
        { err, directory },
        'restore: what was made for a clone is removed at the next start',
      )
    }
  }

  /** The store of the snapshot; without it, that where shares lie by default. */
  #storeOf({ store }: SnapshotRecord): { readonly store?: string } {
    const isKnown = store !== null && this.#options.namespace.stores.list().some(({ name }) => name === store)
    return isKnown ? { store } : {}
  }

  async #applicationOf({ application }: SnapshotManifest, warnings: string[]): Promise<string | null> {
    if (application === null) return null
    try {
      const { id, retiredAt } = await this.#options.applications.get(application.id)
      if (retiredAt === null) return id
      warnings.push(`application ${application.name} is retired: the share belongs to none`)
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'not-found') throw error
      warnings.push(`application ${application.name} is no more: the share belongs to none`)
    }
    return null
  }
}

/** What of a share's settings a clone of it has. It is writable. */
function settingsOf({ share }: SnapshotManifest): ShareContent {
  const { owner, description, identity, quotaBytes, quotaFiles, durability, audit, snapshotAccess } = share
  return { owner, description, identity, quotaBytes, quotaFiles, durability, audit, snapshotAccess }
}

import { join } from 'node:path'
import type { Applications } from '../../applications/index.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import type { NewShare, ShareContent } from '../../namespace/share-content.ts'
import { madeName } from '../../namespace/share-maker.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { SnapshotManifest } from '../manifest.ts'
import { refusalFor } from '../refusal.ts'
import type { Snapshots } from '../snapshots.ts'
import type { RunningRestore } from './restore-jobs.ts'
import { inodeHighMaskOf } from './inode-mask.ts'
import { restoreInThread } from './thread.ts'
import { rateLimitOf } from '../../service/rate-limit.ts'

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

/** Makes shares of snapshots. */
export class CloneMaker {
  readonly #options: CloneMakerOptions

  constructor(options: CloneMakerOptions) {
    this.#options = options
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
    return snapshots.deletions.restoring(id, async (snapshot) => {
      const { wanted, warnings } = await this.check(id, wish)
      const startedAt = performance.now()
      try {
        const fill = (directory: string) => this.#fill(snapshot, directory, job)
        const share = await namespace.maker.make(wanted, fill)
        const ms = Math.round(performance.now() - startedAt)
        log.info({ snapshot: id, of: snapshot.path, share: share.path, ms }, 'snapshot: cloned')
        return { share, warnings }
      } catch (error) {
        throw refusalFor(`no share ${wanted.path} was made of snapshot ${snapshot.name}`, error)
      }
    })
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
          target: join(directory, madeName),
          ...{ from: [], to: [], onConflict: 'replace', besideSuffix: '', isDryRun: false, isPrivate: true },
        },
        cloneInto: directory,
      },
      job.signal,
      (counts) => job.note({ counts }),
    )
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
  const settings = { owner, description, identity, quotaBytes, quotaFiles, durability, audit, snapshotAccess }
  return { ...settings, ...rateLimitOf(share) }
}

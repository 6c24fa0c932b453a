import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { Applications } from '../../applications/index.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { allIntents, deleteIntent, putIntent } from '../../catalog/intents.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { isThere } from '../../namespace/files.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { native, O_PATH } from '../../native/index.ts'
import type { Logger } from '../../telemetry/log.ts'
import { refusalFor } from '../refusal.ts'
import type { Snapshots } from '../snapshots.ts'
import { CloneMaker, type CloneSettings, type CloneWish, type MadeClone } from './clones.ts'
import { inodeHighMaskOf } from './inode-mask.ts'
import type { OnConflict, RestoreOrder } from './messages.ts'
import { namesWithin } from './paths.ts'
import type { RestoreReport } from './report.ts'
import { RestoreJobs, type RestoreJob, type RunningRestore } from './restore-jobs.ts'
import { openShare, removeStaging, stagingName } from './staging.ts'
import { restoreInThread } from './thread.ts'

/** The kind of an intent: a share may have what a restore that was interrupted has left. */
const restoreKind = 'restore-share'

interface RestoreIntent {
  readonly shareId: number
  /** Absent: it was no snapshot that was restored. */
  readonly snapshotId?: number
}

/** A part of a tree that nobody changes, and where it goes in a share. */
export interface ForeignPart {
  /** Absolute path of the root of the tree. */
  readonly source: string
  readonly shareId: number
  /** Names that lead to the part. */
  readonly from: readonly string[]
  /** And where it goes; where something is already, it gets another name. */
  readonly to: readonly string[]
  /** What is added to the name then. */
  readonly besideSuffix: string
}

/** What is to be restored into the share that the snapshot is of. */
export interface RestoreWish {
  /** Within the share; absent or empty: all of it. */
  readonly path?: string
  /** Where to within the share; default: where it was. */
  readonly to?: string
  /** Default `fail`; of a whole share that stays where it is, `replace`. */
  readonly onConflict?: OnConflict
  /** Whether a snapshot is taken first; default: if all of the share is replaced. */
  readonly safetySnapshot?: boolean
}

export interface Restored {
  readonly report: RestoreReport
  /** The snapshot that was taken before. */
  readonly safety: SnapshotRecord | undefined
}

export interface RestoresOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly snapshots: Snapshots
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Snapshots become files again: in the share they are of, or as a new one. */
export class Restores {
  readonly #options: RestoresOptions
  readonly #now: () => number
  readonly #jobs: RestoreJobs
  readonly #clones: CloneMaker
  readonly #listeners = new Set<(shareId: number) => void>()

  /** Removes what the last run has left half made. */
  static async open(options: RestoresOptions): Promise<Restores> {
    const restores = new Restores(options)
    await restores.#recover()
    return restores
  }

  private constructor(options: RestoresOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#jobs = new RestoreJobs(this.#now)
    this.#clones = new CloneMaker(options)
  }

  /** Ends what goes on early. The catalog stays open, and so do the snapshots. */
  async close(): Promise<void> {
    await this.#jobs.close()
  }

  /** Tells of each share whose files a restore has changed; what it returns ends that. */
  onRestored(listener: (shareId: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What goes on, the oldest first. */
  jobs(): RestoreJob[] {
    return this.#jobs.list()
  }

  /** Ends a restore or clone early. What was restored stays; of a clone nothing does. @throws {ServiceError} `not-found` */
  abort(jobId: string): void {
    this.#jobs.abort(jobId)
  }

  /**
   * What {@link restore} would do. It reads what may have changed.
   * @throws {ServiceError} `not-found`, `invalid`, `exists`, `conflict` or `unavailable`
   */
  async plan(id: number, wanted: RestoreWish, actor: string): Promise<RestoreReport> {
    return (await this.#run(id, wanted, actor, true)).report
  }

  /**
   * Makes files of a share what they are in a snapshot, while clients go on. Resolves when all is on the disk. Ended early,
   * it may be done again, and goes on.
   * @throws {ServiceError} `not-found`, `invalid`, `exists`, `conflict`, `limit` or `unavailable`
   */
  async restore(id: number, wanted: RestoreWish, actor: string): Promise<Restored> {
    return this.#run(id, wanted, actor, false)
  }

  /**
   * Makes a new share of a snapshot, whose share may be deleted by now: a writable copy, at once where the filesystem can.
   * @throws {ServiceError} as the creation of a share does
   */
  async clone(id: number, wanted: CloneWish, actor: string): Promise<MadeClone> {
    const { shareId } = this.#options.snapshots.get(id)
    await this.#clones.check(id, wanted)
    return this.#jobs.begin(
      { kind: 'clone', snapshotId: id, shareId, to: wanted.path, createdBy: actor },
      (job) => this.#clones.make(id, wanted, job),
    )
  }

  /** The settings that a clone would have. @throws {ServiceError} as {@link clone} does */
  async planClone(id: number, wanted: CloneWish): Promise<CloneSettings> {
    return this.#clones.check(id, wanted)
  }

  /**
   * Puts a part of a tree that is no snapshot into a share, while clients go on. Resolves when all is on the disk.
   * @throws {ServiceError} `not-found`, `conflict` or `unavailable`
   */
  async restoreForeign(
    { shareId, source, ...part }: ForeignPart,
    actor: string,
    signal: AbortSignal,
  ): Promise<RestoreReport> {
    this.#livingShare(shareId)
    const order = { ...part, source, inodeMap: undefined, inodeHighMask: 0xffffffff, cutAt: 0 }
    return this.#options.snapshots.takings.without(shareId, actor, (end) =>
      this.#carryOut(
        { shareId },
        { ...order, onConflict: 'beside', isDryRun: false },
        AbortSignal.any([end, signal]),
        () => {},
      ),
    )
  }

  async #run(id: number, wanted: RestoreWish, actor: string, isDryRun: boolean): Promise<Restored> {
    const { snapshots } = this.#options
    const { shareId, name } = snapshots.get(id)
    this.#livingShare(shareId)
    const order = partOf(wanted, name)
    const isWhole = order.to.length === 0
    return this.#jobs.begin(
      { kind: 'restore', snapshotId: id, shareId, to: order.to.join('/'), createdBy: actor },
      (job) =>
        snapshots.deletions.restoring(id, async (snapshot) => {
          // That it is there, and whole.
          await snapshots.manifestOf(id)
          const isSaved = !isDryRun && (wanted.safetySnapshot ?? isWhole)
          const safety = isSaved ? await this.#save(snapshot, actor, job) : undefined
          job.note({ phase: 'waiting' })
          const work = (signal: AbortSignal) => this.#restore(snapshot, { ...order, isDryRun }, job, signal)
          const report = isDryRun
            ? await work(job.signal)
            : await snapshots.takings.without(shareId, actor, (signal) =>
                work(AbortSignal.any([signal, job.signal])),
              )
          return { report, safety }
        }),
    )
  }

  /** A snapshot of what is there now. */
  async #save(
    { shareId, name }: SnapshotRecord,
    actor: string,
    job: RunningRestore,
  ): Promise<SnapshotRecord> {
    const { snapshots } = this.#options
    job.note({ phase: 'saving' })
    const reason = `safety before restore of ${name}`
    const { jobId, done } = snapshots.takings.begin([shareId], { reason, createdBy: actor }, false)
    const end = (): void => snapshots.takings.abort(jobId)
    job.signal.addEventListener('abort', end)
    try {
      return (await done).records[0]!
    } finally {
      job.signal.removeEventListener('abort', end)
    }
  }

  async #restore(
    snapshot: SnapshotRecord,
    order: Part & { readonly isDryRun: boolean },
    job: RunningRestore,
    signal: AbortSignal,
  ): Promise<RestoreReport> {
    const { snapshots, namespace, log } = this.#options
    const { id, shareId, cutAt, driver, name } = snapshot
    const { path } = namespace.shares.get(shareId)
    signal.throwIfAborted()
    job.note({ phase: 'restoring' })
    const { tree, inodeMap } = snapshots.treeOf(snapshot)
    const startedAt = performance.now()
    try {
      const report = await this.#carryOut(
        { shareId, snapshotId: id },
        { ...order, source: tree, inodeMap, cutAt: cutAt ?? 0, inodeHighMask: inodeHighMaskOf(driver) },
        signal,
        (counts) => job.note({ counts }),
      )
      const ms = Math.round(performance.now() - startedAt)
      if (!order.isDryRun)
        log.info({ snapshot: id, name, share: path, ...report.counts, ms }, 'snapshot: restored')
      return report
    } catch (error) {
      throw refusalFor(`snapshot ${name} of ${path} was not restored to its end`, error)
    }
  }

  async #carryOut(
    detail: RestoreIntent,
    order: Omit<RestoreOrder, 'target' | 'isPrivate'>,
    signal: AbortSignal,
    onCounts: (counts: RestoreReport['counts']) => void,
  ): Promise<RestoreReport> {
    const { shareId } = detail
    // By its descriptor: a share that is moved meanwhile is the same one still.
    const root = await opened(this.#options.namespace.shares.directoryOf(this.#livingShare(shareId)))
    const intentId = order.isDryRun ? undefined : await this.#begin(detail)
    try {
      const target = `/proc/self/fd/${root.fd}/.`
      return await restoreInThread({ order: { ...order, target, isPrivate: false } }, signal, onCounts)
    } finally {
      if (intentId !== undefined) await this.#end(intentId, root.fd)
      await root.close()
      if (!order.isDryRun) for (const listener of this.#listeners) listener(shareId)
    }
  }

  async #begin(detail: RestoreIntent): Promise<string> {
    const at = this.#now()
    const id = uuid({ msecs: at })
    await putIntent(this.#options.catalog.db, { id, kind: restoreKind, detail, createdAt: at })
    return id
  }

  /** What could not be removed is at the next start. */
  async #end(intentId: string, root: number): Promise<void> {
    if (await isThere(`/proc/self/fd/${root}/${stagingName.toString()}`)) return
    await deleteIntent(this.#options.catalog.db, intentId)
  }

  async #recover(): Promise<void> {
    const { catalog, namespace, log } = this.#options
    for (const { id, kind, detail } of await allIntents(catalog.db)) {
      if (kind !== restoreKind) continue
      const { shareId, snapshotId } = detail as RestoreIntent
      const share = namespace.livingShare(shareId)
      try {
        if (share !== undefined) await clearShare(namespace.shares.directoryOf(share))
      } catch (err) {
        log.warn({ err, share: share?.path }, 'restore: what the last run left could not be removed yet')
        continue
      }
      await deleteIntent(catalog.db, id)
      if (share !== undefined)
        log.warn(
          { share: share.path, snapshot: snapshotId },
          'restore: one was interrupted; run again, it goes on where it was',
        )
    }
  }

  /** @throws {ServiceError} `conflict` for a deleted share */
  #livingShare(id: number): ShareRecord {
    const share = this.#options.namespace.shares.get(id)
    if (share.deletedAt === null) return share
    throw new ServiceError(
      'conflict',
      `share ${share.path} is deleted: undelete it, or make a new share of its snapshot`,
    )
  }
}

type Part = Pick<RestoreOrder, 'from' | 'to' | 'onConflict' | 'besideSuffix'>

/** @throws {ServiceError} `invalid` */
function partOf(wanted: RestoreWish, snapshot: string): Part {
  const from = namesWithin(wanted.path ?? '')
  const besideSuffix = `.${snapshot}`
  const isWhole = from.length === 0 && wanted.to === undefined
  const { onConflict = isWhole ? 'replace' : 'fail' } = wanted
  if (isWhole && onConflict === 'beside')
    return { from, to: [`restored${besideSuffix}`], onConflict, besideSuffix: '' }
  const to = wanted.to === undefined ? from : namesWithin(wanted.to)
  if (to.length === 0 && (from.length > 0 || onConflict === 'fail' || onConflict === 'beside'))
    throw new ServiceError(
      'invalid',
      'the root of a share is there, and is restored as a whole: have it replaced or merged, or name a path within it',
    )
  if (to[0] === stagingName.toString())
    throw new ServiceError('invalid', `${to[0]} is the name of what restores need: name another`)
  return { from, to, onConflict, besideSuffix }
}

function opened(directory: string) {
  return open(join(directory, '.'), O_PATH | constants.O_DIRECTORY)
}

async function clearShare(directory: string): Promise<void> {
  const root = openShare(directory)
  try {
    await removeStaging(root)
  } finally {
    native.close(root)
  }
}

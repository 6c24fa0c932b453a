import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applications } from '../../applications/index.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { isThere } from '../../namespace/files.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { O_PATH } from '../../native/index.ts'
import type { Logger } from '../../telemetry/log.ts'
import { refusalFor } from '../refusal.ts'
import type { Snapshots } from '../snapshots.ts'
import { CloneMaker, type CloneSettings, type CloneWish, type MadeClone } from './clones.ts'
import { inodeHighMaskOf } from './inode-mask.ts'
import type { OnConflict, RestoreOrder } from './messages.ts'
import { namesWithin } from './paths.ts'
import type { RestoreReport } from './report.ts'
import { RestoreJobs, type RestoreJob, type RunningRestore } from './restore-jobs.ts'
import { stagingName } from './staging.ts'
import { restoreInThread } from './thread.ts'
import { UnfinishedRestores } from './unfinished.ts'

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
  readonly #unfinished: UnfinishedRestores
  readonly #jobs: RestoreJobs
  readonly #clones: CloneMaker
  readonly #listeners = new Set<(shareId: number) => void>()

  /** Removes what the last run has left half made. */
  static async open(options: RestoresOptions): Promise<Restores> {
    const restores = new Restores(options)
    await restores.#unfinished.recover()
    return restores
  }

  private constructor(options: RestoresOptions) {
    this.#options = options
    const { now = Date.now } = options
    this.#unfinished = new UnfinishedRestores({ ...options, now })
    this.#jobs = new RestoreJobs(now)
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
    const begun = { shareId, to: part.to.join('/'), onConflict: 'beside' } as const
    return this.#unfinished.during(begun, (leave) =>
      this.#options.snapshots.takings.without(shareId, actor, (end) =>
        this.#carryOut(
          shareId,
          { ...order, onConflict: 'beside', isDryRun: false },
          AbortSignal.any([end, signal]),
          { onCounts() {}, leave },
        ),
      ),
    )
  }

  async #run(id: number, wanted: RestoreWish, actor: string, isDryRun: boolean): Promise<Restored> {
    const { snapshots } = this.#options
    const { shareId, name } = snapshots.get(id)
    this.#livingShare(shareId)
    const order = partOf(wanted, name)
    const begun = { shareId, snapshotId: id, to: order.to.join('/') }
    return this.#jobs.begin({ kind: 'restore', ...begun, createdBy: actor }, (job) =>
      snapshots.deletions.restoring(id, async (snapshot) => {
        // That it is there, and whole.
        await snapshots.manifestOf(id)
        const work = (signal: AbortSignal, leave: () => void) =>
          this.#restore(snapshot, { ...order, isDryRun }, job, signal, leave)
        if (isDryRun) return { report: await work(job.signal, () => {}), safety: undefined }
        return this.#unfinished.during({ ...begun, onConflict: order.onConflict }, async (leave) => {
          const isSaved = wanted.safetySnapshot ?? order.to.length === 0
          const safety = isSaved ? await this.#save(snapshot, actor, job) : undefined
          job.note({ phase: 'waiting' })
          const report = await snapshots.takings.without(shareId, actor, (signal) =>
            work(AbortSignal.any([signal, job.signal]), leave),
          )
          return { report, safety }
        })
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
    leave: () => void,
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
        shareId,
        { ...order, source: tree, inodeMap, cutAt: cutAt ?? 0, inodeHighMask: inodeHighMaskOf(driver) },
        signal,
        { onCounts: (counts) => job.note({ counts }), leave },
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
    shareId: number,
    order: Omit<RestoreOrder, 'target' | 'isPrivate'>,
    signal: AbortSignal,
    { onCounts, leave }: { onCounts(counts: RestoreReport['counts']): void; leave(): void },
  ): Promise<RestoreReport> {
    // By its descriptor: a share that is moved meanwhile is the same one still.
    const root = await opened(this.#options.namespace.shares.directoryOf(this.#livingShare(shareId)))
    try {
      const target = `/proc/self/fd/${root.fd}/.`
      return await restoreInThread({ order: { ...order, target, isPrivate: false } }, signal, onCounts)
    } finally {
      const staging = `/proc/self/fd/${root.fd}/${stagingName.toString()}`
      if (!order.isDryRun && (await isThere(staging))) leave()
      await root.close()
      if (!order.isDryRun) for (const listener of this.#listeners) listener(shareId)
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

import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { putIntent } from '../../catalog/intents.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import { ServiceError } from '../../config/service-error.ts'
import type { ShareDefinition } from '../../filesystem/index.ts'
import { makePrivate, makeSubvolume } from '../../namespace/files.ts'
import { moveMaps, movingShare } from '../../namespace/layout.ts'
import { O_PATH } from '../../native/index.ts'
import { holdMsMax, type Hold } from '../../snapshots/data-plane.ts'
import { dataName } from '../../snapshots/drivers/tree-pair.ts'
import { refusalFor } from '../../snapshots/refusal.ts'
import type { Logger } from '../../telemetry/log.ts'
import { checkMove, type MoveCheckOptions, type MovePlan } from './move-checks.ts'
import type { MoveCounts } from './messages.ts'
import { MoveEnds, moveKind, type MoveIntent } from './move-ends.ts'
import { MoveJobs, type MoveJob, type RunningMove } from './move-jobs.ts'
import { mapName } from './move-work.ts'
import type { MovingPlane } from './moving-plane.ts'
import { MoveThread } from './thread.ts'

export type { MovePlan } from './move-checks.ts'
export type { MoveJob } from './move-jobs.ts'

/** A round that takes no longer, in ms, leaves little for the hold. */
const shortRoundMs = 100
/** Rounds before and after the map is written: who writes faster than is copied is held for longer. */
const roundsMax = 10

/** A share that is in another store now. */
export interface Moved extends MovePlan {
  readonly rounds: number
  /** How long clients' changes waited, in milliseconds. */
  readonly heldMs: number
}

export interface MovesOptions extends MoveCheckOptions {
  readonly catalog: Catalog
  readonly dataPlane: MovingPlane
  /** What lanes open for a share. */
  readonly definition: (share: ShareRecord) => ShareDefinition
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** What goes on for one move. */
interface Course {
  readonly plan: MovePlan
  readonly intentId: string
  readonly intent: MoveIntent
  readonly job: RunningMove
  readonly signal: AbortSignal
}

/**
 * Moves shares to other stores while clients use them: copied while they write, then made equal to what has changed, round
 * after round, and at last, while their changes wait, brought to the same and served from there. The catalog says where a
 * share is; until it has the new store, the share is where it was, whatever fails.
 */
export class Moves {
  readonly #options: MovesOptions
  readonly #now: () => number
  readonly #jobs: MoveJobs
  readonly #ends: MoveEnds
  readonly #listeners = new Set<(shareId: number) => void>()

  /** Finishes or undoes what the last run was in the middle of. */
  static async open(options: MovesOptions): Promise<Moves> {
    const moves = new Moves(options)
    await moves.#ends.recover()
    return moves
  }

  private constructor(options: MovesOptions) {
    this.#options = options
    this.#ends = new MoveEnds(options)
    this.#now = options.now ?? Date.now
    this.#jobs = new MoveJobs(this.#now)
  }

  /** Ends what goes on early. The catalog stays open, and so do the snapshots. */
  async close(): Promise<void> {
    this.#ends.stop()
    await this.#jobs.close()
    await this.#ends.ended()
  }

  /** Tells of each share that was moved; what it returns ends that. */
  onMoved(listener: (shareId: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What goes on, the oldest first. */
  jobs(): MoveJob[] {
    return this.#jobs.list()
  }

  /** Ends a move early: the share stays where it is. @throws {ServiceError} `not-found` */
  abort(jobId: string): void {
    this.#jobs.abort(jobId)
  }

  /** What {@link move} would do. @throws {ServiceError} as it does */
  plan(id: number, to: string): MovePlan {
    return checkMove(this.#options, id, to)
  }

  /**
   * Moves a share to another store. Resolves when clients are served from there.
   * @throws {ServiceError} `not-found`, `invalid`, `conflict`, `limit` or `unavailable`: then the share is where it was
   */
  async move(id: number, to: string, actor: string): Promise<Moved> {
    const { from } = this.plan(id, to)
    return this.#jobs.run({ shareId: id, from, to, createdBy: actor }, (job) =>
      this.#options.snapshots.takings.without(id, actor, (signal) =>
        this.#move(this.plan(id, to), job, AbortSignal.any([signal, job.signal])),
      ),
    )
  }

  async #move(plan: MovePlan, job: RunningMove, signal: AbortSignal): Promise<Moved> {
    const { catalog, log } = this.#options
    const { share, from, to } = plan
    const startedAt = performance.now()
    const at = this.#now()
    const intent: MoveIntent = {
      shareId: share.id,
      from: { store: from, moves: share.moves },
      to,
      phase: 'moving',
    }
    const course: Course = { plan, intentId: uuid({ msecs: at }), intent, job, signal }
    await putIntent(catalog.db, { id: course.intentId, kind: moveKind, detail: intent, createdAt: at })
    let moved: Moved
    try {
      moved = await this.#carryOut(course)
    } catch (error) {
      // Past the point of no return nothing is undone: the next start removes what is left.
      if (this.#options.namespace.shares.get(share.id).store === to) throw error
      await this.#ends.undo(course.intentId, intent)
      throw refusalFor(`share ${share.path} was not moved to store ${to}, and is where it was`, error)
    }
    const { files, bytes, rounds, heldMs } = moved
    const ms = Math.round(performance.now() - startedAt)
    log.info(
      { share: share.path, from, to, files, bytes, rounds, heldMs, ms },
      'move: a share is in another store',
    )
    // It has the numbers of files as they were where the share was.
    await this.#options.snapshots.journals.end(share.id)
    for (const listener of this.#listeners) listener(share.id)
    job.note({ phase: 'finishing' })
    await this.#ends.leave(course.intentId, intent)
    return moved
  }

  async #carryOut(course: Course): Promise<Moved> {
    const { namespace, dataPlane } = this.#options
    const { plan, job, signal } = course
    const { share, to, keepsHandles } = plan
    const directory = join(namespace.stores.directoryOf(to), movingShare(share.id))
    // On the disk with the files, before the map is renamed into it.
    await makePrivate(join(namespace.stores.directoryOf(to), moveMaps))
    // What an undoing could not remove.
    await this.#ends.clear(directory)
    await mkdir(directory, { mode: 0o700 })
    await makeSubvolume(join(directory, dataName))
    // By its descriptor: a share whose path changes meanwhile is the same one still.
    const root = await open(namespace.shares.directoryOf(share), O_PATH | constants.O_DIRECTORY)
    const thread = new MoveThread(
      {
        ...{ source: `/proc/self/fd/${root.fd}/.`, directory, limbo: `.berth-moving-${uuid()}` },
        generation: keepsHandles ? share.moves + 1 : undefined,
        formerMap: namespace.shares.moveMapOf(share),
      },
      signal,
      (counts) => job.note(counts),
    )
    try {
      await dataPlane.watch(share.id)
      job.note({ phase: 'copying' })
      await thread.copy()
      job.note({ phase: 'catching-up' })
      let rounds = await this.#catchUp(course, thread, 0)
      await thread.map()
      rounds = await this.#catchUp(course, thread, rounds)
      signal.throwIfAborted()
      job.note({ phase: 'holding' })
      const hold = await dataPlane.hold([share.id])
      const { record, counts } = await this.#switch(course, thread, hold).finally(() => hold.release())
      const heldMs = Math.round(performance.now() - hold.since)
      return { ...plan, share: record, ...counts, rounds, heldMs }
    } finally {
      dataPlane.unwatch(share.id)
      await thread.close()
      await root.close()
    }
  }

  /** Round after round, until one is short. Answers how many there were. */
  async #catchUp({ plan, job }: Course, thread: MoveThread, before: number): Promise<number> {
    for (let rounds = before + 1; ; rounds++) {
      const changed = await this.#options.dataPlane.takeChanges(plan.share.id)
      const begun = performance.now()
      job.note({ ...(await thread.round(changed)), rounds })
      if (performance.now() - begun < shortRoundMs || rounds - before >= roundsMax) return rounds
    }
  }

  /** While clients are held. From the moment that the catalog has the new store, there is no way back. */
  async #switch(
    { plan, intentId, intent, signal }: Course,
    thread: MoveThread,
    hold: Hold,
  ): Promise<{ record: ShareRecord; counts: MoveCounts }> {
    const { namespace, dataPlane, definition, log } = this.#options
    const { share, to, keepsHandles } = plan
    const counts = await thread.finish(hold.changed.get(share.id))
    signal.throwIfAborted()
    if (!(await dataPlane.seal(share.id)))
      throw new ServiceError(
        'unavailable',
        `clients could not be held for as long as the end took, over ${holdMsMax / 1000} s: move it while less is written`,
      )
    const place = movingShare(share.id)
    const record = await namespace.shares.changeStore(
      share.id,
      {
        store: to,
        files: join(place, dataName),
        map: keepsHandles ? join(place, mapName) : undefined,
        note: (db) =>
          putIntent(db, {
            ...{ id: intentId, kind: moveKind, createdAt: this.#now() },
            detail: { ...intent, phase: 'leaving' } satisfies MoveIntent,
          }),
      },
      ({ store, moves }) => {
        signal.throwIfAborted()
        if (store !== plan.from || moves !== share.moves)
          throw new ServiceError('conflict', `share ${share.path} went elsewhere meanwhile`)
      },
    )
    const failure = await dataPlane.move(definition(record))
    if (failure !== undefined)
      log.error(
        { share: record.path, store: to, failure },
        'move: a share cannot be served from its new store',
      )
    return { record, counts }
  }
}

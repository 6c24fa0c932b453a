import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { Capture } from './capture.ts'
import { costOf, type SnapshotCost } from './costs.ts'
import { noHooks } from './hooks.ts'
import { Interruption, SnapshotJobs, type SnapshotJob } from './jobs.ts'
import { checkWish, groupShareCountMax, SnapshotOrders, type SnapshotWish } from './orders.ts'
import type { PausedTakings } from './paused.ts'
import type { Removals } from './removals.ts'
import type { SnapshotServices } from './services.ts'

/** Snapshots that are being taken, and what must not go on at the same time. */
export class Takings {
  readonly #services: SnapshotServices
  readonly #orders: SnapshotOrders
  readonly #removals: Removals
  readonly #paused: PausedTakings
  readonly #jobs: SnapshotJobs
  readonly #unlisten: () => void

  constructor(services: SnapshotServices, removals: Removals, paused: PausedTakings) {
    this.#services = services
    this.#orders = new SnapshotOrders(services)
    this.#removals = removals
    this.#paused = paused
    this.#jobs = new SnapshotJobs(services.now)
    this.#unlisten = services.namespace.onChange((event) => {
      if (event.kind === 'share-deleted') void this.endThoseOf(event.shareId)
    })
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#unlisten()
    await this.#jobs.close()
  }

  /**
   * Takes a snapshot of a share. Resolves when it is complete.
   * @throws {ServiceError} `invalid`, `not-found`, `exists`, `limit`, `conflict`, `forbidden` for a hook, or `unavailable`
   */
  async create(wanted: SnapshotWish & { readonly shareId: number }): Promise<SnapshotRecord> {
    const { records } = await this.begin([wanted.shareId], wanted, false).done
    return records[0]!
  }

  /** Takes snapshots of several shares in one cut: of all, or of none. @throws as {@link create} does */
  async createGroup(
    wanted: SnapshotWish & ({ readonly shareIds: readonly number[] } | { readonly applicationId: string }),
  ): Promise<readonly SnapshotRecord[]> {
    const shareIds = 'shareIds' in wanted ? wanted.shareIds : this.#sharesOf(wanted.applicationId)
    const { records } = await this.begin(shareIds, wanted, true).done
    return records
  }

  /**
   * Begins to take snapshots. `jobId` is what {@link jobs} and {@link abort} know it by; `done` must be waited for.
   * @throws {ServiceError} for what is refused at once; `done` fails with what came in the way later
   */
  begin(
    shareIds: readonly number[],
    wanted: SnapshotWish,
    isGroup: boolean,
  ): {
    readonly jobId: string
    readonly done: Promise<{
      readonly records: readonly SnapshotRecord[]
      readonly warnings: readonly string[]
    }>
  } {
    const { name, hooks = noHooks } = wanted
    checkWish(wanted)
    this.#services.hooks.check(hooks)
    const ids = [...new Set(shareIds)]
    if (ids.length === 0) throw new ServiceError('invalid', 'there is no share to take a snapshot of')
    if (ids.length > groupShareCountMax)
      throw new ServiceError('limit', `over ${groupShareCountMax} shares cannot be taken in one cut`)
    for (const id of ids) this.#orders.livingShare(id)
    const { id: jobId, done } = this.#jobs.add(
      { name, shareIds: ids, createdBy: wanted.createdBy },
      async (job) => {
        const records = await this.#orders.insert(wanted, job, isGroup)
        return new Capture(
          this.#services,
          { removals: this.#removals, paused: this.#paused },
          records,
          job,
        ).run(hooks)
      },
    )
    return { jobId, done }
  }

  /**
   * What {@link create} would take of the disk. It reads names and sizes of all files that would be copied.
   * @throws {ServiceError} `not-found`, `conflict` or `unavailable`
   */
  async costOf(shareId: number): Promise<SnapshotCost> {
    const share = this.#orders.livingShare(shareId)
    const driver = await this.#orders.driverFor(share)
    const leftover = this.#paused.leftoverFor({ shareId, driver, store: share.store })
    return costOf(this.#services, share, driver, leftover, this.#removals.stopping)
  }

  /** What was interrupted, and then what is being taken, the oldest first. */
  jobs(): SnapshotJob[] {
    return [...this.#paused.list(), ...this.#jobs.list()]
  }

  /** Ends one early: it is not made; or, because the gateway stops, not now. @throws {ServiceError} `not-found` */
  abort(jobId: string, why: 'asked' | 'stopping' = 'asked'): void {
    this.#jobs.abort(jobId, why === 'stopping' ? new Interruption() : undefined)
  }

  /** Removes what is left of an interrupted one. False: it is none of these. */
  removePaused(jobId: string): Promise<boolean> {
    return this.#paused.remove(jobId)
  }

  /**
   * Runs what changes a share's files behind the back of the data plane, while no snapshot of it is taken: nobody notes
   * these changes. `signal` ends it early, when the share is deleted or the gateway stops.
   */
  without<T>(shareId: number, createdBy: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const wanted = { name: undefined, shareIds: [shareId], createdBy, isListed: false }
    return this.#jobs.add(wanted, async ({ signal }) => {
      try {
        return await work(signal)
      } finally {
        this.#services.journals.lose(shareId)
      }
    }).done
  }

  /** Ends those of a share that is deleted. Resolves when none is under way. */
  endThoseOf(shareId: number): Promise<void> {
    const reason = new ServiceError('conflict', 'the share was deleted while its snapshot was taken')
    return this.#jobs.endThoseOf(shareId, reason)
  }

  #sharesOf(applicationId: string): number[] {
    const shares = [...this.#services.namespace.shares.all()]
    return shares.filter((share) => share.applicationId === applicationId).map(({ id }) => id)
  }
}

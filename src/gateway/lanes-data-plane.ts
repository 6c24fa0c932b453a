import { ServiceError } from '../config/service-error.ts'
import { joinedChanges, type ChangeList, type ShareDefinition } from '../filesystem/index.ts'
import type { Lane } from '../lanes/lane.ts'
import { Turns } from '../service/turns.ts'
import type { DataPlane, Hold } from '../snapshots/data-plane.ts'
import type { MovingPlane } from '../transfers/moves/moving-plane.ts'

/** A sync that ends within this time, in ms, leaves little for the one under the hold to do. */
const shortSyncMs = 10
/** How often is synced before the hold at most: who writes faster than the disk holds the others up for longer. */
const syncRoundsMax = 5

/** What snapshots and moves need of those who serve the shares: all lanes at once. */
export class LanesDataPlane implements DataPlane, MovingPlane {
  readonly #lanes: readonly Lane[]
  /** Lanes hold a share once at a time. */
  readonly #turns = new Turns()

  /** `lanes`: those that there are when it is asked for something. */
  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes
  }

  async watch(shareId: number): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'watch', shareId })))
  }

  unwatch(shareId: number): void {
    for (const lane of this.#lanes) void lane.carryOut({ kind: 'unwatch', shareId })
  }

  async takeChanges(shareId: number): Promise<ChangeList | undefined> {
    return joinedChanges(
      await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'take-changes', shareId }))),
    )
  }

  async seal(shareId: number): Promise<boolean> {
    const order = { kind: 'seal', shareIds: [shareId] } as const
    const sealed = await Promise.all(this.#lanes.map((lane) => lane.carryOut(order)))
    return sealed.every(Boolean)
  }

  async move(share: ShareDefinition): Promise<string | undefined> {
    const failures = await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'move', share })))
    return failures.find((failure) => failure !== undefined)
  }

  async beginJournal(shareId: number): Promise<boolean> {
    await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'begin-journal', shareId })))
    return this.#lanes.length > 0
  }

  endJournal(shareId: number): void {
    for (const lane of this.#lanes) void lane.carryOut({ kind: 'end-journal', shareId })
  }

  /** The turn ends with the release, so that a second hold waits for the first. */
  async hold(shareIds: readonly number[]): Promise<Hold> {
    await this.#syncBefore(shareIds)
    return new Promise((resolve, reject) => {
      void this.#turns.take(async () => {
        const since = performance.now()
        const held = await this.#hold(shareIds).catch(reject)
        if (held === undefined) return
        await new Promise<void>((released) => {
          const release = () => this.#release(shareIds).finally(released)
          resolve({ since, changed: held, release, settle: () => this.#bring('settle', shareIds) })
        })
      })
    })
  }

  /** Most is brought to the disk while clients go on, so that they wait for little. */
  async #syncBefore(shareIds: readonly number[]): Promise<void> {
    for (let round = 0; round < syncRoundsMax; round++) {
      const begun = performance.now()
      await this.#bring('sync', shareIds)
      if (performance.now() - begun < shortSyncMs) return
    }
  }

  async #bring(kind: 'sync' | 'settle', shareIds: readonly number[]): Promise<void> {
    const failures = await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind, shareIds })))
    for (const failure of failures) if (failure !== undefined) throw refused(failure)
  }

  async #hold(shareIds: readonly number[]): Promise<Hold['changed']> {
    const held = await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'hold', shareIds })))
    const failure = held.find((each) => each.failure !== undefined)?.failure
    if (failure !== undefined) {
      await this.#release(shareIds)
      throw refused(failure)
    }
    return new Map(shareIds.map((id) => [id, joinedChanges(held.map(({ changed }) => changed.get(id)))]))
  }

  async #release(shareIds: readonly number[]): Promise<boolean> {
    const lasted = await Promise.all(this.#lanes.map((lane) => lane.carryOut({ kind: 'release', shareIds })))
    return lasted.every(Boolean)
  }
}

function refused(failure: string): ServiceError {
  return new ServiceError(
    'unavailable',
    `what was written could not be brought to the disk (${failure}): look at the store's disk, then try again`,
  )
}

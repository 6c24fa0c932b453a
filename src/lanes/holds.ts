import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { errnoName } from '../filesystem/index.ts'
import { holdMsMax } from '../snapshots/data-plane.ts'
import type { OrderResults } from './messages.ts'

interface Gate {
  readonly opened: Promise<void>
  open(): void
  /** It is not opened by the time any more. */
  seal(): void
}

/** Of a disk or store that has not answered for as long as a share may be held. */
const silent = -constants.errno.ETIMEDOUT

/** What holding needs of the filesystem. */
interface HeldFiles {
  /** 0 or a negative errno. */
  sync(shareId: number): Promise<number>
  /** As {@link sync}, of a share whose calls wait; and what of it can be put off until they go on. */
  syncHeld(shareId: number): Promise<number>
  settle(shareId: number): Promise<number>
  /** Has what has changed so far told, and answers what was noted of it. */
  tellChanges(shareIds: readonly number[]): Promise<OrderResults['hold']['changed']>
}

/** Shares whose changing calls wait, of one lane. */
export class Holds {
  readonly #files: HeldFiles
  readonly #gates = new Map<number, Gate>()

  constructor(files: HeldFiles) {
    this.#files = files
  }

  /** Whether nothing waits anywhere. */
  get isEmpty(): boolean {
    return this.#gates.size === 0
  }

  /** What a changing call of a share has to wait for. */
  of(shareId: number): Promise<void> | undefined {
    return this.#gates.get(shareId)?.opened
  }

  /**
   * Lets the calls of these shares wait, and brings to the disk what the ones before have written. Calls run to their
   * end without a pause, but for syncs: so none is half done. @throws RangeError when one is held already.
   */
  async hold(shareIds: readonly number[]): Promise<OrderResults['hold']> {
    for (const id of shareIds) if (this.#gates.has(id)) throw new RangeError(`share ${id} is held already`)
    for (const id of shareIds)
      this.#gates.set(
        id,
        gateFor(() => this.#gates.delete(id)),
      )
    const failure = await failureOf(shareIds.map((id) => this.#files.syncHeld(id)))
    // What does not answer is not asked again.
    if (failure !== undefined) return { failure, changed: new Map() }
    return { failure, changed: await this.#files.tellChanges(shareIds) }
  }

  /** Brings to the disk what was written to shares. Answers what the disk said when it refused. */
  sync(shareIds: readonly number[]): Promise<string | undefined> {
    return failureOf(shareIds.map((id) => this.#files.sync(id)))
  }

  /** As {@link sync}, of what was put off when shares were held. */
  settle(shareIds: readonly number[]): Promise<string | undefined> {
    return failureOf(shareIds.map((id) => this.#files.settle(id)))
  }

  /** Lets them wait however long. False: some have gone on by themselves, and nothing is sealed. */
  seal(shareIds: readonly number[]): boolean {
    const gates = shareIds.map((id) => this.#gates.get(id))
    const areHeld = gates.every((gate) => gate !== undefined)
    if (areHeld) for (const gate of gates) gate.seal()
    return areHeld
  }

  /** Lets them go on; whether all of them were held until now. */
  release(shareIds: readonly number[]): boolean {
    const gates = shareIds.map((id) => this.#gates.get(id))
    for (const gate of gates) gate?.open()
    return gates.every((gate) => gate !== undefined)
  }
}

async function failureOf(syncs: readonly Promise<number>[]): Promise<string | undefined> {
  const within = syncs.map((sync) => Promise.race([sync, delay(holdMsMax, silent, { ref: false })]))
  const failed = (await Promise.all(within)).find((result) => result < 0)
  return failed === undefined ? undefined : errnoName(failed)
}

function gateFor(onOpen: () => void): Gate {
  let settle!: () => void
  const opened = new Promise<void>((resolve) => (settle = resolve))
  const open = () => {
    clearTimeout(timer)
    onOpen()
    settle()
  }
  const timer = setTimeout(open, holdMsMax)
  return { opened, open, seal: () => clearTimeout(timer) }
}

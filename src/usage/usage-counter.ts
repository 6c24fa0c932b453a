import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ShareUsage } from '../catalog/shares.ts'
import type { ShareTable, ShareUse } from '../shared-memory/share-table.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { DueShares, type CountableShare } from './due.ts'
import type { CounterAnswer, CounterRequest, CounterSetup, Pace } from './messages.ts'
import type { SavedCount, WalkPosition } from './position.ts'
import { readCount } from './saved-count.ts'
import { isServed } from './served.ts'
import { settle } from './settlement.ts'
import { readState, writeState, type UsageState } from './state-file.ts'
import { UsageWriter } from './usage-writer.ts'

export interface UsageCounterOptions {
  readonly table: ShareTable
  /** All shares, as they are now. Those that are not in the table are left out. */
  readonly shares: () => Iterable<CountableShare>
  /** One of them, by its number: asked for several times for each count. */
  readonly share: (id: number) => CountableShare | undefined
  readonly dataDirectory: string
  /** Puts what shares use into the catalog; those with `countedAt` were counted. At most 200 at a time. */
  readonly save: (usages: readonly ShareUsage[]) => Promise<void>
  readonly onLog: (event: LogEvent) => void
  /** The counting thread ended by an error of ours: nothing is counted any more. What is used is kept as calls pass. */
  readonly onDeath: (error: Error) => void
  readonly now?: () => number
  readonly pace?: Pace
}

/** The count that goes on. */
export interface UsageProgress {
  readonly shareId: number
  /** Files, directories and the like met. */
  readonly entries: number
  /** Milliseconds since 1970. */
  readonly since: number
}

const paceDefault: Pace = { busyPart: 1 / 4, sliceMs: 10, saveIntervalMs: 5000 }

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 2

/** Milliseconds after which it is asked anew which shares are due. */
const listIntervalMs = 10_000
/** How long is waited for the thread at the end. */
const closeMsMax = 1000

interface Running {
  readonly shareId: number
  readonly startedAt: number
  /** Whether this process began it. */
  readonly isOurs: boolean
  /** What calls had added when it began, and those of earlier processes while it went on. */
  readonly addedBefore: ShareUse
  readonly changedBefore: ShareUse
  entries: number
}

/**
 * Keeps what shares use right: a thread counts the files of one share after the other, slowly; and what calls have
 * added reaches the catalog. After an end without {@link close} all shares are counted again.
 */
export class UsageCounter {
  readonly #options: UsageCounterOptions
  readonly #now: () => number
  readonly #stateFile: string
  readonly #trustedSince: number
  readonly #due: DueShares
  readonly #writer: UsageWriter
  readonly #worker: Worker
  /** Resolves when the thread has ended, in whatever way. */
  readonly #ended: Promise<void>
  readonly #timer: NodeJS.Timeout
  #saved: SavedCount | undefined
  #interrupted: UsageState['interrupted']
  /** Numbers of shares, the next one last. */
  #queue: number[] = []
  #listedAt = -Infinity
  #running: Running | undefined
  #phase: 'counting' | 'closing' | 'dead' = 'counting'

  /**
   * Starts to count. To be called when all shares are in the table, and before any call is served.
   * @throws the error of the disk, if the data directory cannot be written.
   */
  static start(options: UsageCounterOptions): UsageCounter {
    return new UsageCounter(options)
  }

  private constructor(options: UsageCounterOptions) {
    const { table, shares, dataDirectory, save, onLog, now = Date.now, pace = paceDefault } = options
    this.#options = options
    this.#now = now
    this.#stateFile = join(dataDirectory, 'usage.json')
    const positionFile = join(dataDirectory, 'usage-scan.json')
    const state = this.#begin()
    this.#trustedSince = state.trustedSince
    this.#due = new DueShares(state.trustedSince, state.asked)
    this.#interrupted = state.interrupted
    const saved = readCount(positionFile)
    if (saved === 'damaged') this.#log('warn', 'the place of an interrupted count is damaged: it starts anew')
    else this.#saved = saved
    this.#writer = new UsageWriter({ table, shares, save, onLog })
    const setup: CounterSetup = { positionFile, pace }
    this.#worker = new Worker(new URL('./usage-worker.js', import.meta.url), {
      workerData: setup,
      name: 'usage',
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    this.#worker.on('message', (answer: CounterAnswer) => this.#take(answer))
    this.#ended = this.#watch()
    this.#timer = setInterval(() => this.#next(), listIntervalMs).unref()
    this.#next()
  }

  /** Counts a share soon, before all that are merely due. */
  count(shareId: number): void {
    this.#due.ask(shareId)
    this.#queue = []
    this.#next()
  }

  /** A share lies elsewhere now: it is counted there, and no more where it was. */
  moved(shareId: number): void {
    if (this.#running?.shareId === shareId) this.#ask({ kind: 'abandon' })
    this.count(shareId)
  }

  progress(): UsageProgress | undefined {
    if (this.#running === undefined) return undefined
    const { shareId, entries, startedAt } = this.#running
    return { shareId, entries, since: startedAt }
  }

  /**
   * Writes what is used into the catalog, which must still be open. All lanes must have ended. Answers whether its thread has:
   * else it waits for a store that does not answer, and all is counted again after the next start.
   */
  async close(): Promise<boolean> {
    if (this.#phase === 'counting') {
      this.#phase = 'closing'
      this.#ask({ kind: 'close' })
    }
    clearInterval(this.#timer)
    const hasEnded = await Promise.race([
      this.#ended.then(() => true),
      delay(closeMsMax, false, { ref: false }),
    ])
    await this.#writer.close()
    if (!hasEnded) {
      this.#log(
        'warn',
        'a store does not answer while its files are counted: all are counted again after the next start',
      )
      return false
    }
    const running = this.#running
    const interrupted = running && {
      ...{ shareId: running.shareId, startedAt: running.startedAt },
      ...this.#changed(running),
    }
    writeState(this.#stateFile, {
      ...{ isClean: true, trustedSince: this.#trustedSince, asked: this.#due.asked },
      ...(interrupted === undefined ? {} : { interrupted }),
    })
    return true
  }

  /** Reads how the process before has ended, and notes that this one has not. */
  #begin(): UsageState {
    const found = readState(this.#stateFile)
    const now = this.#now()
    let state: UsageState = { isClean: false, trustedSince: now, asked: [] }
    if (found !== undefined && found !== 'damaged' && found.isClean) {
      // A clock set back must not make the counts of this process doubtful.
      state = { ...found, trustedSince: Math.min(found.trustedSince, now) }
    } else if (found !== undefined) {
      this.#log('info', 'the last process did not close: what shares use is counted again')
    }
    writeState(this.#stateFile, { ...state, isClean: false })
    return state
  }

  async #watch(): Promise<void> {
    try {
      await endOf(this.#worker)
      if (this.#phase === 'closing') return
      throw new Error('the thread that counts what shares use ended by itself')
    } catch (error) {
      this.#phase = 'dead'
      this.#running = undefined
      this.#options.onDeath(error as Error)
    }
  }

  #next(): void {
    if (this.#running !== undefined || this.#phase !== 'counting') return
    const share = this.#takeResumable() ?? this.#takeDue()
    if (share === undefined) return
    const { id: shareId, directory, resumed } = share
    const startedAt = resumed?.startedAt ?? this.#now()
    if (resumed === undefined) this.#due.began(shareId)
    this.#running = {
      ...{ shareId, startedAt, isOurs: resumed === undefined, entries: resumed?.position.entries ?? 0 },
      addedBefore: this.#addedBy(shareId),
      changedBefore: this.#takeChanged(shareId, startedAt),
    }
    this.#ask({ kind: 'count', shareId, directory, startedAt, from: resumed?.position })
  }

  /** The share whose count was interrupted, once. */
  #takeResumable(): (CountableShare & { resumed?: SavedCount }) | undefined {
    const saved = this.#saved
    this.#saved = undefined
    const share = saved && this.#find(saved.shareId)
    return share && this.#due.isNewer(share, saved.startedAt) ? { ...share, resumed: saved } : undefined
  }

  #takeDue(): (CountableShare & { resumed?: SavedCount }) | undefined {
    const now = this.#now()
    const monotonic = performance.now()
    if (this.#queue.length === 0 || monotonic - this.#listedAt > listIntervalMs) {
      this.#queue = this.#due.list(this.#options.shares(), now).reverse()
      this.#listedAt = monotonic
    }
    for (let id = this.#queue.pop(); id !== undefined; id = this.#queue.pop()) {
      const share = this.#find(id)
      if (share !== undefined) return share
    }
    return undefined
  }

  /** A share as it is now, if it is served. */
  #find(id: number): CountableShare | undefined {
    return isServed(this.#options.table, id) ? this.#options.share(id) : undefined
  }

  #take(answer: CounterAnswer): void {
    const running = this.#running
    if (running === undefined) return
    switch (answer.kind) {
      case 'progress':
        running.entries = answer.entries
        if (this.#find(running.shareId) === undefined) this.#ask({ kind: 'abandon' })
        return
      case 'unsaved':
        this.#log('warn', 'the place of a count cannot be saved', { reason: answer.message })
        return
      case 'counted':
        this.#counted(running, answer.found, answer.resumedAt)
        break
      case 'unreachable':
        this.#log('warn', 'a share cannot be counted', { share: running.shareId, reason: answer.message })
        this.#due.again(running.shareId, this.#now())
        break
      case 'abandoned':
    }
    this.#running = undefined
    this.#next()
  }

  #counted(running: Running, found: WalkPosition, resumedAt: number): void {
    const { shareId, startedAt, isOurs } = running
    const { table } = this.#options
    if (this.#find(shareId) === undefined) return
    const { use, isInexact } = settle({
      found,
      isIncomplete: found.missed > 0,
      changed: this.#changed(running),
      used: table.used(shareId),
    })
    table.counted(shareId, use)
    this.#due.counted(shareId, startedAt, isOurs)
    if (isInexact) this.#due.again(shareId, this.#now())
    else this.#due.rest(shareId)
    this.#writer.counted(shareId, startedAt)
    const fields = { share: shareId, ...use, entries: found.entries, resumedAt }
    if (found.missed === 0) this.#log('debug', 'share counted', fields)
    else {
      const { missed, firstMissed } = found
      this.#log('warn', 'share counted, but not all of it', { ...fields, missed, firstMissed })
    }
  }

  /** What calls have added to the share that is counted, less what they gave back. */
  #changed({ shareId, addedBefore, changedBefore }: Running): ShareUse {
    const added = this.#addedBy(shareId)
    return {
      bytes: added.bytes - addedBefore.bytes + changedBefore.bytes,
      files: added.files - addedBefore.files + changedBefore.files,
    }
  }

  #addedBy(shareId: number): ShareUse {
    return this.#options.table.slot(shareId, 0).addedByLanes()
  }

  /** What calls of earlier processes added while the same count went on. */
  #takeChanged(shareId: number, startedAt: number): ShareUse {
    const before = this.#interrupted
    this.#interrupted = undefined
    return before?.shareId === shareId && before.startedAt === startedAt ? before : { bytes: 0, files: 0 }
  }

  #ask(request: CounterRequest): void {
    this.#worker.postMessage(request)
  }

  #log(level: LogEvent['level'], message: string, fields: LogEvent['fields'] = {}): void {
    this.#options.onLog({ level, message, fields })
  }
}

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    // An uncaught error comes first, the exit it causes after; only the first of the two counts.
    worker.on('error', (cause) =>
      reject(new Error('the thread that counts what shares use died of an uncaught error', { cause })),
    )
    worker.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`the thread that counts what shares use ended with code ${code}`))
    })
  })
}

import type { ShareUsage } from '../catalog/shares.ts'
import type { ShareTable, ShareUse } from '../shared-memory/share-table.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { isServed } from './served.ts'

export interface UsageWriterOptions {
  readonly table: ShareTable
  readonly shares: () => Iterable<{ readonly id: number }>
  readonly save: (usages: readonly ShareUsage[]) => Promise<void>
  readonly onLog: (event: LogEvent) => void
}

/** Most shares saved at once. */
export const saveCountMax = 200

/** Milliseconds after which counts that have ended are saved. */
const roundIntervalMs = 1000
/** Each of so many rounds also saves what calls have added to any share. */
const roundsPerFullOne = 30

/** Brings what shares use into the catalog, so that a restart begins with numbers that are nearly right. */
export class UsageWriter {
  readonly #options: UsageWriterOptions
  readonly #timer: NodeJS.Timeout
  /** As the catalog has it. */
  readonly #known: Map<number, ShareUse>
  /** When counts that are not saved yet began. */
  readonly #counted = new Map<number, number>()
  #rounds = 0
  #writing: Promise<void> | undefined

  /** What the table has now is taken to be what the catalog has. */
  constructor(options: UsageWriterOptions) {
    this.#options = options
    const ids = [...options.shares()].map(({ id }) => id)
    this.#known = new Map(
      ids.filter((id) => isServed(options.table, id)).map((id) => [id, options.table.used(id)]),
    )
    this.#timer = setInterval(() => this.#round(), roundIntervalMs).unref()
  }

  /** A count that began at `startedAt` is in the table. */
  counted(shareId: number, startedAt: number): void {
    this.#counted.set(shareId, startedAt)
  }

  /** Writes all there is. @throws the error of the catalog. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    await this.#writeAll()
  }

  #round(): void {
    // One that takes long is not overtaken.
    if (this.#writing !== undefined) return
    const isFull = ++this.#rounds % roundsPerFullOne === 0
    if (!isFull && this.#counted.size === 0) return
    this.#writing = (isFull ? this.#writeAll() : this.#write(this.#counted.keys()))
      .catch((err: unknown) => {
        // What is not saved is found changed in a later round.
        const message = 'what shares use cannot be saved'
        this.#options.onLog({ level: 'error', message, fields: { err } })
      })
      .finally(() => (this.#writing = undefined))
  }

  async #writeAll(): Promise<void> {
    const ids = new Set([...this.#options.shares()].map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    await this.#write(ids)
  }

  async #write(ids: Iterable<number>): Promise<void> {
    const changed = [...ids].flatMap((id) => this.#changeOf(id) ?? [])
    for (let start = 0; start < changed.length; start += saveCountMax) {
      const usages = changed.slice(start, start + saveCountMax)
      await this.#options.save(usages)
      for (const { shareId, bytes, files, countedAt } of usages) {
        this.#known.set(shareId, { bytes, files })
        if (this.#counted.get(shareId) === countedAt) this.#counted.delete(shareId)
      }
    }
  }

  #changeOf(shareId: number): ShareUsage | undefined {
    const countedAt = this.#counted.get(shareId)
    if (!isServed(this.#options.table, shareId)) {
      this.#counted.delete(shareId)
      return undefined
    }
    const use = this.#options.table.used(shareId)
    const known = this.#known.get(shareId)
    if (countedAt !== undefined) return { shareId, ...use, countedAt }
    return known?.bytes === use.bytes && known.files === use.files ? undefined : { shareId, ...use }
  }
}

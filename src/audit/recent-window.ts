import { auditRows, insertAuditRows, removeAuditRowsAfter, trimAuditRows } from '../catalog/audit.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { ServiceError } from '../config/service-error.ts'
import type { AuditKind, NumberedLine } from './event.ts'

/** Rows in the catalog. At most half of them are file operations, so that these do not push out all else. */
export const recentCountMax = 20_000
/** Lines of one answer. */
export const recentLimitMax = 1000
const recentLimitDefault = 100

/** Rows of one transaction: the event loop waits for each. */
const rowsOfTransaction = 250

/** Old rows are removed when a twentieth of all was added. */
const sparePart = 20

export interface RecentQuestion {
  readonly kind?: AuditKind
  readonly subject?: string
  readonly shareId?: number
  /** Of the logical path, letter by letter: `/finance/` is all below that folder. */
  readonly pathPrefix?: string
  /** Milliseconds since 1970: nothing older. */
  readonly since?: number
  /** The `next` of the answer before. */
  readonly after?: string
  /** 1 to {@link recentLimitMax}, 100 unless given. */
  readonly limit?: number
}

export interface RecentAnswer {
  /** The newest first. */
  readonly items: readonly NumberedLine[]
  /** Absent: there are no more. */
  readonly next?: string
}

/** The newest lines in the catalog, for questions. It is for convenience: the files are the audit. */
export class RecentWindow {
  readonly #catalog: Catalog
  readonly #countMax: number
  #waiting: NumberedLine[] = []
  #writing: Promise<void> = Promise.resolve()
  /** Rows added since the last time old ones were removed, which takes a walk through the table. */
  #untrimmed = 0

  constructor(catalog: Catalog, countMax = recentCountMax) {
    this.#catalog = catalog
    this.#countMax = countMax
  }

  /** Removes what the files do not have: they end at line `sequence`. */
  async begin(sequence: number): Promise<void> {
    await removeAuditRowsAfter(this.#catalog.db, sequence)
    await this.#trim(0)
  }

  /** Takes lines, in order, to be written with the next {@link write}. */
  add(lines: readonly NumberedLine[]): void {
    this.#waiting.push(...lines)
    // The catalog may be refusing for long.
    if (this.#waiting.length > this.#countMax) this.#waiting = this.#waiting.slice(-this.#countMax)
  }

  /** Puts what was added into the catalog. What this cannot write waits for the next time. */
  write(): Promise<void> {
    const written = this.#writing.then(() => this.#write())
    // Its failure is told to who asked for it; the next write begins all the same.
    this.#writing = written.catch(() => {})
    return written
  }

  /** @throws {ServiceError} for a limit or cursor that is none. */
  async recent(question: RecentQuestion): Promise<RecentAnswer> {
    const { kind = '', subject = '', shareId = 0, pathPrefix = '', since = 0 } = question
    const limit = question.limit ?? recentLimitDefault
    if (!Number.isInteger(limit) || limit < 1 || limit > recentLimitMax)
      throw new ServiceError('invalid', `limit ${limit}: give 1 to ${recentLimitMax}`)
    const before = question.after === undefined ? Number.MAX_SAFE_INTEGER : numberOf(question.after)
    const filter = { kind, subject, shareId, pathPrefix, since, before, limit: limit + 1 }
    const rows = (await auditRows(this.#catalog.db, filter)) as NumberedLine[]
    const items = rows.slice(0, limit)
    return rows.length > limit ? { items, next: String(items.at(-1)!.sequence) } : { items }
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.slice(0, rowsOfTransaction)
      await this.#trim(lines.length)
      await this.#catalog.transaction((db) => insertAuditRows(db, lines))
      // By number: `add` may have let go of some meanwhile.
      const last = lines.at(-1)!.sequence
      this.#waiting = this.#waiting.filter(({ sequence }) => sequence > last)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Makes room for `count` rows, and for a few more. */
  async #trim(count: number): Promise<void> {
    const spare = Math.floor(this.#countMax / sparePart)
    this.#untrimmed += count
    if (count > 0 && this.#untrimmed <= spare) return
    const room = this.#countMax - spare - count
    await trimAuditRows(this.#catalog.db, Math.max(room, 0), Math.floor(this.#countMax / 2))
    this.#untrimmed = count
  }
}

function numberOf(cursor: string): number {
  const number = Number(cursor)
  if (!/^\d{1,16}$/.test(cursor)) throw new ServiceError('invalid', `${cursor} is no cursor of the audit`)
  return number
}

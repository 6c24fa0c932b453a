/** A part of a list in stable order. */
export interface PageRequest {
  /** The `next` of the page before; absent: the first page. */
  readonly after?: string
  /** 1 to {@link pageLimitMax}. */
  readonly limit: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Absent: that was all. */
  readonly next?: string
}

export const pageLimitMax = 1000

/** The page of `rows`, of which one more than `limit` was read to see whether any follow. */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items }
}

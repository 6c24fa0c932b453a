import { ServiceError } from '../config/service-error.ts'

/** Most items of one page. */
export const pageSizeMax = 1000

export interface PageRequest {
  /** The `next` of the page before. */
  readonly after?: string
  /** 1 to {@link pageSizeMax}; default 100. */
  readonly limit?: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string
}

/** @throws {ServiceError} `invalid`. */
export function pageLimit({ limit = 100 }: PageRequest): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > pageSizeMax)
    throw new ServiceError('invalid', `limit ${limit}: it must be a whole number from 1 to ${pageSizeMax}`)
  return limit
}

/** A page from what begins after `after`, in the order of ids: at most one item more than `limit` is looked at. */
export function pageOf<T extends { readonly id: string }>(rest: Iterable<T>, limit: number): Page<T> {
  const items: T[] = []
  for (const item of rest) {
    if (items.length === limit) return { items, next: items.at(-1)!.id }
    items.push(item)
  }
  return { items }
}

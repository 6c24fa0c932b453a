export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string | undefined
}

/** Entries asked for at once. */
export const pageLimit = 500

/** All of a list that comes in pages, or its first `countMax`. */
export async function allPages<T>(
  read: (query: { after?: string; limit: number }) => Promise<Page<T>>,
  countMax = Infinity,
): Promise<T[]> {
  const items: T[] = []
  let after: string | undefined
  do {
    const limit = Math.min(pageLimit, countMax - items.length)
    const page = await read({ ...(after === undefined ? {} : { after }), limit })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined && items.length < countMax)
  return items
}

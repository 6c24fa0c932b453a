import type { ShareUse } from '../shared-memory/share-table.ts'

/** Part of what is used by which a count may be wrong. */
const inexactPartMax = 0.01
/** Less than that is never worth another count. */
const inexactBytesMin = 16 * 1024 * 1024
const inexactFilesMin = 100

export interface Counting {
  readonly found: ShareUse
  /** Some of the share could not be examined. */
  readonly isIncomplete: boolean
  /** What calls have added while it was counted, less what they gave back. */
  readonly changed: ShareUse
  /** What is used by the count before and all calls since. */
  readonly used: ShareUse
}

export interface Settlement {
  readonly use: ShareUse
  /** So much has changed meanwhile that it should be counted again soon. */
  readonly isInexact: boolean
}

/**
 * What a share uses, now that it was counted while calls went on. A change was found if it came before the walk did, and
 * not if it came after: so what is used lies between what was found and that with all changes. What the calls say
 * decides within these bounds: it is right unless somebody else changed the files. An incomplete count never lowers it.
 */
export function settle(counting: Counting): Settlement {
  const use = { bytes: settled(counting, 'bytes'), files: settled(counting, 'files') }
  const { changed } = counting
  const isInexact =
    Math.abs(changed.bytes) > Math.max(inexactBytesMin, use.bytes * inexactPartMax) ||
    Math.abs(changed.files) > Math.max(inexactFilesMin, use.files * inexactPartMax)
  return { use, isInexact }
}

function settled({ found, isIncomplete, changed, used }: Counting, what: keyof ShareUse): number {
  const without = Math.round(found[what])
  const low = Math.max(0, Math.min(without, without + changed[what]))
  const high = isIncomplete ? Infinity : Math.max(without, without + changed[what])
  return Math.min(Math.max(used[what], low), high)
}

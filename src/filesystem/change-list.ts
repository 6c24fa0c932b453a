/**
 * What has changed in a share since some instant, for whoever makes a copy equal to it: as numbers in one array, which goes
 * from thread to thread as a block of memory. For each object, in any order, an object perhaps several times:
 *
 *      its inode number
 *      how many numbers follow; {@link anything}: none, and any of its data may be another
 *      where each range of bytes that changed begins and ends; the last end may be Infinity: up to the end of the file
 *
 * Its attributes may be others in any case, and a directory's names.
 */
export type ChangeList = Float64Array<ArrayBuffer>

/** In place of a count. */
export const anything = -1

export interface ObjectChange {
  readonly inode: number
  /** Beginnings and ends by turns; undefined: any of its data may be another. */
  readonly ranges: Float64Array | undefined
}

export function* changesIn(list: ChangeList): Generator<ObjectChange> {
  for (let at = 0; at < list.length;) {
    const [inode, count] = [list[at]!, list[at + 1]!]
    at += 2
    yield { inode, ranges: count === anything ? undefined : list.subarray(at, at + count) }
    if (count !== anything) at += count
  }
}

/** Objects of which anything may have changed. */
export function changedWholly(inodes: Iterable<number>): ChangeList {
  return Float64Array.from([...inodes].flatMap((inode) => [inode, anything]))
}

/** What several have seen change; undefined when one has lost count. */
export function joinedChanges(lists: readonly (ChangeList | undefined)[]): ChangeList | undefined {
  const known = lists.filter((list) => list !== undefined)
  if (known.length < lists.length) return undefined
  const all: ChangeList = new Float64Array(known.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of known) {
    all.set(list, at)
    at += list.length
  }
  return all
}

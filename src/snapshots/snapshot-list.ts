import type { Labels } from '../catalog/nodes.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { formatPath, isWithin, parsePath } from '../namespace/names.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { breathe } from '../service/breath.ts'
import { checkCount } from '../service/checks.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../service/page.ts'
import type { SnapshotIndex } from './snapshot-index.ts'

export interface SnapshotFilter {
  readonly shareId?: number
  /** Of shares at or below this logical path, as it is now. */
  readonly below?: string
  /** Of shares that were this application's at the cut. */
  readonly applicationId?: string
  readonly scheduleId?: string
  readonly groupId?: string
  /** All of these. */
  readonly labels?: Labels
}

/** Complete snapshots that fit, by number. @throws {ServiceError} `invalid` */
export async function listSnapshots(
  index: SnapshotIndex,
  namespace: Namespace,
  { after, limit }: PageRequest,
  filter: SnapshotFilter,
): Promise<Page<SnapshotRecord>> {
  const first = after === undefined ? 0 : checkCount('after', Number(after), 0)
  checkCount('limit', limit, 1, pageLimitMax)
  const fits = filterOf(filter, namespace)
  const found: SnapshotRecord[] = []
  const breath = breathe()
  for (const record of filter.shareId === undefined ? index.all() : ofShare(index, filter.shareId)) {
    await breath()
    if (record.id > first && record.state === 'ready' && fits(record)) found.push(record)
    // One more than the page has says that more follow.
    if (found.length > limit) break
  }
  return pageOf(found, limit, ({ id }) => String(id))
}

function ofShare(index: SnapshotIndex, shareId: number): SnapshotRecord[] {
  return index.ready(shareId).toSorted((a, b) => a.id - b.id)
}

function filterOf(filter: SnapshotFilter, namespace: Namespace): (record: SnapshotRecord) => boolean {
  const { applicationId, scheduleId, groupId } = filter
  const below = filter.below === undefined ? undefined : formatPath(parsePath(filter.below))
  const labels = Object.entries(filter.labels ?? {})
  return (record) =>
    (applicationId ?? record.applicationId) === record.applicationId &&
    (scheduleId ?? record.scheduleId) === record.scheduleId &&
    (groupId ?? record.groupId) === record.groupId &&
    labels.every(([key, value]) => Object.hasOwn(record.labels, key) && record.labels[key] === value) &&
    (below === undefined || isWithin(namespace.shares.get(record.shareId).path, below))
}

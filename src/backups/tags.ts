import type { Labels } from '../catalog/nodes.ts'
import { isSnapshotName } from '../snapshots/names.ts'

/** What is told of a backup by the tags that restic keeps with it: so a gateway that never knew it can find it. */
export interface TaggedBackup {
  readonly kind: 'data' | 'manifest'
  readonly gatewayId: string
  readonly shareId: number
  readonly path: string
  /** Name of the application; null: none. */
  readonly application: string | null
  readonly snapshotName: string
  /** Milliseconds since 1970. */
  readonly cutAt: number
  /** What restic calls the backup of the manifest; of a manifest itself, null. */
  readonly manifestResticId: string | null
  /** There is nothing in the share: restic holds an empty file in its stead. */
  readonly isEmpty: boolean
  /** restic could not read all of it. */
  readonly isIncomplete: boolean
}

/** Added to a backup of which restic could not read all. */
export const incompleteTag = 'berth:incomplete'

const kinds = ['data', 'manifest'] as const
/** Of all backups that a gateway makes. */
export const ownTag = 'berth'

/** The tags of a backup, with the labels of its application. Commas and blanks are written as in URLs. */
export function tagsOf(backup: Omit<TaggedBackup, 'isIncomplete'>, labels: Labels): string[] {
  const { kind, gatewayId, shareId, path, application, snapshotName, cutAt, manifestResticId, isEmpty } =
    backup
  return [
    ownTag,
    `${ownTag}:${kind}`,
    `${ownTag}:gateway=${gatewayId}`,
    `${ownTag}:share=${shareId}`,
    `${ownTag}:path=${path}`,
    ...(application === null ? [] : [`${ownTag}:application=${application}`]),
    `${ownTag}:snapshot=${snapshotName}`,
    `${ownTag}:cut=${new Date(cutAt).toISOString()}`,
    ...(manifestResticId === null ? [] : [`${ownTag}:manifest=${manifestResticId}`]),
    ...(isEmpty ? [`${ownTag}:empty`] : []),
    ...(kind === 'data' ? Object.entries(labels).map(([key, value]) => `${key}=${value}`) : []),
  ].map(written)
}

/** What tags tell; undefined: they are of something else, or somebody has changed them. */
export function backupOfTags(tags: readonly string[]): TaggedBackup | undefined {
  const own = new Map<string, string>()
  for (const tag of tags) {
    const [, key = '', value = ''] = /^berth:([a-z]+)(?:=(.*))?$/s.exec(tag) ?? []
    if (key !== '' && !own.has(key)) own.set(key, readBack(value))
  }
  const kind = kinds.find((one) => tags.includes(`${ownTag}:${one}`))
  const [gatewayId = '', path = '', snapshotName = ''] = ['gateway', 'path', 'snapshot'].map((key) =>
    own.get(key),
  )
  const application = own.get('application') ?? null
  const shareId = Number(own.get('share'))
  const cutAt = Date.parse(own.get('cut') ?? '')
  const manifest = own.get('manifest') ?? ''
  const isWhole =
    kind !== undefined &&
    /^[0-9a-f-]{36}$/.test(gatewayId) &&
    Number.isSafeInteger(shareId) &&
    shareId > 0 &&
    // Of 48 bits, as ids have them.
    cutAt >= 0 &&
    cutAt < 2 ** 48 &&
    path.startsWith('/') &&
    isSnapshotName(snapshotName) &&
    (application === null || /^[a-z0-9-]{1,63}$/.test(application))
  if (!isWhole) return undefined
  return {
    ...{ kind, gatewayId, shareId, path, application, snapshotName, cutAt },
    manifestResticId: kind === 'data' && /^[0-9a-f]{8,64}$/.test(manifest) ? manifest : null,
    isEmpty: own.has('empty'),
    isIncomplete: own.has('incomplete'),
  }
}

function written(tag: string): string {
  return tag.replace(/[%,\s\p{Cc}]/gu, encodeURIComponent)
}

function readBack(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // Somebody else has written it: as it is it may mean nothing, and is judged so.
    return value
  }
}

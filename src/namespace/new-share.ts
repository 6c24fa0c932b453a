import type { ShareRecord } from '../catalog/shares.ts'

type GivenColumns = Omit<
  ShareRecord,
  | 'moves'
  | 'usedBytes'
  | 'usedFiles'
  | 'countedAt'
  | 'createdAt'
  | 'changedAt'
  | 'deletedAt'
  | 'deletedBy'
  | 'purgeAt'
  | 'purgedAt'
  | 'version'
>

/** A share that begins now, empty. */
export function newShare(given: GivenColumns, at: number): ShareRecord {
  return {
    ...given,
    moves: 0,
    usedBytes: 0,
    usedFiles: 0,
    countedAt: null,
    createdAt: at,
    changedAt: at,
    deletedAt: null,
    deletedBy: null,
    purgeAt: null,
    purgedAt: null,
    version: 1,
  }
}

/** The target that makes a link the path of a share. */
export function targetOf({ id, linkId }: ShareRecord) {
  return { linkId: linkId!, gateway: null, shareId: id, path: null, state: 'online', priority: 0 } as const
}

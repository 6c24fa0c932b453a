import { Type } from 'typebox'
import type { UnprotectedShare } from '../../backups/unprotected.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  nullable,
  pageIn,
  pageOf,
  pageQuery,
  pageView,
  path,
  shareNumber,
  time,
  timeOrNull,
  timeView,
} from '../values.ts'
import { maySee } from './nodes.ts'

const within = nullable(
  Type.Integer({ ...count, description: 'How old it may be; null: there need be none' }),
)

const unprotectedSchema = exactly(
  {
    share: shareNumber,
    path,
    owner: Type.String(),
    lacks: Type.Array(Type.Enum(['snapshot', 'backup'], { type: 'string' })),
    newestSnapshotAt: nullable(time),
    newestBackupAt: nullable(time),
    snapshotWithinSeconds: within,
    backupWithinSeconds: within,
    since: { ...time, description: 'When the first of them became too old, or the share was made' },
    advice: Type.String({ description: 'What to do about it' }),
  },
  { title: 'UnprotectedShare', description: 'A share that would lose more than it may' },
)

export function reportOperations(services: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'reportUnprotected',
      method: 'GET',
      path: '/v1/reports/unprotected',
      tag: 'backups',
      summary:
        'Living shares that you may see, whose newest snapshot or backup is missing or too old; by path',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(unprotectedSchema),
      async run({ query, caller }) {
        const found = await services.backups.unprotected()
        const visible = found.filter(({ share }) => maySee(services, caller, share.path))
        return pageView(
          pageIn(visible, ({ share }) => share.path, query),
          unprotectedView,
        )
      },
    }),
  ]
}

function unprotectedView({ share, lacks, advice, ...found }: UnprotectedShare) {
  const { id, path, owner } = share
  return {
    ...{ share: id, path, owner, lacks: [...lacks], advice },
    newestSnapshotAt: timeOrNull(found.newestSnapshotAt),
    newestBackupAt: timeOrNull(found.newestBackupAt),
    snapshotWithinSeconds: secondsOf(found.snapshotWithinMs),
    backupWithinSeconds: secondsOf(found.backupWithinMs),
    since: timeView(found.since),
  }
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

import { Type } from 'typebox'
import type { ForgetPlan } from '../../backups/forgetting.ts'
import type { RecoveryPlan } from '../../backups/recovery.ts'
import { exactly } from '../operation.ts'
import { count, path, shareNumber, time, uuid } from '../values.ts'
import { backupSchema, backupView } from './backup-schemas.ts'
import { reasonText, retentionSchema } from './schedule-schemas.ts'

/** Backups that one request names. */
const namedCountMax = 1000
/** Backups of each kind that a plan tells of. */
const toldCountMax = 1000

const backupIds = Type.Array(uuid, { minItems: 1, maxItems: namedCountMax })
const application = Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })

export const checkWishSchema = exactly(
  {
    readData: Type.Optional(
      Type.Boolean({
        description: 'Read all that is stored, which takes its time; default: what leads to it',
      }),
    ),
  },
  { title: 'Check' },
)

export const forgetSchema = exactly(
  {
    backups: Type.Optional(backupIds),
    retention: Type.Optional(retentionSchema),
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'In which days begin; default: UTC' }),
    ),
    shares: Type.Optional(Type.Array(shareNumber, { minItems: 1, maxItems: namedCountMax })),
    application: Type.Optional(application),
    below: Type.Optional(path),
    prune: Type.Optional(Type.Boolean({ description: 'And free the room afterwards; default: no' })),
  },
  {
    title: 'Forget',
    description:
      'Either backups, or a retention for each share by itself: of all, or of what the rest selects',
  },
)

export const forgetPlanSchema = exactly(
  {
    keepCount: count,
    forgetCount: count,
    keep: Type.Array(
      exactly({
        backup: backupSchema,
        reasons: Type.Array(Type.String(), { description: '`last`, `daily 2026-11-21` …' }),
      }),
      { description: `The first ${toldCountMax}` },
    ),
    forget: Type.Array(backupSchema, { description: `The first ${toldCountMax}` }),
  },
  { title: 'ForgetPlan' },
)

export function forgetPlanView({ keep, forget }: ForgetPlan) {
  return {
    keepCount: keep.length,
    forgetCount: forget.length,
    keep: keep.slice(0, toldCountMax).map(({ backup, reasons }) => ({
      backup: backupView(backup),
      reasons: reasons.map(reasonText),
    })),
    forget: forget.slice(0, toldCountMax).map(backupView),
  }
}

export const recoverySchema = exactly(
  {
    all: Type.Optional(Type.Boolean({ description: 'All shares of which it holds a backup' })),
    application: Type.Optional(application),
    path: Type.Optional(path),
    backups: Type.Optional(backupIds),
    at: Type.Optional({
      ...time,
      description: 'As of then: the newest backup from before; default: the newest',
    }),
    store: Type.Optional(
      Type.String({ minLength: 1, maxLength: 63, description: 'Where to; default: the one that it was in' }),
    ),
    pathPrefix: Type.Optional({ ...path, description: 'Put before the logical paths: `/restored`' }),
  },
  {
    title: 'Recovery',
    description: 'One of all, application, path (of a share, or a folder with all below it), and backups',
  },
)

export const recoveryPlanSchema = exactly(
  {
    shares: Type.Array(
      exactly(
        {
          backup: backupSchema,
          path,
          state: Type.Enum(['new', 'present', 'conflict'], {
            type: 'string',
            description: 'present: it was restored from this backup already',
          }),
          message: Type.String({ description: 'What is in the way' }),
        },
        { title: 'PlannedShare' },
      ),
    ),
    applications: Type.Array(Type.String(), { description: 'Names of those that would be made' }),
  },
  { title: 'RecoveryPlan' },
)

export function recoveryPlanView({ shares, applications }: RecoveryPlan) {
  return {
    shares: shares.map(({ backup, ...share }) => ({ ...share, backup: backupView(backup) })),
    applications: [...applications],
  }
}

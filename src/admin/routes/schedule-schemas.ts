import { Type, type Static } from 'typebox'
import { findRepository } from '../../catalog/repositories.ts'
import {
  hookArgumentCountMax,
  hookCountMax,
  hookTimeoutSecondsMax,
  type HookSet,
} from '../../snapshots/hooks.ts'
import { retentionCountMax, type KeepReason, type RetentionPolicy } from '../../snapshots/retention.ts'
import { isRunning, messageCountMax, nextRunOf, type Schedule } from '../../snapshots/schedules.ts'
import { defined, exactly } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  description,
  labels,
  nullable,
  path,
  shareNumber,
  time,
  timeOrNull,
  timeView,
  uuid,
  version,
} from '../values.ts'

const name = Type.String({ minLength: 1, maxLength: 63, description: 'Letters, digits, ., _ and -' })
const cron = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'As in crontab: `30 2 * * *`; or @hourly, @daily, @weekly, @monthly, @yearly',
})
const timeZone = Type.String({ minLength: 1, maxLength: 64, description: 'IANA: `Europe/Berlin`' })
const group = Type.Boolean({ description: 'All its shares in one cut' })
const nameTemplate = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'How its snapshots are called, of {schedule}, {time} (UTC) and {date} (in its time zone)',
})

const keepCount = Type.Optional(Type.Integer({ minimum: 0, maximum: retentionCountMax }))
/** Of snapshots and of backups. */
export const retentionSchema = exactly(
  {
    last: keepCount,
    hourly: keepCount,
    daily: keepCount,
    weekly: keepCount,
    monthly: keepCount,
    yearly: keepCount,
  },
  {
    title: 'Retention',
    description: 'How many snapshots, or backups, each rule keeps: the last, or the newest of each period',
  },
)

const repository = Type.String({
  minLength: 1,
  maxLength: 63,
  description: 'Name or id of the repository where its snapshots are backed up; null: nowhere',
})

const hookBounds = {
  timeoutSeconds: Type.Integer({ minimum: 1, maximum: hookTimeoutSecondsMax }),
  onFailure: Type.Enum(['abort', 'warn'], {
    type: 'string',
    description: 'abort: there is no snapshot; warn: the result says so',
  }),
}
const hook = Type.Union([
  exactly(
    {
      kind: Type.Literal('command'),
      argv: Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: hookArgumentCountMax }),
      ...hookBounds,
    },
    { title: 'CommandHook', description: 'A program that hooks.commands of the configuration file has' },
  ),
  exactly(
    { kind: Type.Literal('http'), url: Type.String({ maxLength: 2000 }), ...hookBounds },
    { title: 'HttpHook', description: 'A POST to a URL that hooks.urls of the configuration file has' },
  ),
])
const hookList = Type.Array(hook, { maxItems: hookCountMax })

/** What runs right before and right after a cut. */
export const hooksSchema = exactly(
  { pre: Type.Optional(hookList), post: Type.Optional(hookList) },
  { title: 'Hooks', description: 'Run right before and right after the cut' },
)

const selector = exactly(
  {
    path: Type.Optional(path),
    labels: Type.Optional(labels),
    application: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
  },
  {
    title: 'ScheduleSelector',
    description: 'Which shares: all that fit all of these. A path is a share, or a folder with all below it',
  },
)

const resultSchema = exactly(
  {
    state: Type.Enum(['running', 'done', 'partly', 'failed'], { type: 'string' }),
    startedAt: time,
    endedAt: nullable(time),
    made: Type.Integer({ minimum: 0, description: 'Snapshots' }),
    failed: Type.Integer({ minimum: 0, description: 'Shares of which none could be made' }),
    removed: Type.Integer({ minimum: 0, description: 'Snapshots that retention did not keep' }),
    messages: Type.Array(Type.String(), { maxItems: messageCountMax }),
  },
  { title: 'ScheduleResult' },
)
export { resultSchema as scheduleResultSchema }

export const scheduleSchema = exactly(
  {
    id: uuid,
    name,
    description,
    selector,
    cron,
    timeZone,
    group,
    nameTemplate,
    retention: nullable(retentionSchema),
    repository: nullable(Type.String({ description: 'Its name' })),
    backupRetention: nullable(retentionSchema),
    hooks: hooksSchema,
    enabled: Type.Boolean(),
    createdAt: time,
    createdBy: Type.String(),
    changedAt: time,
    lastRunAt: nullable(time),
    nextRunAt: nullable(time),
    lastResult: nullable(resultSchema),
    version,
  },
  { title: 'Schedule' },
)

const content = {
  description: Type.Optional(description),
  timeZone: Type.Optional(timeZone),
  group: Type.Optional(group),
  nameTemplate: Type.Optional(nameTemplate),
  retention: Type.Optional(nullable(retentionSchema)),
  repository: Type.Optional(nullable(repository)),
  backupRetention: Type.Optional(nullable(retentionSchema)),
  hooks: Type.Optional(hooksSchema),
  enabled: Type.Optional(Type.Boolean()),
}

export const newScheduleSchema = exactly({ name, selector, cron, ...content }, { title: 'NewSchedule' })

export const scheduleChangeSchema = exactly(
  {
    name: Type.Optional(name),
    selector: Type.Optional(selector),
    cron: Type.Optional(cron),
    ...content,
  },
  {
    title: 'ScheduleChange',
    description: 'What is absent stays; selector, both retentions and hooks are replaced as a whole',
  },
)

const datedSchema = exactly({ id: shareNumber, name: Type.String(), cutAt: time }, { title: 'DatedSnapshot' })

export const previewSchema = exactly(
  {
    runs: Type.Array(time, { description: 'When it would run next' }),
    shareCount: Type.Integer({ minimum: 0, description: 'Shares that it is for now' }),
    shares: Type.Array(
      exactly(
        {
          id: shareNumber,
          path,
          keep: Type.Array(
            exactly({
              ...datedSchema.properties,
              reasons: Type.Array(Type.String(), { description: '`held`, `last`, `daily 2026-11-21` …' }),
            }),
          ),
          remove: Type.Array(datedSchema, { description: 'What retention would remove now' }),
        },
        { title: 'SchedulePreviewShare' },
      ),
      { description: 'The first of them that you may see' },
    ),
    removeCount: count,
  },
  { title: 'SchedulePreview' },
)

export function hooksOf({ pre = [], post = [] }: Static<typeof hooksSchema>): HookSet {
  return { pre, post }
}

export function hooksView({ pre, post }: HookSet) {
  const list = (hooks: HookSet['pre']) =>
    hooks.map((hook) => (hook.kind === 'command' ? { ...hook, argv: [...hook.argv] } : { ...hook }))
  return { pre: list(pre), post: list(post) }
}

/** With the path and the names of application and repository as they are now. */
export async function scheduleView(services: AdminServices, schedule: Schedule) {
  const { catalog, schedules, applications } = services
  const { selector, retention, repositoryId, backupRetention, lastResult } = schedule
  const { applicationId } = selector
  const application = applicationId === undefined ? undefined : (await applications.get(applicationId)).name
  const selected = {
    path: schedules.pathOf(schedule) ?? selector.path,
    labels: selector.labels && { ...selector.labels },
    application,
  }
  const repository = repositoryId === null ? undefined : await findRepository(catalog.db, repositoryId)
  const now = Date.now()
  return {
    id: schedule.id,
    name: schedule.name,
    description: schedule.description,
    selector: defined(selected),
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    group: schedule.group,
    nameTemplate: schedule.nameTemplate,
    retention: retention && retentionView(retention),
    repository: repository?.name ?? null,
    backupRetention: backupRetention && retentionView(backupRetention),
    hooks: hooksView(schedule.hooks),
    enabled: schedule.enabled,
    createdAt: timeView(schedule.createdAt),
    createdBy: schedule.createdBy,
    changedAt: timeView(schedule.changedAt),
    lastRunAt: timeOrNull(schedule.lastRunAt),
    nextRunAt: timeOrNull(isRunning(schedule, now) ? nextRunOf(schedule, now) : schedule.nextRunAt),
    lastResult: lastResult && resultView(lastResult),
    version: schedule.version,
  }
}

function retentionView(policy: RetentionPolicy) {
  return Object.fromEntries(Object.entries(policy).filter(([, kept]) => kept > 0)) as Partial<RetentionPolicy>
}

export function resultView({ startedAt, endedAt, messages, ...counts }: NonNullable<Schedule['lastResult']>) {
  return {
    ...counts,
    startedAt: timeView(startedAt),
    endedAt: timeOrNull(endedAt),
    messages: [...messages],
  }
}

/** `daily 2026-11-21`. */
export function reasonText(reason: KeepReason): string {
  if (!('period' in reason)) return reason.rule
  return reason.oldest === true ? `oldest for ${reason.rule}` : `${reason.rule} ${reason.period}`
}

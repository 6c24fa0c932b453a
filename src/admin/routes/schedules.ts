import { Type, type Static } from 'typebox'
import { ServiceError } from '../../config/service-error.ts'
import { formatPath, parsePath } from '../../namespace/names.ts'
import { breathe } from '../../service/breath.ts'
import { checkVersion } from '../../service/checks.ts'
import { nextRuns } from '../../snapshots/cron.ts'
import { retentionOf } from '../../snapshots/schedule-run.ts'
import type { Schedule } from '../../snapshots/schedules.ts'
import { defined, operation, type AnyOperation, type Caller } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { pageIn, pageOf, pageQuery, timeView } from '../values.ts'
import { maySee } from './nodes.ts'
import {
  hooksOf,
  newScheduleSchema,
  previewSchema,
  reasonText,
  resultView,
  scheduleChangeSchema,
  scheduleResultSchema,
  scheduleSchema,
  scheduleView,
} from './schedule-schemas.ts'

/** Times of which a preview tells. */
const previewRunCount = 10
/** Shares of which it tells. */
const previewShareCountMax = 100

const parameter = { schedule: Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' }) }
const see = { area: 'schedules', action: 'list' } as const
const change = { area: 'schedules', action: 'manage' } as const
const tag = 'snapshots'

export function scheduleOperations(services: AdminServices): AnyOperation[] {
  const { schedules, scheduler } = services
  const view = (schedule: Schedule) => scheduleView(services, schedule)
  return [
    operation({
      id: 'listSchedules',
      method: 'GET',
      path: '/v1/schedules',
      tag,
      summary: 'Schedules of snapshots, by name',
      access: see,
      query: pageQuery,
      answer: pageOf(scheduleSchema),
      async run({ query }) {
        const { items, next } = pageIn(await schedules.all(), ({ name }) => name, query)
        return { items: await Promise.all(items.map(view)), ...defined({ next }) }
      },
    }),
    operation({
      id: 'createSchedule',
      method: 'POST',
      path: '/v1/schedules',
      tag,
      summary: 'Make snapshots of shares again and again',
      description: 'Its maker must be allowed to make snapshots of all that its path has, or everywhere.',
      access: change,
      body: newScheduleSchema,
      creates: true,
      answer: scheduleSchema,
      async run({ body, caller }) {
        checkSelected(services, caller, body.selector.path)
        return view(await schedules.create(inputOf(body), caller.subject))
      },
    }),
    operation({
      id: 'getSchedule',
      method: 'GET',
      path: '/v1/schedules/{schedule}',
      tag,
      summary: 'One schedule, and what came of its last run',
      access: see,
      params: parameter,
      answer: scheduleSchema,
      run: async ({ params }) => view(await schedules.get(params.schedule)),
    }),
    operation({
      id: 'updateSchedule',
      method: 'PATCH',
      path: '/v1/schedules/{schedule}',
      tag,
      summary: 'Change, enable or disable a schedule',
      access: change,
      params: parameter,
      body: scheduleChangeSchema,
      versioned: true,
      answer: scheduleSchema,
      async run({ params, body, caller, ifVersion }) {
        await checkExisting(services, caller, params.schedule)
        if (body.selector !== undefined) checkSelected(services, caller, body.selector.path)
        return view(await schedules.update(params.schedule, inputOf(body), ifVersion))
      },
    }),
    operation({
      id: 'deleteSchedule',
      method: 'DELETE',
      path: '/v1/schedules/{schedule}',
      tag,
      summary: 'Remove a schedule; its snapshots stay, and nothing removes them any more',
      access: change,
      params: parameter,
      versioned: true,
      async run({ params, caller, ifVersion }) {
        await checkExisting(services, caller, params.schedule)
        await schedules.remove(params.schedule, ifVersion)
      },
      dryRun: {
        answer: scheduleSchema,
        async run({ params, caller, ifVersion }) {
          const schedule = await checkExisting(services, caller, params.schedule)
          checkVersion(`schedule ${schedule.name}`, schedule.version, ifVersion)
          return view(schedule)
        },
      },
    }),
    operation({
      id: 'runSchedule',
      method: 'POST',
      path: '/v1/schedules/{schedule}/run',
      tag,
      summary: 'Run a schedule now, also a disabled one',
      description: 'Answers when the run has ended, which may take long. When it comes next does not change.',
      access: change,
      params: parameter,
      answer: scheduleResultSchema,
      async run({ params, caller }) {
        const { id } = await checkExisting(services, caller, params.schedule)
        return resultView(await scheduler.run(id))
      },
    }),
    operation({
      id: 'previewSchedule',
      method: 'GET',
      path: '/v1/schedules/{schedule}/preview',
      tag,
      summary: 'When a schedule would run, for which shares, and what its retention would remove now',
      access: see,
      params: parameter,
      answer: previewSchema,
      run: async ({ params, caller }) => preview(services, await schedules.get(params.schedule), caller),
    }),
  ]
}

function inputOf<T extends Partial<Static<typeof newScheduleSchema>>>({ hooks, ...rest }: T) {
  return { ...rest, ...defined({ hooks: hooks && hooksOf(hooks) }) }
}

/** @throws {ServiceError} `forbidden` for who may not make snapshots of a path and all below it; none: of everything. */
function checkSelected({ rules }: AdminServices, { subject }: Caller, path = '/'): void {
  const place = formatPath(parsePath(path))
  if (rules.policy.decide({ subject, path: place, action: 'snapshot' })) return
  throw new ServiceError('forbidden', `${subject} may not snapshot ${place}`)
}

/** @throws {ServiceError} as {@link checkSelected}, and `not-found` */
async function checkExisting(services: AdminServices, caller: Caller, reference: string): Promise<Schedule> {
  const schedule = await services.schedules.get(reference)
  checkSelected(services, caller, services.schedules.pathOf(schedule) ?? schedule.selector.path)
  return schedule
}

async function preview(services: AdminServices, schedule: Schedule, caller: Caller) {
  const { schedules, snapshots } = services
  const selected = schedules.sharesOf(schedule)
  const shares = []
  let removeCount = 0
  const breath = breathe()
  for (const { id, path } of selected) {
    await breath()
    const { keep = [], remove = [] } = retentionOf(schedule, snapshots.of(id)) ?? {}
    removeCount += remove.length
    if (shares.length < previewShareCountMax && maySee(services, caller, path))
      shares.push({
        id,
        path,
        keep: keep.map(({ snapshot, reasons }) => ({ ...dated(snapshot), reasons: reasons.map(reasonText) })),
        remove: remove.map(dated),
      })
  }
  const runs = schedule.enabled ? nextRuns(schedule, Date.now(), previewRunCount).map(timeView) : []
  return { runs, shareCount: selected.length, shares, removeCount }
}

function dated({
  record: { id, name },
  cutAt,
}: NonNullable<ReturnType<typeof retentionOf>>['remove'][number]) {
  return { id, name, cutAt: timeView(cutAt) }
}

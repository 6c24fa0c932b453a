import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { CommandError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import { tableLines, type Column, type Field } from '../output/table.ts'
import { formatLabels, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { retentionText } from './retention.ts'
import { scheduleContentOf, withScheduleContent, type ScheduleContentFlags } from './schedule-content.ts'

const scheduleArgument = 'name or id of the schedule'

/** Copies of many shares take their time. */
const runTimeoutMs = 24 * 3_600_000

/** `berth schedule`: what makes snapshots again and again. */
export function scheduleCommands(program: Command): void {
  const schedule = group(program, 'schedule', 'schedules: what makes snapshots again and again')
  listCommand(schedule)
  showCommand(schedule)
  createCommand(schedule)
  editCommand(schedule)
  enableCommand(schedule, true)
  enableCommand(schedule, false)
  runCommand(schedule)
  previewCommand(schedule)
  deleteCommand(schedule)
}

type Schedule = Schemas['Schedule']

function listCommand(schedule: Command): void {
  gatewayCommand(schedule, 'list', 'list schedules').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/schedules', { params: { query } })))
    out.list(items, columns, {
      empty:
        "No schedules. Make one: berth schedule create nightly --cron '30 2 * * *' --path / --keep-daily 7",
    })
  })
}

const columns: [Column<Schedule>, ...Column<Schedule>[]] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'TIMES', of: timesText },
  { title: 'SHARES', of: ({ selector }) => selectorText(selector) },
  { title: 'KEEP', of: ({ retention }) => retentionText(retention) },
  { title: 'NEXT', of: ({ enabled, nextRunAt }) => (enabled ? formatTime(nextRunAt) : 'disabled') },
  { title: 'LAST', of: ({ lastRunAt }) => formatTime(lastRunAt) },
  { title: 'RESULT', of: ({ lastResult }) => lastResult && resultText(lastResult) },
]

function timesText({ cron, timeZone }: Schedule): string {
  return timeZone === 'UTC' ? cron : `${cron} ${timeZone}`
}

function selectorText({ path, labels, application }: Schemas['ScheduleSelector']): string {
  const parts = [path, labels && formatLabels(labels), application && `app:${application}`]
  return parts.filter((part) => part !== undefined).join(' ')
}

function resultText({ state, made, failed, removed }: Schemas['ScheduleResult']): string {
  const counts = [`${made} made`, failed > 0 && `${failed} failed`, removed > 0 && `${removed} removed`]
  return state === 'running' ? state : `${state}: ${counts.filter((text) => text !== false).join(', ')}`
}

function showCommand(schedule: Command): void {
  gatewayCommand(schedule, 'show', 'show a schedule, and what came of its last run')
    .argument('<schedule>', scheduleArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/schedules/{schedule}', at(reference)))
      out.show(
        found,
        fieldsOf(found),
        (found.lastResult?.messages ?? []).map((message) => `  ${message}`),
      )
    })
}

function at(schedule: string) {
  return { params: { path: { schedule } } }
}

function fieldsOf(schedule: Schedule): Field[] {
  const { hooks, lastResult } = schedule
  const hookText = ({ pre = [], post = [] }: Schemas['Hooks']) =>
    [...pre.map((hook) => ['before', hook] as const), ...post.map((hook) => ['after', hook] as const)].map(
      ([when, hook]): Field => [`hook ${when}`, hook.kind === 'http' ? hook.url : hook.argv.join(' ')],
    )
  return [
    ['name', schedule.name],
    ['id', schedule.id],
    ['description', schedule.description],
    ['shares', selectorText(schedule.selector) + (schedule.group ? ', in one cut' : '')],
    ['times', timesText(schedule)],
    ['names', schedule.nameTemplate],
    ['keep', retentionText(schedule.retention)],
    ['backed up to', schedule.repository],
    ['keep there', schedule.repository === null ? null : retentionText(schedule.backupRetention)],
    ...hookText(hooks),
    ['next', schedule.enabled ? formatTime(schedule.nextRunAt) : 'disabled'],
    ['made', `${formatTime(schedule.createdAt) ?? ''} by ${schedule.createdBy}`],
    ['changed', formatTime(schedule.changedAt)],
    ['last run', formatTime(schedule.lastRunAt)],
    ['result', lastResult && resultText(lastResult)],
  ]
}

interface CreateFlags extends GatewayFlags, ScheduleContentFlags {
  readonly cron: string
  readonly disabled?: boolean
}

function createCommand(schedule: Command): void {
  const command = gatewayCommand(schedule, 'create', 'make a schedule')
    .argument('<name>', 'its name: nightly')
    .requiredOption('--cron <times>', "when: '30 2 * * *', or @hourly, @daily, @weekly, @monthly")
    .option('--disabled', 'do not run it yet')
  withScheduleContent(command).action(async (name: string, flags: CreateFlags) => {
    const { api, out } = openSession(flags)
    const { selector = {}, ...content } = scheduleContentOf(flags)
    const enabled = flags.disabled ? { enabled: false } : {}
    const body = { name, cron: flags.cron, selector, ...content, ...enabled }
    const made = await dataOf(api.POST('/v1/schedules', { body }))
    out.done(made, `schedule ${made.name} is made; ${nextText(made)}`, made.name)
  })
}

function nextText({ enabled, nextRunAt }: Schedule): string {
  return enabled ? `it runs next on ${formatTime(nextRunAt) ?? 'no day'}` : 'it is disabled'
}

interface EditFlags extends GatewayFlags, ScheduleContentFlags {
  readonly cron?: string
  readonly name?: string
}

function editCommand(schedule: Command): void {
  const command = gatewayCommand(schedule, 'edit', 'change a schedule; what is not named stays')
    .argument('<schedule>', scheduleArgument)
    .option('--name <name>', 'another name')
    .option('--cron <times>', 'other times')
  withScheduleContent(command).action(async (reference: string, flags: EditFlags) => {
    const body = { ...given({ name: flags.name, cron: flags.cron }), ...scheduleContentOf(flags) }
    await change(reference, flags, body)
  })
}

function enableCommand(schedule: Command, enabled: boolean): void {
  const [name, text] = enabled ? ['enable', 'let a schedule run again'] : ['disable', 'let a schedule rest']
  gatewayCommand(schedule, name, text)
    .argument('<schedule>', scheduleArgument)
    .action((reference: string, flags: GatewayFlags) => change(reference, flags, { enabled }))
}

async function change(
  reference: string,
  flags: GatewayFlags,
  body: Schemas['ScheduleChange'],
): Promise<void> {
  const { api, out } = openSession(flags)
  const found = await dataOf(api.GET('/v1/schedules/{schedule}', at(reference)))
  const params = { path: { schedule: found.id }, header: ifVersion(found) }
  const changed = await dataOf(api.PATCH('/v1/schedules/{schedule}', { params, body }))
  out.done(changed, `schedule ${changed.name} is changed; ${nextText(changed)}`, changed.name)
}

function runCommand(schedule: Command): void {
  gatewayCommand(schedule, 'run', 'run a schedule now, also a disabled one')
    .argument('<schedule>', scheduleArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags, runTimeoutMs)
      const work = dataOf(api.POST('/v1/schedules/{schedule}/run', at(reference)))
      const result = await withProgress(`running schedule ${reference}`, work)
      const sentence = [`schedule ${reference} is ${resultText(result)}`, ...result.messages].join('\n')
      out.done(result, sentence, reference)
      if (result.state !== 'done')
        throw new CommandError(ExitCode.failed, `not all snapshots of schedule ${reference} were made`)
    })
}

function previewCommand(schedule: Command): void {
  gatewayCommand(schedule, 'preview', 'tell when a schedule runs, for which shares, and what it would remove')
    .argument('<schedule>', scheduleArgument)
    .option('--keep', 'tell what it keeps too, and why')
    .action(async (reference: string, flags: GatewayFlags & { readonly keep?: boolean }) => {
      const { api, out } = openSession(flags)
      const plan = await dataOf(api.GET('/v1/schedules/{schedule}/preview', at(reference)))
      const { runs, shareCount, shares, removeCount } = plan
      const rows = shares.flatMap(({ path, keep, remove }) => [
        ...(flags.keep ? keep.map((one) => ({ path, ...one, fate: `keep: ${one.reasons.join(', ')}` })) : []),
        ...remove.map((one) => ({ path, ...one, fate: 'remove' })),
      ])
      const table = tableLines(
        rows,
        [
          { title: 'SHARE', of: ({ path }) => path },
          { title: 'SNAPSHOT', of: ({ name }) => name },
          { title: 'TIME', of: ({ cutAt }) => formatTime(cutAt) },
          { title: 'RETENTION', of: ({ fate }) => fate },
        ],
        out.paint,
      )
      out.show(
        plan,
        [
          ['runs', runs.map((time) => formatTime(time)).join(', ') || 'never: it is disabled'],
          ['shares', shareCount],
          ['would remove', `${removeCount} snapshots`],
        ],
        rows.length === 0 ? [] : ['', ...table],
      )
    })
}

function deleteCommand(schedule: Command): void {
  const command = gatewayCommand(schedule, 'delete', 'remove a schedule; its snapshots stay')
  withDeletion(command.argument('<schedule>', scheduleArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/schedules/{schedule}', at(reference)))
      const path = { schedule: found.id }
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/schedules/{schedule}', { params }))
        out.done(plan, `would remove schedule ${plan.name}; its snapshots would stay`, plan.name)
        return
      }
      await requireConsent(`remove schedule ${found.name}`, flags)
      const params = { path, header: ifVersion(found) }
      await dataOf(api.DELETE('/v1/schedules/{schedule}', { params }))
      out.done(undefined, `schedule ${found.name} is removed; its snapshots stay`, found.name)
    },
  )
}

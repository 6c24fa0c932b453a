import type { Command } from 'commander'
import { parse, YAMLParseError } from 'yaml'
import type { Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { given } from '../given.ts'
import { collectLabel, parseNumber } from '../inputs.ts'
import { textOf } from './manifest.ts'

const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const

type KeepFlags = { readonly [Rule in (typeof rules)[number] as `keep${Capitalize<Rule>}`]?: number }

/** What of a schedule can be chosen when it is made and changed later. */
export interface ScheduleContentFlags extends KeepFlags {
  readonly path?: string
  readonly label?: Record<string, string>
  readonly app?: string
  readonly timeZone?: string
  readonly group?: boolean
  readonly nameTemplate?: string
  readonly keepAll?: boolean
  readonly hooks?: string
  readonly description?: string
}

export function withScheduleContent(command: Command): Command {
  command
    .option('--path <path>', 'for this share, or all below this folder; / for all')
    .option('--label <key=value>', 'for shares with this label; may be repeated', collectLabel)
    .option('--app <name>', 'for shares of this application')
    .option('--time-zone <zone>', 'of its times and days: Europe/Berlin (default: UTC)')
    .option('--group', 'all its shares in one cut')
    .option('--no-group', 'each share in its own')
    .option('--name-template <text>', 'name of its snapshots: {schedule}-{time}, {date}')
  for (const rule of rules) command.option(`--keep-${rule} <count>`, keepText(rule), parseNumber)
  return command
    .option('--keep-all', 'keep all: nothing is ever removed')
    .option('--hooks <file>', 'YAML or JSON {pre: […], post: […]}; - reads standard input')
    .option('--description <text>', 'what it is for')
}

function keepText(rule: (typeof rules)[number]): string {
  if (rule === 'last') return 'keep so many of the last'
  const period = { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' }
  return `keep the newest of each of the last so many ${period[rule]}`
}

export function scheduleContentOf(flags: ScheduleContentFlags) {
  return given({
    selector: selectorOf(flags),
    timeZone: flags.timeZone,
    group: flags.group,
    nameTemplate: flags.nameTemplate,
    retention: retentionOf(flags),
    hooks: flags.hooks === undefined ? undefined : hooksIn(flags.hooks),
    description: flags.description,
  })
}

function selectorOf({ path, label, app }: ScheduleContentFlags): Schemas['ScheduleSelector'] | undefined {
  const selector = given({ path, labels: label, application: app })
  return Object.keys(selector).length === 0 ? undefined : selector
}

/** Null: all is kept; undefined: nothing was said of it. */
function retentionOf(flags: ScheduleContentFlags): Schemas['Retention'] | null | undefined {
  const { keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly } = flags
  const policy = given({
    ...{ last: keepLast, hourly: keepHourly, daily: keepDaily },
    ...{ weekly: keepWeekly, monthly: keepMonthly, yearly: keepYearly },
  })
  if (Object.keys(policy).length === 0) return flags.keepAll ? null : undefined
  if (flags.keepAll) throw usageError('--keep-all keeps all: leave out the other --keep options')
  return policy
}

/** Whether they are right, the API says. @throws {CommandError} for what is no YAML. */
export function hooksIn(file: string): Schemas['Hooks'] {
  try {
    return parse(textOf(file)) as Schemas['Hooks']
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw usageError(`${file} is no YAML: ${error.message.split('\n')[0] ?? ''}`)
  }
}

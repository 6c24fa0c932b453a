import type { Command } from 'commander'
import type { Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'

const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
type Rule = (typeof rules)[number]

/** What `--keep-daily 7` and the like give. */
export type KeepFlags = { readonly [R in Rule as `keep${Capitalize<R>}`]?: number }
/** And `--backup-keep-daily 7`. */
export type BackupKeepFlags = { readonly [R in Rule as `backupKeep${Capitalize<R>}`]?: number }

/** @param prefix of the options: `--keep` or `--backup-keep` @param what is kept: `snapshots` */
export function withRetention(command: Command, prefix: '--keep' | '--backup-keep', what: string): Command {
  for (const rule of rules)
    command.option(`${prefix}-${rule} <count>`, `${what}: ${keepText(rule)}`, parseNumber)
  return command
}

function keepText(rule: Rule): string {
  if (rule === 'last') return 'keep so many of the last'
  const period = { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' }
  return `keep the newest of each of the last so many ${period[rule]}`
}

/** Undefined: nothing was said of it. */
export function retentionOf(flags: KeepFlags): Schemas['Retention'] | undefined {
  const { keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly } = flags
  const policy = given({
    ...{ last: keepLast, hourly: keepHourly, daily: keepDaily },
    ...{ weekly: keepWeekly, monthly: keepMonthly, yearly: keepYearly },
  })
  return Object.keys(policy).length === 0 ? undefined : policy
}

export function backupRetentionOf(flags: BackupKeepFlags): Schemas['Retention'] | undefined {
  return retentionOf(
    given({
      ...{ keepLast: flags.backupKeepLast, keepHourly: flags.backupKeepHourly },
      ...{ keepDaily: flags.backupKeepDaily, keepWeekly: flags.backupKeepWeekly },
      ...{ keepMonthly: flags.backupKeepMonthly, keepYearly: flags.backupKeepYearly },
    }),
  )
}

/** Null: all is kept, as `--keep-all` says. @throws {CommandError} if rules are given besides. */
export function retentionUnlessAll(
  policy: Schemas['Retention'] | undefined,
  keepAll: boolean | undefined,
  option: '--keep' | '--backup-keep',
): Schemas['Retention'] | null | undefined {
  if (keepAll !== true) return policy
  if (policy !== undefined) throw usageError(`${option}-all keeps all: leave out the other ${option} options`)
  return null
}

/** `7 daily, 4 weekly`. */
export function retentionText(retention: Schemas['Retention'] | null): string {
  if (retention === null) return 'all'
  return Object.entries(retention)
    .map(([rule, count]) => `${count} ${rule}`)
    .join(', ')
}

import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { withDeletion, type DeletionFlags } from '../options.ts'
import { tableLines } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { checkPath, shareCalled } from '../references.ts'
import { endOf, requireDone } from './backup-jobs.ts'
import { repositoryArgument } from './repository.ts'
import { retentionOf, withRetention, type KeepFlags } from './retention.ts'

interface ForgetFlags extends GatewayFlags, DeletionFlags, KeepFlags {
  readonly share?: string
  readonly app?: string
  readonly below?: string
  readonly timeZone?: string
  readonly prune?: boolean
}

/** `berth backup forget`: what need not be kept. */
export function forgetCommand(backup: Command): void {
  const command = gatewayCommand(backup, 'forget', 'have a repository forget backups')
    .argument('<repository>', repositoryArgument)
    .argument('[backups...]', 'ids, instead of rules by which some are kept')
  withRetention(command, '--keep', 'of each share')
    .option('--share <share>', 'only backups of this share: path or number')
    .option('--app <name>', 'only those of shares of this application')
    .option('--below <path>', 'only those of shares at or below this path')
    .option('--time-zone <zone>', 'in which days begin (default: UTC)')
    .option('--prune', 'and free the room afterwards')
  withDeletion(command).action(async (repository: string, backups: readonly string[], flags: ForgetFlags) => {
    const { api, out } = openSession(flags)
    const retention = retentionOf(flags)
    if ((backups.length === 0) === (retention === undefined))
      throw usageError('name backups, or say what is kept: --keep-daily 7')
    const { share, app: application, below, timeZone, prune } = flags
    const body: Schemas['Forget'] = given({
      backups: backups.length === 0 ? undefined : [...backups],
      ...{ retention, application, timeZone, prune },
      shares: share === undefined ? undefined : [(await shareCalled(api, share)).id],
      below: below === undefined ? undefined : checkPath(below),
    })
    const path = { repository }
    const where = '/v1/repositories/{repository}/forget'
    const plan = (await dataOf(api.POST(where, { params: { path, query: { dryRun: true } }, body }))) as Plan
    if (flags.dryRun) {
      out.done(plan, planText(plan), plan.forget.map(({ id }) => id).join('\n'))
      return
    }
    if (plan.forgetCount === 0) {
      out.done(plan, `all ${plan.keepCount} backups are kept`)
      return
    }
    await requireConsent(`have ${repository} forget ${plan.forgetCount} backups`, flags)
    const begun = (await dataOf(api.POST(where, { params: { path }, body }))) as Schemas['BackupJob']
    const [ended] = await endOf(api, [begun], `forgetting in ${repository}`)
    requireDone([ended!])
    out.done(
      ended,
      `${repository} has forgotten ${plan.forgetCount} backups; ${plan.keepCount} stay`,
      begun.id,
    )
  })
}

type Plan = Schemas['ForgetPlan']

function planText({ keep, forget, keepCount, forgetCount }: Plan): string {
  const rows = [
    ...forget.map((backup) => ({ backup, fate: 'forget' })),
    ...keep.map(({ backup, reasons }) => ({ backup, fate: `keep: ${reasons.join(', ')}` })),
  ]
  const table = tableLines(rows, [
    { title: 'ID', of: ({ backup }) => backup.id },
    { title: 'SHARE', of: ({ backup }) => backup.path },
    { title: 'AS OF', of: ({ backup }) => formatTime(backup.cutAt) },
    { title: 'RETENTION', of: ({ fate }) => fate },
  ])
  const rest = forgetCount + keepCount - rows.length
  return [
    ...(rows.length === 0 ? [] : table),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
    `would forget ${forgetCount} and keep ${keepCount} backups`,
  ].join('\n')
}

import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { CommandError, usageError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collect, parseTime } from '../inputs.ts'
import { withDeletion, type DeletionFlags } from '../options.ts'
import { tableLines } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { checkPath, shareCalled } from '../references.ts'
import { endOf, requireDone } from './backup-jobs.ts'
import { repositoryArgument } from './repository.ts'
import { countsText } from './restore.ts'

interface RestoreFlags extends GatewayFlags, DeletionFlags {
  readonly all?: boolean
  readonly app?: string
  readonly backup?: readonly string[]
  readonly at?: string
  readonly store?: string
  readonly pathPrefix?: string
  readonly wait: boolean
}

/** `berth backup restore`: backups become shares again, here or on a gateway that never knew them. */
export function backupRestoreCommand(backup: Command): void {
  const command = gatewayCommand(backup, 'restore', 'make shares of backups, with their applications')
    .argument('<repository>', repositoryArgument)
    .argument('[path]', 'logical path of a share, or of a folder with all below it')
    .option('--all', 'all shares of which it holds a backup')
    .option('--app <name>', 'all shares of an application')
    .option('--backup <id>', 'this backup; may be repeated', collect)
    .option('--at <time>', 'as of then: 2026-11-01, 2026-11-01T14:05 (default: the newest)', parseTime)
    .option('--store <name>', 'where they are to lie (default: the store that they were in)')
    .option('--path-prefix <path>', 'put before their logical paths: /restored')
    .option('--no-wait', 'only begin it: berth backup jobs tells how far it is')
  withDeletion(command)
    .addHelpText('after', restoreHelp)
    .action((repository: string, path: string | undefined, flags: RestoreFlags) =>
      restore(repository, path, flags),
    )
}

interface FilesFlags extends GatewayFlags {
  readonly to?: string
  readonly share?: string
  readonly wait: boolean
}

/** `berth backup restore-files`: a file or directory of a backup comes back into a living share. */
export function backupFilesCommand(backup: Command): void {
  gatewayCommand(
    backup,
    'restore-files',
    'put a file or directory of a backup into its share, beside what is there',
  )
    .argument('<backup>', 'id of the backup, as berth backup list has it')
    .argument('<path>', 'of a file or directory in the share, as etc/app.conf')
    .option('--to <path>', 'where to in the share (default: where it was)')
    .option('--share <share>', 'into this share: path or number (default: the one it is of)')
    .option('--no-wait', 'only begin it: berth backup jobs tells how far it is')
    .action(async (id: string, path: string, flags: FilesFlags) => {
      const { api, out } = openSession(flags)
      const share = flags.share === undefined ? undefined : (await shareCalled(api, flags.share)).id
      const body = { path, ...given({ to: flags.to, share }) }
      const begun = await dataOf(api.POST('/v1/backups/{id}/restore', { params: { path: { id } }, body }))
      if (!flags.wait) {
        out.done(begun, `job ${begun.id} is begun`, begun.id)
        return
      }
      const [ended] = await endOf(api, [begun], `restoring ${path}`)
      requireDone([ended!])
      const { to, counts } = ended!.report as Schemas['RestoreReport']
      out.done(ended!.report!, `${path} is restored as ${to}: ${countsText(counts)}`, to)
    })
}

const restoreHelp = `
What is in the repository must be known: berth repository scan. Run again, it passes over what is there already.

Examples:
  berth backup restore disk /finance/db --dry-run
  berth backup restore disk --app payroll --path-prefix /restored
  berth backup restore disk --all --store nvme
`

async function restore(repository: string, path: string | undefined, flags: RestoreFlags): Promise<void> {
  const { all, app: application, backup: backups, at, store, pathPrefix, dryRun } = flags
  if ([path, all, application, backups].filter((way) => way !== undefined).length !== 1)
    throw usageError('say what to restore: a path, --all, --app NAME or --backup ID')
  const { api, out } = openSession(flags)
  const body: Schemas['Recovery'] = given({
    ...{ all, application, at, store },
    path: path && checkPath(path),
    pathPrefix: pathPrefix && checkPath(pathPrefix),
    backups: backups && [...backups],
  })
  const where = '/v1/repositories/{repository}/restore'
  const params = { path: { repository } }
  const asked = { params: { ...params, query: { dryRun: true } }, body }
  const plan = (await dataOf(api.POST(where, asked))) as Schemas['RecoveryPlan']
  if (dryRun) {
    out.done(plan, planText(plan), plan.shares.map((share) => share.path).join('\n'))
    return
  }
  const news = plan.shares.filter(({ state }) => state === 'new').length
  if (plan.shares.length > 1) await requireConsent(`restore ${news} shares from ${repository}`, flags)
  const begun = (await dataOf(api.POST(where, { params, body }))) as Schemas['BackupJob']
  if (!flags.wait) {
    out.done(begun, `job ${begun.id} is begun`, begun.id)
    return
  }
  const [ended] = await endOf(api, [begun], `restoring from ${repository}`)
  requireDone([ended!])
  const report = ended!.report as Schemas['RecoveryReport']
  out.done(report, reportText(report), report.shares.map(({ share }) => share ?? '').join('\n'))
  const failed = report.shares.filter(({ state }) => state === 'failed')
  if (failed.length > 0)
    throw new CommandError(
      ExitCode.failed,
      `${failed.length} of ${report.shares.length} shares were not restored; run again, it goes on`,
    )
}

function planText({ shares, applications }: Schemas['RecoveryPlan']): string {
  const table = tableLines(shares, [
    { title: 'SHARE', of: ({ path }) => path },
    { title: 'AS OF', of: ({ backup }) => formatTime(backup.cutAt) },
    { title: 'APPLICATION', of: ({ backup }) => backup.application?.name },
    {
      title: 'FATE',
      of: ({ state, message }) => (state === 'conflict' ? `not restored: ${message}` : fates[state]),
    },
  ])
  const apps = applications.length === 0 ? '' : `; would make the applications ${applications.join(', ')}`
  const count = shares.filter(({ state }) => state === 'new').length
  return [...table, `would restore ${count} shares${apps}`].join('\n')
}

const fates = { new: 'restored', present: 'is there already' } as const

function reportText({ shares, applications }: Schemas['RecoveryReport']): string {
  const lines = shares.flatMap(({ path, share, state, message, warnings }) => [
    state === 'failed'
      ? `${path} was not restored: ${message}`
      : `${path} ${stateText(state)} as share ${share ?? ''}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ])
  const made = applications.length === 0 ? [] : [`applications made: ${applications.join(', ')}`]
  return [...made, ...lines].join('\n')
}

function stateText(state: 'restored' | 'present'): string {
  return state === 'restored' ? 'is restored' : 'was there already'
}

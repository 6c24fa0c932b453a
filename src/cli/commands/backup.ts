import type { Command } from 'commander'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'
import { choice } from '../options.ts'
import type { Column, Field } from '../output/table.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { checkPath, shareCalled, snapshotArgument, snapshotCalled } from '../references.ts'
import { forgetCommand } from './backup-forget.ts'
import { backupJobCommands, endOf, requireDone, type Job } from './backup-jobs.ts'
import { backupFilesCommand, backupRestoreCommand } from './backup-restore.ts'

type Backup = Schemas['Backup']

/** `berth backup`: what restic holds of shares. */
export function backupCommands(program: Command): void {
  const backup = group(program, 'backup', 'backups: what restic holds of shares')
  runCommand(backup)
  listCommand(backup)
  showCommand(backup)
  backupRestoreCommand(backup)
  backupFilesCommand(backup)
  forgetCommand(backup)
  backupJobCommands(backup)
}

interface RunFlags extends GatewayFlags {
  readonly repository?: string
  readonly app?: string
  readonly below?: string
  readonly snapshot?: string
  readonly wait: boolean
}

function runCommand(backup: Command): void {
  gatewayCommand(backup, 'run', 'back shares up now')
    .argument('[shares...]', 'paths or numbers')
    .option('--repository <name>', 'where to (default: the only one)')
    .option('--app <name>', 'all shares of an application, in one cut')
    .option('--below <path>', 'all shares at or below this path')
    .option('--snapshot <snapshot>', `one that is there already: ${snapshotArgument}`)
    .option('--no-wait', 'only begin it: berth backup jobs tells how far it is')
    .action(async (references: readonly string[], flags: RunFlags) => {
      const { api, out } = openSession(flags)
      const body = {
        repository: flags.repository ?? (await onlyRepository(api)),
        ...(await whatToBackUp(api, references, flags)),
      }
      const { items } = await dataOf(api.POST('/v1/backups', { body }))
      if (!flags.wait) {
        out.list(items, jobColumns, { empty: 'There is no share to back up.' })
        return
      }
      const ended = await endOf(api, items, `backing up to ${body.repository}`)
      const done = ended.filter(({ state }) => state === 'done')
      const backups = await Promise.all(done.map((job) => backupOf(api, job)))
      const lines = backups.map(doneText).join('\n')
      if (out.isJson || done.length > 0)
        out.done({ items: backups }, lines, backups.map(({ id }) => id).join('\n'))
      else if (items.length === 0) out.note('There is no share to back up.')
      requireDone(ended)
    })
}

const jobColumns: [Column<Job>, ...Column<Job>[]] = [
  { title: 'JOB', of: ({ id }) => id },
  { title: 'SHARE', of: ({ path }) => path },
  { title: 'STATE', of: ({ state }) => state },
]

/** @throws {CommandError} unless just one of the ways to say it was used. */
async function whatToBackUp(api: BerthClient, references: readonly string[], flags: RunFlags) {
  const { app: application, below, snapshot } = flags
  const ways = [references.length > 0, application !== undefined, below !== undefined, snapshot !== undefined]
  if (ways.filter((isUsed) => isUsed).length !== 1)
    throw usageError('say what to back up: shares, --app NAME, --below PATH or --snapshot SHARE@NAME')
  if (snapshot !== undefined) return { snapshot: (await snapshotCalled(api, snapshot)).id }
  if (references.length === 0) return given({ application, below: below && checkPath(below) })
  const shares = await Promise.all(references.map((reference) => shareCalled(api, reference)))
  return { shares: shares.map(({ id }) => id) }
}

async function onlyRepository(api: BerthClient): Promise<string> {
  const { items } = await dataOf(api.GET('/v1/repositories', { params: { query: { limit: 2 } } }))
  const [first, second] = items
  if (first === undefined) throw usageError('there is no repository yet: berth repository add NAME URL')
  if (second !== undefined)
    throw usageError('there are several repositories: choose one by --repository NAME')
  return first.name
}

function backupOf(api: BerthClient, { backup }: Job): Promise<Backup> {
  return dataOf(api.GET('/v1/backups/{id}', { params: { path: { id: backup! } } }))
}

function doneText({ path, repository, files, bytes }: Backup): string {
  const counts = `${files.new} new, ${files.changed} changed, ${files.unmodified} unmodified`
  return `${path} is backed up in ${repository.name}: ${counts}; ${formatBytes(bytes.added)} added`
}

interface ListFlags extends GatewayFlags {
  readonly repository?: string
  readonly share?: string
  readonly below?: string
  readonly app?: string
  readonly schedule?: string
  readonly state?: Backup['state']
  readonly forgotten?: boolean
  readonly limit?: number
}

function listCommand(backup: Command): void {
  gatewayCommand(backup, 'list', 'list backups, the newest first')
    .option('--repository <name>', 'of this repository')
    .option('--share <share>', 'of this share: path or number')
    .option('--below <path>', 'of shares at or below this path')
    .option('--app <name>', 'of shares of this application')
    .option('--schedule <name>', 'that this schedule had made')
    .addOption(choice('--state <state>', 'that are', ['running', 'done', 'failed']))
    .option('--forgotten', 'those too that the repository has no more')
    .option('--limit <count>', 'so many at most', parseNumber)
    .action(async (flags: ListFlags) => {
      const { api, out } = openSession(flags)
      const { repository, below, app: application, schedule, state, forgotten, limit } = flags
      const share = flags.share === undefined ? undefined : await shareNumberOf(api, flags.share)
      const filter = given({ repository, share, below, application, schedule, state, forgotten })
      const items = await allPages(
        (page) => dataOf(api.GET('/v1/backups', { params: { query: { ...filter, ...page } } })),
        limit,
      )
      out.list(items, columns, { empty: 'No backups. Make one: berth backup run SHARE --repository NAME' })
    })
}

/** Backups of a share that is gone for ever are found by its number. */
async function shareNumberOf(api: BerthClient, reference: string): Promise<number> {
  return /^\d+$/.test(reference) ? Number(reference) : (await shareCalled(api, reference)).id
}

const columns: [Column<Backup>, ...Column<Backup>[]] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'SHARE', of: ({ path }) => path },
  { title: 'AS OF', of: ({ cutAt }) => formatTime(cutAt) },
  { title: 'REPOSITORY', of: ({ repository }) => repository.name },
  { title: 'STATE', of: ({ state, forgottenAt }) => (forgottenAt === null ? state : 'forgotten') },
  { title: 'FILES', of: ({ files }) => files.total, align: 'right' },
  { title: 'SIZE', of: ({ bytes }) => formatBytes(bytes.total), align: 'right' },
  { title: 'ADDED', of: ({ bytes }) => formatBytes(bytes.added), align: 'right' },
  { title: 'BY', of: ({ createdBy }) => createdBy },
]

function showCommand(backup: Command): void {
  gatewayCommand(backup, 'show', 'show a backup')
    .argument('<backup>', 'its id')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/backups/{id}', { params: { path: { id } } }))
      out.show(found, fieldsOf(found))
    })
}

function fieldsOf(backup: Backup): Field[] {
  const { files, bytes, restic } = backup
  return [
    ['share', `${backup.path} (${backup.share})`],
    ['id', backup.id],
    ['application', backup.application?.name],
    ['snapshot', backup.snapshot.id === null ? `${backup.snapshot.name} (gone)` : backup.snapshot.name],
    ['as of', formatTime(backup.cutAt, 'seconds')],
    ['repository', backup.repository.name],
    ['state', backup.state],
    ['message', backup.message],
    ['began', `${formatTime(backup.startedAt, 'seconds') ?? ''} by ${backup.createdBy}`],
    ['ended', formatTime(backup.endedAt, 'seconds')],
    ['files', `${files.total}: ${files.new} new, ${files.changed} changed, ${files.unmodified} unmodified`],
    ['size', `${formatBytes(bytes.total)}, ${formatBytes(bytes.added)} added`],
    ['forgotten', formatTime(backup.forgottenAt)],
    ['restic', restic.data],
    ['its manifest', restic.manifest],
    ['gateway', backup.gateway],
  ]
}

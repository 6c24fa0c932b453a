import type { Command } from 'commander'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { withDescription } from '../options.ts'
import type { DescriptionFlags } from '../options.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { shareCalled, snapshotName } from '../references.ts'
import { hooksIn } from './schedule-content.ts'

/** Copying a large share takes its time. */
const takingTimeoutMs = 24 * 3_600_000

interface CreateFlags extends GatewayFlags, DescriptionFlags {
  readonly app?: string
  readonly name?: string
  readonly reason?: string
  readonly hooks?: string
  readonly dryRun?: boolean
}

export function createSnapshotCommand(snapshot: Command): void {
  const command = gatewayCommand(snapshot, 'create', 'make a snapshot of a share, or of several in one cut')
    .argument('[shares...]', 'paths or numbers of the shares')
    .option('--app <name>', 'of all shares of this application, in one cut')
    .option('--name <name>', 'its name (default: the time, as 2026-11-21T05.10.00Z)')
    .option('--reason <text>', 'why it is made')
    .option('--hooks <file>', 'YAML or JSON {pre: […], post: […]}; - reads standard input')
    .option('-n, --dry-run', 'only say what it would cost')
  withDescription(command).action(async (references: string[], flags: CreateFlags) => {
    const { api, out } = openSession(flags, takingTimeoutMs)
    const body = given({
      name: flags.name,
      description: flags.description,
      labels: flags.label,
      reason: flags.reason,
      hooks: flags.hooks === undefined ? undefined : hooksIn(flags.hooks),
    })
    if ((references.length === 0) === (flags.app === undefined))
      throw usageError('name one share or more, or an application with --app')
    const shares: number[] = []
    for (const reference of references) shares.push((await shareCalled(api, reference)).id)
    if (flags.dryRun === true) {
      await tellCosts(api, out, shares, references)
      return
    }
    const what = `making a snapshot of ${flags.app ?? references.join(', ')}`
    const [only] = shares
    if (shares.length === 1 && only !== undefined) {
      const work = dataOf(api.POST('/v1/shares/{id}/snapshots', { params: { path: { id: only } }, body }))
      const made = await withProgress(what, work, () => stageOf(api, shares))
      out.done(made, madeText([made], made.warnings), made.id)
      return
    }
    const wanted = flags.app === undefined ? { shares } : { application: flags.app }
    const work = dataOf(api.POST('/v1/snapshot-groups', { body: { ...wanted, ...body } }))
    const made = await withProgress(what, work, () => stageOf(api, shares))
    out.done(made, madeText(made.items, made.warnings), made.items.map(({ id }) => id).join('\n'))
  })
}

async function tellCosts(
  api: BerthClient,
  out: ReturnType<typeof openSession>['out'],
  shares: readonly number[],
  references: readonly string[],
): Promise<void> {
  if (shares.length === 0) throw usageError('--dry-run needs shares, not an application')
  const costs: Schemas['SnapshotCost'][] = []
  for (const id of shares) {
    costs.push(await dataOf(api.GET('/v1/shares/{id}/snapshot-cost', { params: { path: { id } } })))
  }
  const sentences = costs.map((cost, at) => `${references[at] ?? cost.share}: ${costText(cost)}`)
  out.done({ items: costs }, sentences.join('\n'))
}

function costText({ driver, files, bytes, leftoverBytes, ...room }: Schemas['SnapshotCost']): string {
  if (files === 0) return `would be taken by ${driver} at once, and take up what changes later`
  if (bytes === 0 && room.missingFiles === 0)
    return `would be taken by ${driver}: ${files} files, which take up what changes later`
  const done =
    leftoverBytes === 0 ? '' : `, ${formatBytes(leftoverBytes)} of which an interrupted one has copied`
  const all = `would be taken by ${driver}: ${files} files, ${formatBytes(bytes)}${done}; ${formatBytes(room.freeBytes)} are free`
  if (room.missingFiles > 0) return `${all}, but ${room.missingFiles} inodes are missing, it would be refused`
  return room.missingBytes === 0
    ? `${all}, ${formatBytes(room.freeAfterBytes)} afterwards`
    : `${all}, of which ${formatBytes(room.spareBytes)} are to stay so: ${formatBytes(room.missingBytes)} are missing, it would be refused`
}

function madeText(made: readonly Schemas['Snapshot'][], warnings: readonly string[]): string {
  const sentences = made.map(
    (one) => `snapshot ${snapshotName(one)} is made: ${one.files} files, ${formatBytes(one.bytes)}`,
  )
  return [...sentences, ...warnings.map((warning) => `warning: ${warning}`)].join('\n')
}

/** How far the making of snapshots has come, of these shares or, without any, of whichever. */
async function stageOf(api: BerthClient, shares: readonly number[]): Promise<string> {
  const jobs = await allPages((query) => dataOf(api.GET('/v1/snapshot-jobs', { params: { query } })))
  const job = jobs.find((one) => shares.length === 0 || shares.some((id) => one.shares.includes(id)))
  return job === undefined ? '' : jobText(job)
}

function jobText({ phase, files, bytes }: Schemas['SnapshotJob']): string {
  return files === 0 ? phase : `${phase}, ${files} files, ${formatBytes(bytes)}`
}

export function snapshotJobCommands(snapshot: Command): void {
  jobsCommand(snapshot)
  abortCommand(snapshot)
}

function jobsCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'jobs', 'list snapshots that are being made').action(
    async (flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const items = await allPages((query) => dataOf(api.GET('/v1/snapshot-jobs', { params: { query } })))
      out.list(
        items,
        [
          { title: 'ID', of: ({ id }) => id },
          { title: 'NAME', of: ({ name }) => name },
          { title: 'SHARES', of: ({ paths }) => paths.join(' ') },
          { title: 'STAGE', of: jobText },
          { title: 'SINCE', of: ({ startedAt }) => formatTime(startedAt, 'seconds') },
          { title: 'BY', of: ({ createdBy }) => createdBy },
        ],
        { empty: 'No snapshots are being made.' },
      )
    },
  )
}

function abortCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'abort', 'end the making of snapshots early: they are not made')
    .argument('<job>', 'id, as berth snapshot jobs lists it')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      await dataOf(api.DELETE('/v1/snapshot-jobs/{id}', { params: { path: { id } } }))
      out.done(undefined, `making ${id} is aborted`, id)
    })
}

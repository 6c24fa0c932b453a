import type { Command } from 'commander'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, openSession, type GatewayFlags, type Session } from '../gateway-command.ts'
import { given } from '../given.ts'
import { withDeletion, withDescription, type DeletionFlags, type DescriptionFlags } from '../options.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { checkPath, snapshotArgument, snapshotCalled, snapshotName } from '../references.ts'

/** Restoring a large share takes its time. */
const restoreTimeoutMs = 24 * 3_600_000

interface RestoreFlags extends GatewayFlags, DeletionFlags {
  readonly to?: string
  readonly inPlace?: boolean
  readonly merge?: boolean
  readonly beside?: boolean
  readonly asShare?: string
  /** Commander's form of `--no-safety-snapshot`; else true or, with `--safety-snapshot`, true too. */
  readonly safetySnapshot?: boolean
}

/** `berth restore`: snapshots become files again. */
export function restoreCommands(program: Command): void {
  const command = gatewayCommand(program, 'restore', 'bring back a file, a directory or a whole share')
    .argument('<snapshot>', snapshotArgument)
    .argument('[path]', 'of a file or directory in the share, as etc/app.conf (default: all of it)')
    .option('--to <path>', 'where to in the share (default: where it was)')
    .option('--in-place', 'make what is there equal to the snapshot; what is not in it goes')
    .option('--merge', 'as --in-place, but what is not in the snapshot stays')
    .option('--beside', 'under another name, beside what is there')
    .option('--as-share <path>', 'as a new share with this logical path')
    .option('--no-safety-snapshot', 'take no snapshot before a whole share is replaced')
  withDeletion(command)
    .addHelpText('after', restoreHelp)
    .action((reference: string, path: string | undefined, flags: RestoreFlags) =>
      restore(reference, path, flags),
    )
}

const restoreHelp = `
Examples:
  berth restore /finance/db@before etc/app.conf            if there is none now
  berth restore /finance/db@before etc --beside            as etc.before
  berth restore /finance/db@before --in-place --dry-run    says what would be done
  berth restore /finance/db@before --as-share /finance/db-then
`

async function restore(reference: string, path: string | undefined, flags: RestoreFlags): Promise<void> {
  const { inPlace, merge, beside, asShare, to, dryRun } = flags
  if ([inPlace, merge, beside, asShare].filter((given) => given !== undefined).length > 1)
    throw usageError('--in-place, --merge, --beside and --as-share are four ways: choose one')
  const session = openSession(flags, restoreTimeoutMs)
  const { api, out } = session
  const snapshot = await snapshotCalled(api, reference)
  if (asShare !== undefined) {
    if (path !== undefined || to !== undefined)
      throw usageError('--as-share makes a share of all that is in the snapshot: name no path')
    await clone(session, snapshot, { path: checkPath(asShare) }, dryRun ?? false)
    return
  }
  const isWhole = path === undefined && to === undefined
  const onConflict: Schemas['Restore']['onConflict'] = inPlace
    ? 'replace'
    : merge
      ? 'merge'
      : beside
        ? 'beside'
        : undefined
  if (isWhole && onConflict === undefined)
    throw usageError('say how the whole share comes back: --in-place, --merge, --beside or --as-share PATH')
  const safetySnapshot = flags.safetySnapshot === false ? false : undefined
  const body: Schemas['Restore'] = given({ path, to, onConflict, safetySnapshot })
  if (isWhole && onConflict === 'replace' && !dryRun)
    await requireConsent(`make ${snapshot.share.path} what it was in ${snapshot.name}`, flags)
  const query = given({ dryRun })
  const params = { path: { id: snapshot.id }, query }
  const work = dataOf(api.POST('/v1/snapshots/{id}/restore', { params, body }))
  const what = `${dryRun ? 'comparing' : 'restoring'} ${path ?? snapshot.share.path} from ${snapshotName(snapshot)}`
  const done = await withProgress(what, work, () => stageOf(api, snapshot.id))
  out.done(done, dryRun ? planText(done) : restoredText(snapshot, done), done.to)
}

function restoredText(snapshot: Schemas['Snapshot'], { to, counts, safetySnapshot }: Schemas['Restored']) {
  const where = to === '' ? snapshot.share.path : `${to} of ${snapshot.share.path}`
  const sentences = [`${where} is restored from ${snapshot.name}: ${countsText(counts)}`]
  if (counts.skipped > 0) sentences.push(`${counts.skipped} were changed by clients meanwhile, or are mounts`)
  if (safetySnapshot !== null)
    sentences.push(`what was there before: berth restore ${snapshotName(safetySnapshot)} --in-place`)
  return sentences.join('\n')
}

export function countsText({ added, replaced, changed, removed, bytes }: Schemas['RestoreCounts']): string {
  const parts = [
    [added, 'added'],
    [replaced, 'replaced'],
    [changed, 'changed in owner, mode or times'],
    [removed, 'removed'],
  ] as const
  const done = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return done.length === 0 ? 'all is as it was' : `${done.join(', ')} (${formatBytes(bytes)})`
}

function planText({ counts, paths }: Schemas['Restored']): string {
  const marks = [
    ['+', paths.added, counts.added],
    ['!', paths.replaced, counts.replaced],
    ['~', paths.changed, counts.changed],
    ['-', paths.removed, counts.removed],
    ['?', paths.skipped, counts.skipped],
  ] as const
  const lines = marks.flatMap(([mark, listed, count]) => [
    ...listed.map((path) => `${mark} ${path || '.'}`),
    ...(count > listed.length ? [`${mark} … and ${count - listed.length} more`] : []),
  ])
  return [...lines, `would be done: ${countsText(counts)}`].join('\n')
}

/** How far a restore or clone of a snapshot has come. */
async function stageOf(api: BerthClient, snapshot: number): Promise<string> {
  const jobs = await allPages((query) => dataOf(api.GET('/v1/restore-jobs', { params: { query } })))
  const job = jobs.find((one) => one.snapshot === snapshot)
  return job === undefined ? '' : jobText(job)
}

function jobText({ phase, counts }: Schemas['RestoreJob']): string {
  return counts.examined === 0 ? phase : `${counts.examined} files, ${formatBytes(counts.bytes)}`
}

interface CloneFlags extends GatewayFlags, DescriptionFlags {
  readonly store?: string
  readonly app?: string
  readonly owner?: string
  readonly dryRun?: boolean
}

/** `berth snapshot clone`, and what goes on of it and of restores. */
export function cloneCommands(snapshot: Command): void {
  const command = gatewayCommand(snapshot, 'clone', 'make a new share of a snapshot: a writable copy')
    .argument('<snapshot>', snapshotArgument)
    .argument('<path>', 'logical path of the new share')
    .option('--store <name>', 'where it lies (default: where the snapshot does)')
    .option('--app <name>', 'whose it is (default: as it was)')
    .option('--owner <text>', 'who is responsible (default: as it was)')
    .option('-n, --dry-run', 'only say what would be done')
  withDescription(command).action(async (reference: string, path: string, flags: CloneFlags) => {
    const session = openSession(flags, restoreTimeoutMs)
    const { store, app: application, owner, description, label: labels, dryRun } = flags
    const body = { path: checkPath(path), ...given({ store, application, owner, description, labels }) }
    await clone(session, await snapshotCalled(session.api, reference), body, dryRun ?? false)
  })
  jobCommands(snapshot)
}

async function clone(
  { api, out }: Session,
  snapshot: Schemas['Snapshot'],
  body: Schemas['NewClone'],
  isDryRun: boolean,
): Promise<void> {
  const params = { path: { id: snapshot.id }, query: { dryRun: isDryRun } }
  const work = dataOf(api.POST('/v1/snapshots/{id}/clone', { params, body }))
  const what = `making ${body.path} of ${snapshotName(snapshot)}`
  const done = await withProgress(what, work, () => stageOf(api, snapshot.id))
  const warnings = done.warnings.map((warning) => `warning: ${warning}`)
  const sentence =
    'directory' in done
      ? `share ${done.path} is made of ${snapshotName(snapshot)}: ${done.directory}`
      : `would make share ${done.path} in store ${done.store}: ${snapshot.files} files`
  out.done(done, [sentence, ...warnings].join('\n'), 'id' in done ? done.id : done.path)
}

function jobCommands(snapshot: Command): void {
  gatewayCommand(snapshot, 'restores', 'list restores and clones that go on').action(
    async (flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const items = await allPages((query) => dataOf(api.GET('/v1/restore-jobs', { params: { query } })))
      out.list(
        items,
        [
          { title: 'ID', of: ({ id }) => id },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'SHARE', of: ({ path }) => path },
          { title: 'TO', of: ({ to }) => to },
          { title: 'STAGE', of: jobText },
          { title: 'SINCE', of: ({ startedAt }) => formatTime(startedAt, 'seconds') },
          { title: 'BY', of: ({ createdBy }) => createdBy },
        ],
        { empty: 'Nothing is being restored.' },
      )
    },
  )
  gatewayCommand(snapshot, 'abort-restore', 'end a restore or clone early')
    .argument('<job>', 'id, as berth snapshot restores lists it')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      await dataOf(api.DELETE('/v1/restore-jobs/{id}', { params: { path: { id } } }))
      out.done(undefined, `restore ${id} is aborted; run again, it goes on`, id)
    })
}

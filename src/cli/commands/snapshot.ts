import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { changedLabels, collectLabel } from '../inputs.ts'
import { ifVersion, withDeletion } from '../options.ts'
import type { DeletionFlags } from '../options.ts'
import type { Column, Field } from '../output/table.ts'
import { formatBytes, formatLabels, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { shareCalled, snapshotArgument, snapshotCalled, snapshotName } from '../references.ts'
import { cloneCommands } from './restore.ts'
import { diffCommand } from './snapshot-diff.ts'
import { createSnapshotCommand, snapshotJobCommands } from './snapshot-create.ts'

/** Removing millions of files takes its time. */
const removalTimeoutMs = 24 * 3_600_000

/** `berth snapshot`: read-only copies of shares as of one instant. */
export function snapshotCommands(program: Command): void {
  const snapshot = group(program, 'snapshot', 'snapshots: read-only copies of shares as of one instant')
  createSnapshotCommand(snapshot)
  listCommand(snapshot)
  snapshotJobCommands(snapshot)
  showCommand(snapshot)
  renameCommand(snapshot)
  describeCommand(snapshot)
  labelCommand(snapshot)
  holdCommand(snapshot)
  releaseCommand(snapshot)
  manifestCommand(snapshot)
  diffCommand(snapshot)
  cloneCommands(snapshot)
  deleteCommand(snapshot)
}

type Snapshot = Schemas['Snapshot']

interface ListFlags extends GatewayFlags {
  readonly below?: string
  readonly app?: string
  readonly label?: Record<string, string>
  readonly group?: string
  readonly schedule?: string
}

function listCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'list', 'list snapshots')
    .argument('[share]', 'path or number of a share')
    .option('--below <path>', 'of shares at or below this path')
    .option('--app <name>', 'of shares that belonged to this application')
    .option('--label <key=value>', 'with this label; may be repeated', collectLabel)
    .option('--group <id>', 'of this cut')
    .option('--schedule <name>', 'made by this schedule')
    .action(async (reference: string | undefined, flags: ListFlags) => {
      const { api, out } = openSession(flags)
      const { below, app: application, label, group, schedule } = flags
      const share = reference === undefined ? undefined : (await shareCalled(api, reference)).id
      const labels = label && formatLabels(label)
      const filter = given({ share, below, application, labels, group, schedule })
      const items = await allPages((page) =>
        dataOf(api.GET('/v1/snapshots', { params: { query: { ...filter, ...page } } })),
      )
      out.list(items, columns, { empty: 'No snapshots. Make one: berth snapshot create SHARE' })
    })
}

const columns: [Column<Snapshot>, ...Column<Snapshot>[]] = [
  { title: 'SNAPSHOT', of: snapshotName },
  { title: 'TIME', of: ({ cutAt, state }) => (state === 'ready' ? formatTime(cutAt) : state) },
  { title: 'FILES', of: ({ files }) => files, align: 'right' },
  { title: 'SIZE', of: ({ bytes }) => formatBytes(bytes), align: 'right' },
  { title: 'HELD', of: ({ hold }) => hold && (hold.reason || 'yes') },
  { title: 'BY', of: ({ createdBy }) => createdBy },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
]

function showCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'show', 'show a snapshot, and the room that it takes up')
    .argument('<snapshot>', snapshotArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await snapshotCalled(api, reference)
      const usage = await dataOf(api.GET('/v1/snapshots/{id}/usage', { params: { path: { id: found.id } } }))
      out.show({ ...found, usage }, fieldsOf(found, usage))
    })
}

function fieldsOf(snapshot: Snapshot, { ownBytes }: Schemas['SnapshotUsage']): Field[] {
  const { share, hold } = snapshot
  return [
    ['name', snapshot.name],
    ['number', snapshot.id],
    ['share', share.path],
    ['path then', snapshot.path === share.path ? undefined : snapshot.path],
    ['application', snapshot.application?.name],
    ['time', formatTime(snapshot.cutAt, 'seconds')],
    ['state', snapshot.state],
    ['files', snapshot.files],
    ['size', formatBytes(snapshot.bytes)],
    ['its own', ownBytes === null ? 'its filesystem does not tell' : formatBytes(ownBytes)],
    ['driver', snapshot.driver],
    ['store', snapshot.store],
    ['reason', snapshot.reason],
    ['description', snapshot.description],
    ['labels', formatLabels(snapshot.labels)],
    ['group', snapshot.group],
    ['made', `${formatTime(snapshot.createdAt) ?? ''} by ${snapshot.createdBy}`],
    [
      'held',
      hold && `since ${formatTime(hold.since) ?? ''} by ${hold.by}${hold.reason && `: ${hold.reason}`}`,
    ],
  ]
}

type ChangeBody = Schemas['SnapshotChange']

async function change(
  reference: string,
  flags: GatewayFlags,
  changeOf: (found: Snapshot) => readonly [body: ChangeBody, sentence: (changed: Snapshot) => string],
): Promise<void> {
  const { api, out } = openSession(flags)
  const found = await snapshotCalled(api, reference)
  const [body, sentence] = changeOf(found)
  const params = { path: { id: found.id }, header: ifVersion(found) }
  const changed = await dataOf(api.PATCH('/v1/snapshots/{id}', { params, body }))
  out.done(changed, sentence(changed), changed.id)
}

function renameCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'rename', 'give a snapshot another name')
    .argument('<snapshot>', snapshotArgument)
    .argument('<name>', 'its new name')
    .action(async (reference: string, name: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await snapshotCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const renamed = await dataOf(api.POST('/v1/snapshots/{id}/rename', { params, body: { name } }))
      out.done(renamed, `snapshot ${snapshotName(found)} is now ${snapshotName(renamed)}`, renamed.id)
    })
}

function describeCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'describe', 'say what a snapshot is for')
    .argument('<snapshot>', snapshotArgument)
    .argument('<text>', 'the description; empty takes it away')
    .action((reference: string, description: string, flags: GatewayFlags) =>
      change(reference, flags, () => [
        { description },
        (changed) => `snapshot ${snapshotName(changed)} is described`,
      ]),
    )
}

function labelCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'label', 'set and remove labels')
    .argument('<snapshot>', snapshotArgument)
    .argument('<changes...>', 'KEY=VALUE sets a label, KEY- takes it away')
    .action((reference: string, changes: string[], flags: GatewayFlags) =>
      change(reference, flags, (found) => [
        { labels: changedLabels(found.labels, changes) },
        (changed) => `labels of ${snapshotName(changed)}: ${formatLabels(changed.labels) || 'none'}`,
      ]),
    )
}

function holdCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'hold', 'keep a snapshot from being removed, by anybody')
    .argument('<snapshot>', snapshotArgument)
    .option('--reason <text>', 'why it must stay')
    .action(async (reference: string, flags: GatewayFlags & { readonly reason?: string }) => {
      const { api, out } = openSession(flags)
      const { id } = await snapshotCalled(api, reference)
      const body = given({ reason: flags.reason })
      const held = await dataOf(api.POST('/v1/snapshots/{id}/hold', { params: { path: { id } }, body }))
      out.done(held, `snapshot ${snapshotName(held)} is held; berth snapshot release ends that`, id)
    })
}

function releaseCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'release', 'let a snapshot that is held be removed again')
    .argument('<snapshot>', snapshotArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await snapshotCalled(api, reference)
      const { id } = found
      await dataOf(api.DELETE('/v1/snapshots/{id}/hold', { params: { path: { id } } }))
      out.done(undefined, `snapshot ${snapshotName(found)} is held no more`, id)
    })
}

function manifestCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'manifest', 'print what is kept with a snapshot: share, application, manifests')
    .argument('<snapshot>', snapshotArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const { id } = await snapshotCalled(api, reference)
      const manifest = await dataOf(api.GET('/v1/snapshots/{id}/manifest', { params: { path: { id } } }))
      out.text(`${JSON.stringify(manifest, null, 2)}\n`)
    })
}

function deleteCommand(snapshot: Command): void {
  const command = gatewayCommand(snapshot, 'delete', 'remove snapshots for good')
    .argument('<snapshots...>', snapshotArgument)
    .option('--last', 'also the last one of a share')
  withDeletion(command).action(
    async (references: string[], flags: GatewayFlags & DeletionFlags & { readonly last?: boolean }) => {
      const { api, out } = openSession(flags, removalTimeoutMs)
      const found: Snapshot[] = []
      for (const reference of references) found.push(await snapshotCalled(api, reference))
      if (flags.dryRun) {
        const plans = []
        for (const { id } of found) {
          const params = { path: { id }, query: { dryRun: true } }
          plans.push(await planOf(api.DELETE('/v1/snapshots/{id}', { params })))
        }
        out.done({ items: plans }, plans.map(planText).join('\n'), plans.map(({ id }) => id).join('\n'))
        return
      }
      await requireConsent(`remove ${found.map(snapshotName).join(', ')}, for good`, flags)
      const query = given({ last: flags.last })
      for (const one of found) {
        const params = { path: { id: one.id }, query, header: ifVersion(one) }
        const work = dataOf(api.DELETE('/v1/snapshots/{id}', { params }))
        await withProgress(`removing ${snapshotName(one)}`, work)
        out.done(undefined, `snapshot ${snapshotName(one)} is gone`, one.id)
      }
    },
  )
}

function planText({ name, path, files, bytes, refusal, isLast }: Schemas['SnapshotDeletion']): string {
  const what = `snapshot ${path}@${name}: ${files} files, ${formatBytes(bytes)}`
  if (refusal !== null) return `cannot remove ${what}: ${refusal}`
  return isLast ? `would remove ${what}, the last of its share: --last is needed` : `would remove ${what}`
}

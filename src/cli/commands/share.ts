import { InvalidArgumentError, type Command } from 'commander'
import { shellWord } from '../../admin/render/quoting.ts'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { changedLabels, collectLabel, parseDuration, parseNumber } from '../inputs.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { formatBytes, formatLabels, formatTime, formatUse } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { shareArgument, shareCalled, tombstoneCalled } from '../references.ts'
import { shareContentOf, withShareContent, type ShareContentFlags } from './share-content.ts'
import { orphansCommand, shareWorkloadsCommand } from './history.ts'
import { storeMoveCommands } from './share-move.ts'
import { showShareCommand } from './share-show.ts'

/** `berth share`: directories with a logical path, which clients mount. */
export function shareCommands(program: Command): void {
  const share = group(program, 'share', 'shares: directories with a logical path, which clients mount')
  listCommand(share)
  showShareCommand(share)
  createCommand(share)
  updateCommand(share)
  labelCommand(share)
  moveCommand(share)
  storeMoveCommands(share)
  deleteCommand(share)
  undeleteCommand(share)
  purgeCommand(share)
  shareWorkloadsCommand(share)
  orphansCommand(share)
}

interface ListFlags extends GatewayFlags {
  readonly below?: string
  readonly app?: string
  readonly store?: string
  readonly label?: Record<string, string>
  readonly deleted?: boolean
}

function listCommand(share: Command): void {
  gatewayCommand(share, 'list', 'list shares')
    .option('--below <path>', 'at or below this path')
    .option('--app <name>', 'of this application')
    .option('--store <name>', 'in this store')
    .option('--label <key=value>', 'with this label; may be repeated', collectLabel)
    .option('--deleted', 'deleted ones that can be undeleted')
    .action(async (flags: ListFlags) => {
      const { api, out } = openSession(flags)
      const { below, app: application, store, label, deleted = false } = flags
      const filter = given({ below, application, store, labels: label && formatLabels(label) })
      const items = await allPages((page) => {
        const params = { query: { ...filter, ...page } }
        return dataOf(deleted ? api.GET('/v1/tombstones', { params }) : api.GET('/v1/shares', { params }))
      })
      out.list(items, deleted ? tombstoneColumns : columns, {
        empty: deleted ? 'No deleted shares.' : 'No shares. Make one: berth share create /PATH',
      })
    })
}

const columns: [Column<Schemas['Share']>, ...Column<Schemas['Share']>[]] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'ID', of: ({ id }) => id, align: 'right' },
  { title: 'APPLICATION', of: ({ application }) => application?.name },
  { title: 'STORE', of: ({ store, origin }) => (origin === 'config' ? '(config)' : store) },
  { title: 'ACCESS', of: ({ readOnly }) => (readOnly ? 'ro' : 'rw') },
  { title: 'USED', of: ({ usedBytes }) => formatBytes(usedBytes), align: 'right' },
  { title: 'QUOTA', of: ({ quotaBytes }) => quotaBytes && formatBytes(quotaBytes), align: 'right' },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
]

const tombstoneColumns: [Column<Schemas['Share']>, ...Column<Schemas['Share']>[]] = [
  { title: 'ID', of: ({ id }) => id, align: 'right' },
  { title: 'LAST PATH', of: ({ path }) => path },
  { title: 'APPLICATION', of: ({ application }) => application?.name },
  { title: 'DELETED', of: ({ deletedAt }) => formatTime(deletedAt) },
  { title: 'BY', of: ({ deletedBy }) => deletedBy },
  { title: 'PURGE', of: ({ purgeAt }) => formatTime(purgeAt) },
  { title: 'USED', of: ({ usedBytes }) => formatBytes(usedBytes), align: 'right' },
]

interface CreateFlags extends GatewayFlags, ShareContentFlags {
  readonly store?: string
  readonly class?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

function createCommand(share: Command): void {
  const command = gatewayCommand(share, 'create', 'make a share, and the folders above it')
    .argument('<path>', 'logical path of the new share')
    .option('--store <name>', 'store that holds it')
    .option('--class <name>', 'class of a store that holds it')
    .option('--mode <octal>', 'permissions of its root directory (default: 755)', parseMode)
    .option('--uid <uid>', 'owner of its root directory', parseNumber)
    .option('--gid <gid>', 'group of its root directory', parseNumber)
  withShareContent(command).action(async (path: string, flags: CreateFlags) => {
    const { api, out } = openSession(flags)
    const { store, class: storeClass, mode, uid, gid } = flags
    const place = { store, class: storeClass, directoryMode: mode, directoryUid: uid, directoryGid: gid }
    const body = { path, ...given(place), ...shareContentOf(flags) }
    const made = await dataOf(api.POST('/v1/shares', { body }))
    out.done(
      made,
      `share ${made.path} is made, number ${made.id}, in ${made.directory}; how to mount it: berth share show ${shellWord(made.path)}`,
      made.id,
    )
  })
}

function parseMode(text: string): number {
  if (/^[0-7]{3,4}$/.test(text)) return parseInt(text, 8)
  throw new InvalidArgumentError('Give permissions such as 755 or 2770.')
}

function updateCommand(share: Command): void {
  const command = gatewayCommand(share, 'update', 'change a share; what is not named stays')
  withShareContent(command.argument('<share>', shareArgument)).action(
    async (reference: string, flags: GatewayFlags & ShareContentFlags) => {
      const { api, out } = openSession(flags)
      const found = await shareCalled(api, reference)
      const content = shareContentOf(flags)
      // Labels are replaced as a whole; who gives one here means to add it.
      const labels = flags.label && { labels: { ...found.labels, ...flags.label } }
      const changed = await dataOf(
        api.PATCH('/v1/shares/{id}', {
          params: { path: { id: found.id }, header: ifVersion(found) },
          body: { ...content, ...labels },
        }),
      )
      out.done(changed, `share ${changed.path} is changed`, changed.id)
    },
  )
}

function labelCommand(share: Command): void {
  gatewayCommand(share, 'label', 'set and remove labels')
    .argument('<share>', shareArgument)
    .argument('<changes...>', 'KEY=VALUE sets a label, KEY- takes it away')
    .action(async (reference: string, changes: string[], flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await shareCalled(api, reference)
      const changed = await dataOf(
        api.PATCH('/v1/shares/{id}', {
          params: { path: { id: found.id }, header: ifVersion(found) },
          body: { labels: changedLabels(found.labels, changes) },
        }),
      )
      out.done(changed, `labels of ${changed.path}: ${formatLabels(changed.labels) || 'none'}`, changed.id)
    })
}

function moveCommand(share: Command): void {
  gatewayCommand(share, 'move', 'give a share another path; mounts go on')
    .argument('<share>', shareArgument)
    .argument('<to>', 'new logical path')
    .option('--alias <duration>', 'how long the old path still answers: 7d', parseDuration)
    .action(async (reference: string, to: string, flags: GatewayFlags & { readonly alias?: number }) => {
      const { api, out } = openSession(flags)
      const { id, path } = await shareCalled(api, reference)
      const body = { to, ...given({ aliasSeconds: flags.alias }) }
      const moved = await dataOf(api.POST('/v1/shares/{id}/move', { params: { path: { id } }, body }))
      out.done(moved, `share ${path} is now ${moved.path}`, moved.id)
    })
}

function deleteCommand(share: Command): void {
  const command = gatewayCommand(share, 'delete', 'take a share away; its data is kept for a while')
  withDeletion(command.argument('<share>', shareArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await shareCalled(api, reference)
      const plan = await planOf(
        api.DELETE('/v1/shares/{id}', { params: { path: { id: found.id }, query: { dryRun: true } } }),
      )
      const use = `${formatBytes(plan.usedBytes)} in ${plan.usedFiles} files, ${plan.grants} mounts`
      if (flags.dryRun) {
        const inTheWay = plan.linksInTheWay.map((link) => `in the way: ${link} leads to it too`)
        const what = `would delete ${plan.path} (${use}); its data would wait in ${plan.tombstone} until ${formatTime(plan.purgeAt) ?? ''}`
        out.done(plan, [what, ...inTheWay].join('\n'), plan.id)
        return
      }
      await requireConsent(`delete share ${plan.path} (${use})`, flags)
      const path = { id: found.id }
      await dataOf(api.DELETE('/v1/shares/{id}', { params: { path, header: ifVersion(found) } }))
      const deleted = await dataOf(api.GET('/v1/shares/{id}', { params: { path } }))
      const until = formatTime(deleted.purgeAt) ?? ''
      const sentence = `share ${plan.path} is deleted; until ${until}: berth share undelete ${plan.id}`
      out.done(deleted, sentence, plan.id)
    },
  )
}

function undeleteCommand(share: Command): void {
  gatewayCommand(share, 'undelete', 'put a deleted share back')
    .argument('<share>', 'number of the share, or its last path')
    .option('--path <path>', 'another path than its last one')
    .action(async (reference: string, flags: GatewayFlags & { readonly path?: string }) => {
      const { api, out } = openSession(flags)
      const { id } = await tombstoneCalled(api, reference)
      const body = given({ path: flags.path })
      const restored = await dataOf(api.POST('/v1/shares/{id}/undelete', { params: { path: { id } }, body }))
      out.done(restored, `share ${restored.path} is back, with its data`, restored.id)
    })
}

/** Millions of files take their time. */
const purgeTimeoutMs = 24 * 3_600_000

function purgeCommand(share: Command): void {
  const command = gatewayCommand(share, 'purge', 'remove the data of a deleted share for good')
  withDeletion(command.argument('<share>', 'number of the share, or its last path')).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags, purgeTimeoutMs)
      const found = await tombstoneCalled(api, reference)
      const what = `${formatUse(found.usedBytes, null, formatBytes)} of share ${found.id}, last ${found.path}`
      const path = { id: found.id }
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.POST('/v1/shares/{id}/purge', { params }))
        out.done(plan, `would remove ${what}, from ${found.directory}`, found.id)
        return
      }
      await requireConsent(`remove ${what}, for good`, flags)
      const params = { path, header: ifVersion(found) }
      await withProgress(`removing ${what}`, dataOf(api.POST('/v1/shares/{id}/purge', { params })))
      out.done(undefined, `${what} is gone`, found.id)
    },
  )
}

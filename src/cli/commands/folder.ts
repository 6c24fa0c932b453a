import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { changedLabels, parseDuration } from '../inputs.ts'
import { ifVersion, withDeletion, withDescription } from '../options.ts'
import type { DeletionFlags, DescriptionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { formatLabels, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { nodeCalled } from '../references.ts'
import { aliasCommands } from './alias.ts'

const folderArgument = 'path or number of the folder'

/** `berth folder`: folders of the namespace. */
export function folderCommands(program: Command): void {
  const folder = group(program, 'folder', 'folders: what gives the namespace its structure')
  listCommand(folder)
  showCommand(folder)
  createCommand(folder)
  updateCommand(folder)
  labelCommand(folder)
  moveCommand(folder)
  deleteCommand(folder)
  aliasCommands(folder)
}

function listCommand(folder: Command): void {
  gatewayCommand(folder, 'list', 'list what is in a folder')
    .argument('[folder]', folderArgument, '/')
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const { id, path } = await nodeCalled(api, 'folder', reference)
      const items = await allPages((query) =>
        dataOf(api.GET('/v1/folders/{id}/children', { params: { path: { id }, query } })),
      )
      out.list(items, columns, { empty: `${path} is empty.` })
    })
}

const columns: [Column<Schemas['Node']>, ...Column<Schemas['Node']>[]] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'ID', of: ({ id }) => id, align: 'right' },
  { title: 'KIND', of: ({ kind, share }) => (share === null ? kind : 'share') },
  { title: 'SHARE', of: ({ share }) => share, align: 'right' },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
  { title: 'DESCRIPTION', of: ({ description }) => description },
]

function showCommand(folder: Command): void {
  gatewayCommand(folder, 'show', 'show a folder')
    .argument('<folder>', folderArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'folder', reference)
      out.show(found, [
        ['path', found.path],
        ['number', found.id],
        ['description', found.description],
        ['labels', formatLabels(found.labels)],
        ['made', formatTime(found.createdAt)],
        ['changed', formatTime(found.changedAt)],
      ])
    })
}

function createCommand(folder: Command): void {
  const command = gatewayCommand(folder, 'create', 'make a folder, and those above it')
  withDescription(command.argument('<path>', 'logical path of the new folder')).action(
    async (path: string, flags: GatewayFlags & DescriptionFlags) => {
      const { api, out } = openSession(flags)
      const body = { path, ...given({ description: flags.description, labels: flags.label }) }
      const made = await dataOf(api.POST('/v1/folders', { body }))
      out.done(made, `folder ${made.path} is made`, made.id)
    },
  )
}

function updateCommand(folder: Command): void {
  const command = gatewayCommand(folder, 'update', 'change a folder; what is not named stays')
  withDescription(command.argument('<folder>', folderArgument)).action(
    async (reference: string, flags: GatewayFlags & DescriptionFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'folder', reference)
      const labels = flags.label && { ...found.labels, ...flags.label }
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = given({ description: flags.description, labels })
      const changed = await dataOf(api.PATCH('/v1/folders/{id}', { params, body }))
      out.done(changed, `folder ${changed.path} is changed`, changed.id)
    },
  )
}

function labelCommand(folder: Command): void {
  gatewayCommand(folder, 'label', 'set and remove labels')
    .argument('<folder>', folderArgument)
    .argument('<changes...>', 'KEY=VALUE sets a label, KEY- takes it away')
    .action(async (reference: string, changes: string[], flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'folder', reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { labels: changedLabels(found.labels, changes) }
      const changed = await dataOf(api.PATCH('/v1/folders/{id}', { params, body }))
      out.done(changed, `labels of ${changed.path}: ${formatLabels(changed.labels) || 'none'}`, changed.id)
    })
}

function moveCommand(folder: Command): void {
  gatewayCommand(folder, 'move', 'give a folder, with all below it, another path; mounts go on')
    .argument('<folder>', folderArgument)
    .argument('<to>', 'new logical path')
    .option('--alias <duration>', 'how long the old path still answers: 7d', parseDuration)
    .action(async (reference: string, to: string, flags: GatewayFlags & { readonly alias?: number }) => {
      const { api, out } = openSession(flags)
      const { id, path } = await nodeCalled(api, 'folder', reference)
      const body = { to, ...given({ aliasSeconds: flags.alias }) }
      const moved = await dataOf(api.POST('/v1/folders/{id}/move', { params: { path: { id } }, body }))
      out.done(moved, `folder ${path} is now ${moved.path}`, moved.id)
    })
}

function deleteCommand(folder: Command): void {
  const command = gatewayCommand(folder, 'delete', 'remove an empty folder')
  withDeletion(command.argument('<folder>', folderArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'folder', reference)
      const path = { id: found.id }
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/folders/{id}', { params }))
        const inTheWay = plan.inTheWay.map((below) => `in the way: ${below}`)
        const what = inTheWay.length === 0 ? `would remove folder ${plan.path}` : `cannot remove ${plan.path}`
        out.done(plan, [what, ...inTheWay].join('\n'), plan.id)
        return
      }
      await requireConsent(`remove folder ${found.path}`, flags)
      await dataOf(api.DELETE('/v1/folders/{id}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `folder ${found.path} is removed`, found.id)
    },
  )
}

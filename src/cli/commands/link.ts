import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { changedLabels, parseDuration } from '../inputs.ts'
import { ifVersion, withDeletion, withDescription } from '../options.ts'
import type { DeletionFlags, DescriptionFlags } from '../options.ts'
import { tableLines, type Column } from '../output/table.ts'
import { formatLabels } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { nodeCalled } from '../references.ts'
import { targetCommands } from './link-target.ts'
import { linkArgument, targetOf, targetText, withTarget, type TargetFlags } from './target-content.ts'

/** `berth link`: names in the namespace that lead to shares, here or on other gateways. */
export function linkCommands(program: Command): void {
  const link = group(program, 'link', 'links: names that lead to shares, here or on other gateways')
  listCommand(link)
  showCommand(link)
  createCommand(link)
  updateCommand(link)
  labelCommand(link)
  moveCommand(link)
  deleteCommand(link)
  targetCommands(link)
}

function listCommand(link: Command): void {
  gatewayCommand(link, 'list', 'list links, those of shares too').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/links', { params: { query } })))
    out.list(items, columns, { empty: 'No links.' })
  })
}

const columns: [Column<Schemas['Node']>, ...Column<Schemas['Node']>[]] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'ID', of: ({ id }) => id, align: 'right' },
  { title: 'LEADS TO', of: ({ targets }) => targets.map(targetText).join(', ') },
  { title: 'STATE', of: ({ targets }) => targets.map(({ state }) => state).join(', ') },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
]

const targetColumns: [Column<Schemas['Target']>, ...Column<Schemas['Target']>[]] = [
  { title: 'TARGET', of: ({ id }) => id, align: 'right' },
  { title: 'LEADS TO', of: targetText },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'PRIORITY', of: ({ priority }) => priority, align: 'right' },
]

function showCommand(link: Command): void {
  gatewayCommand(link, 'show', 'show a link, and where it leads')
    .argument('<link>', linkArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'link', reference)
      out.show(
        found,
        [
          ['path', found.path],
          ['number', found.id],
          ['share', found.share],
          ['description', found.description],
          ['labels', formatLabels(found.labels)],
        ],
        ['', ...tableLines(found.targets, targetColumns, out.paint)],
      )
    })
}

function createCommand(link: Command): void {
  const command = gatewayCommand(link, 'create', 'make a link')
    .argument('<path>', 'logical path of the new link')
    .argument('<target>', 'path or number of a share, or GATEWAY:/PATH')
  withTarget(withDescription(command)).action(
    async (path: string, target: string, flags: GatewayFlags & DescriptionFlags & TargetFlags) => {
      const { api, out } = openSession(flags)
      const { description, label: labels } = flags
      const targets = [await targetOf(api, target, flags)]
      const made = await dataOf(
        api.POST('/v1/links', { body: { path, targets, ...given({ description, labels }) } }),
      )
      out.done(made, `link ${made.path} leads to ${made.targets.map(targetText).join(', ')}`, made.id)
    },
  )
}

function updateCommand(link: Command): void {
  const command = gatewayCommand(link, 'update', 'change a link; what is not named stays')
  withDescription(command.argument('<link>', linkArgument)).action(
    async (reference: string, flags: GatewayFlags & DescriptionFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'link', reference)
      const labels = flags.label && { ...found.labels, ...flags.label }
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = given({ description: flags.description, labels })
      const changed = await dataOf(api.PATCH('/v1/links/{id}', { params, body }))
      out.done(changed, `link ${changed.path} is changed`, changed.id)
    },
  )
}

function labelCommand(link: Command): void {
  gatewayCommand(link, 'label', 'set and remove labels')
    .argument('<link>', linkArgument)
    .argument('<changes...>', 'KEY=VALUE sets a label, KEY- takes it away')
    .action(async (reference: string, changes: string[], flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'link', reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { labels: changedLabels(found.labels, changes) }
      const changed = await dataOf(api.PATCH('/v1/links/{id}', { params, body }))
      out.done(changed, `labels of ${changed.path}: ${formatLabels(changed.labels) || 'none'}`, changed.id)
    })
}

function moveCommand(link: Command): void {
  gatewayCommand(link, 'move', 'give a link another path; mounts go on')
    .argument('<link>', linkArgument)
    .argument('<to>', 'new logical path')
    .option('--alias <duration>', 'how long the old path still answers: 7d', parseDuration)
    .action(async (reference: string, to: string, flags: GatewayFlags & { readonly alias?: number }) => {
      const { api, out } = openSession(flags)
      const { id, path } = await nodeCalled(api, 'link', reference)
      const body = { to, ...given({ aliasSeconds: flags.alias }) }
      const moved = await dataOf(api.POST('/v1/links/{id}/move', { params: { path: { id } }, body }))
      out.done(moved, `link ${path} is now ${moved.path}`, moved.id)
    })
}

function deleteCommand(link: Command): void {
  const command = gatewayCommand(link, 'delete', 'remove a link; what it leads to stays')
  withDeletion(command.argument('<link>', linkArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'link', reference)
      const path = { id: found.id }
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/links/{id}', { params }))
        const what =
          plan.shareInTheWay === null
            ? `would remove link ${plan.path}`
            : `cannot remove ${plan.path}: it is the only path of share ${plan.shareInTheWay}`
        out.done(plan, what, plan.id)
        return
      }
      await requireConsent(`remove link ${found.path}`, flags)
      await dataOf(api.DELETE('/v1/links/{id}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `link ${found.path} is removed`, found.id)
    },
  )
}

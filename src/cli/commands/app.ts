import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { changedLabels } from '../inputs.ts'
import { ifVersion, withDescription, type DescriptionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { formatLabels, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { applicationDataCommand, applicationWorkloadsCommand, ownerOfCommand } from './history.ts'
import { manifestCommands } from './manifest.ts'

const nameArgument = 'name or id of the application'

/** `berth app`: applications, which own data and outlive their containers. */
export function appCommands(program: Command): void {
  const app = group(program, 'app', 'applications: who owns data')
  listCommand(app)
  showCommand(app)
  createCommand(app)
  updateCommand(app)
  labelCommand(app)
  retireCommand(app)
  reviveCommand(app)
  applicationDataCommand(app)
  applicationWorkloadsCommand(app)
  ownerOfCommand(app)
  manifestCommands(app)
}

function listCommand(app: Command): void {
  gatewayCommand(app, 'list', 'list applications')
    .option('--owner <text>', 'of this owner')
    .option('--retired', 'retired ones too')
    .action(async (flags: GatewayFlags & { readonly owner?: string; readonly retired?: boolean }) => {
      const { api, out } = openSession(flags)
      const filter = given({ owner: flags.owner, retired: flags.retired })
      const items = await allPages((page) =>
        dataOf(api.GET('/v1/applications', { params: { query: { ...filter, ...page } } })),
      )
      out.list(items, columns, { empty: 'No applications. Make one: berth app create NAME --owner WHO' })
    })
}

const columns: [Column<Schemas['Application']>, ...Column<Schemas['Application']>[]] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'OWNER', of: ({ owner }) => owner },
  { title: 'MADE', of: ({ createdAt }) => formatTime(createdAt) },
  { title: 'RETIRED', of: ({ retiredAt }) => formatTime(retiredAt) },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
]

function showCommand(app: Command): void {
  gatewayCommand(app, 'show', 'show an application')
    .argument('<app>', nameArgument)
    .action(async (application: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const params = { path: { application } }
      const found = await dataOf(api.GET('/v1/applications/{application}', { params }))
      out.show(found, [
        ['name', found.name],
        ['id', found.id],
        ['owner', found.owner],
        ['description', found.description],
        ['labels', formatLabels(found.labels)],
        ...found.links.map(({ title, url }) => ['link', `${title}: ${url}`] as const),
        ['made', formatTime(found.createdAt)],
        ['changed', formatTime(found.changedAt)],
        ['retired', formatTime(found.retiredAt)],
      ])
    })
}

interface ContentFlags extends GatewayFlags, DescriptionFlags {
  readonly owner?: string
  readonly link?: Record<string, string>
}

function withContent(command: Command): Command {
  return withDescription(command).option('--link <title=url>', 'a link; may be repeated', collectLink)
}

function collectLink(text: string, links: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [title = '', ...url] = text.split('=')
  return { ...links, [title]: url.join('=') }
}

function contentOf({ owner, description, label, link }: ContentFlags) {
  const links = link && Object.entries(link).map(([title, url]) => ({ title, url }))
  return given({ owner, description, labels: label, links })
}

function createCommand(app: Command): void {
  const command = gatewayCommand(app, 'create', 'make an application')
    .argument('<name>', 'its name, which never changes: letters, digits and -')
    .requiredOption('--owner <text>', 'who answers for its data: a person, a team')
  withContent(command).action(async (name: string, flags: ContentFlags & { readonly owner: string }) => {
    const { api, out } = openSession(flags)
    const body = { name, ...contentOf(flags), owner: flags.owner }
    const made = await dataOf(api.POST('/v1/applications', { body }))
    out.done(made, `application ${made.name} is made`, made.name)
  })
}

function updateCommand(app: Command): void {
  const command = gatewayCommand(app, 'update', 'change an application; what is not named stays')
    .argument('<app>', nameArgument)
    .option('--owner <text>', 'who answers for its data')
  withContent(command).action(async (application: string, flags: ContentFlags) => {
    const { api, out } = openSession(flags)
    const found = await dataOf(
      api.GET('/v1/applications/{application}', { params: { path: { application } } }),
    )
    const labels = flags.label && { labels: { ...found.labels, ...flags.label } }
    const changed = await dataOf(
      api.PATCH('/v1/applications/{application}', {
        params: { path: { application }, header: ifVersion(found) },
        body: { ...contentOf(flags), ...labels },
      }),
    )
    out.done(changed, `application ${changed.name} is changed`, changed.name)
  })
}

function labelCommand(app: Command): void {
  gatewayCommand(app, 'label', 'set and remove labels')
    .argument('<app>', nameArgument)
    .argument('<changes...>', 'KEY=VALUE sets a label, KEY- takes it away')
    .action(async (application: string, changes: string[], flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const path = { application }
      const found = await dataOf(api.GET('/v1/applications/{application}', { params: { path } }))
      const changed = await dataOf(
        api.PATCH('/v1/applications/{application}', {
          params: { path, header: ifVersion(found) },
          body: { labels: changedLabels(found.labels, changes) },
        }),
      )
      out.done(changed, `labels of ${changed.name}: ${formatLabels(changed.labels) || 'none'}`, changed.name)
    })
}

function retireCommand(app: Command): void {
  gatewayCommand(app, 'retire', 'let an application own no new shares; it stays known for ever')
    .argument('<app>', nameArgument)
    .action(async (application: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const params = { path: { application } }
      const retired = await dataOf(api.POST('/v1/applications/{application}/retire', { params }))
      out.done(
        retired,
        `application ${retired.name} is retired; berth app revive takes it back`,
        retired.name,
      )
    })
}

function reviveCommand(app: Command): void {
  gatewayCommand(app, 'revive', 'take back a retirement')
    .argument('<app>', nameArgument)
    .action(async (application: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const params = { path: { application } }
      const revived = await dataOf(api.POST('/v1/applications/{application}/revive', { params }))
      out.done(revived, `application ${revived.name} is no longer retired`, revived.name)
    })
}

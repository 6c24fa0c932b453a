import type { Command } from 'commander'
import { dataOf, planOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { CommandError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { orNull, parseIdentity } from '../inputs.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { allPages } from '../pages.ts'
import { identityText } from './share-show.ts'

const hostArgument = 'network or id of the rule'

/** `berth host`: networks whose clients mount without a token. */
export function hostCommands(program: Command): void {
  const host = group(program, 'host', 'host rules: networks whose clients mount without a token')
  listCommand(host)
  showCommand(host)
  addCommand(host)
  updateCommand(host)
  removeCommand(host)
}

function listCommand(host: Command): void {
  gatewayCommand(host, 'list', 'list host rules').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    out.list(await allHosts(api), columns, {
      empty: 'No host rules. Make one: berth host add 10.0.0.0/8 host:NAME',
    })
  })
}

const columns: [Column<Schemas['Host']>, ...Column<Schemas['Host']>[]] = [
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'SCOPE', of: ({ scope }) => scope },
  { title: 'IDENTITY', of: ({ identity }) => identity && identityText(identity) },
  { title: 'ID', of: ({ id, builtIn }) => (builtIn ? '(config)' : id) },
  { title: 'DESCRIPTION', of: ({ description }) => description },
]

function showCommand(host: Command): void {
  gatewayCommand(host, 'show', 'show a host rule')
    .argument('<host>', hostArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await hostCalled(api, reference)
      out.show(found, [
        ['network', found.network],
        ['id', found.id],
        ['subject', found.subject],
        ['scope', found.scope],
        ['identity', found.identity && identityText(found.identity)],
        ['description', found.description],
      ])
    })
}

interface HostFlags extends GatewayFlags {
  readonly scope?: string
  readonly identity?: Schemas['IdentityRule']
  readonly description?: string
}

function withSettings(command: Command): Command {
  return command
    .option('--scope <path>', 'only at and below this path; none: wherever the policy allows')
    .option(
      '--identity <rule>',
      'whom callers become: none, root[:UID:GID], all:UID:GID[:GROUP,…]',
      parseIdentity,
    )
    .option('--description <text>', 'what it is for')
}

function settingsOf({ scope, identity, description }: HostFlags) {
  return given({ scope: orNull(scope), identity, description })
}

function addCommand(host: Command): void {
  const command = gatewayCommand(host, 'add', 'let the clients of a network be a subject')
    .alias('create')
    .argument('<network>', 'address or network: 10.1.0.0/16')
    .argument('<subject>', 'whom they are: host:NAME, app:NAME')
  withSettings(command).action(async (network: string, subject: string, flags: HostFlags) => {
    const { api, out } = openSession(flags)
    const made = await dataOf(api.POST('/v1/hosts', { body: { network, subject, ...settingsOf(flags) } }))
    out.done(made, `clients of ${made.network} are ${made.subject}`, made.id)
  })
}

function updateCommand(host: Command): void {
  const command = gatewayCommand(host, 'update', 'change a host rule; what is not named stays')
    .argument('<host>', hostArgument)
    .option('--subject <subject>', 'whom its clients are')
  withSettings(command).action(
    async (reference: string, flags: HostFlags & { readonly subject?: string }) => {
      const { api, out } = openSession(flags)
      const found = await hostCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { ...given({ subject: flags.subject }), ...settingsOf(flags) }
      const changed = await dataOf(api.PATCH('/v1/hosts/{id}', { params, body }))
      out.done(changed, `the rule for ${changed.network} is changed`, changed.id)
    },
  )
}

function removeCommand(host: Command): void {
  const command = gatewayCommand(host, 'remove', 'remove a host rule; what was mounted by it ends at once')
  withDeletion(command.alias('delete').argument('<host>', hostArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await hostCalled(api, reference)
      const path = { id: found.id }
      const what = `the rule by which ${found.network} is ${found.subject}`
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        out.done(await planOf(api.DELETE('/v1/hosts/{id}', { params })), `would remove ${what}`, found.id)
        return
      }
      await requireConsent(`remove ${what}`, flags)
      await dataOf(api.DELETE('/v1/hosts/{id}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `removed ${what}`, found.id)
    },
  )
}

async function allHosts(api: BerthClient): Promise<Schemas['Host'][]> {
  return allPages((query) => dataOf(api.GET('/v1/hosts', { params: { query } })))
}

/** @throws {CommandError} if there is none. */
async function hostCalled(api: BerthClient, reference: string): Promise<Schemas['Host']> {
  const found = (await allHosts(api)).find(({ id, network }) => id === reference || network === reference)
  if (found !== undefined) return found
  throw new CommandError(ExitCode.notFound, `there is no host rule ${reference}: berth host list shows all`)
}

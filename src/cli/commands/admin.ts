import type { Command } from 'commander'
import { dataOf, planOf } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collect, orNull, parseExpiry } from '../inputs.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { adminCalled, tokenState } from '../references.ts'
import { showNewToken, showToken, tokenColumns, withRotation, type RotationFlags } from './token.ts'

const adminArgument = 'name of the administrator, or id of the token'

/** `berth admin`: who may use this command line. */
export function adminCommands(program: Command): void {
  const admin = group(program, 'admin', 'administrators: who may use this API and command line')
  listCommand(admin)
  showCommand(admin)
  whoamiCommand(admin)
  createCommand(admin)
  updateCommand(admin)
  rotateCommand(admin)
  revokeCommand(admin)
}

function listCommand(admin: Command): void {
  gatewayCommand(admin, 'list', 'list tokens of administrators')
    .option('--all', 'ended ones of the last 90 days too')
    .action(async (flags: GatewayFlags & { readonly all?: boolean }) => {
      const { api, out } = openSession(flags)
      const tokens = await allPages((query) => dataOf(api.GET('/v1/admins', { params: { query } })))
      const items = flags.all ? tokens : tokens.filter((token) => tokenState(token) === 'valid')
      out.list(items, tokenColumns, { empty: 'No administrators.' })
    })
}

function showCommand(admin: Command): void {
  gatewayCommand(admin, 'show', 'show the token of an administrator, without its secret')
    .argument('<admin>', adminArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      showToken(out, await adminCalled(api, reference))
    })
}

function whoamiCommand(admin: Command): void {
  gatewayCommand(admin, 'whoami', 'tell as whom commands come, and what they may').action(
    async (flags: GatewayFlags) => {
      const { api, out, connection } = openSession(flags)
      const me = await dataOf(api.GET('/v1/whoami'))
      out.show(me, [
        ['subject', me.subject],
        ['gateway', `${connection.url} (${connection.origin})`],
        ['belongs to', me.groups.join(', ')],
        ['expires', formatTime(me.expiresAt) ?? 'never'],
        ...Object.entries(me.may).map(
          ([area, actions]) => [`may at ${area}`, actions.join(', ') || 'nothing'] as const,
        ),
      ])
    },
  )
}

interface AdminFlags extends GatewayFlags {
  readonly network?: string[]
  readonly expires?: string
}

function withSettings(command: Command): Command {
  return command
    .option('--network <network>', 'only from there: 10.0.0.0/8; may be repeated', collect)
    .option('--expires <when>', 'a time, a duration from now (90d), or none', parseExpiry)
}

const hint = 'keep it: berth context add NAME --url URL --token-file FILE'

function createCommand(admin: Command): void {
  const command = gatewayCommand(admin, 'create', 'make an administrator; the token is shown once')
    .argument('<name>', 'of the person or program')
    .option('--role <role>', 'role:viewer, role:operator, role:owner; may be repeated', collect)
  withSettings(command).action(async (name: string, flags: AdminFlags & { readonly role?: string[] }) => {
    const { api, out } = openSession(flags)
    const settings = { roles: flags.role, networks: flags.network, expiresAt: orNull(flags.expires) }
    const body = { name, ...given(settings) }
    showNewToken(out, await dataOf(api.POST('/v1/admins', { body })), hint)
  })
}

function updateCommand(admin: Command): void {
  const command = gatewayCommand(admin, 'update', 'change the token of an administrator')
  withSettings(command.argument('<admin>', adminArgument)).action(
    async (reference: string, flags: AdminFlags) => {
      const { api, out } = openSession(flags)
      const found = await adminCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = given({ networks: flags.network, expiresAt: orNull(flags.expires) })
      const changed = await dataOf(api.PATCH('/v1/admins/{id}', { params, body }))
      out.done(changed, `token ${changed.name} is changed`, changed.id)
    },
  )
}

function rotateCommand(admin: Command): void {
  const command = gatewayCommand(admin, 'rotate', 'make a token that takes the place of another')
  withRotation(command.argument('<admin>', adminArgument)).action(
    async (reference: string, flags: RotationFlags) => {
      const { api, out } = openSession(flags)
      const found = await adminCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { overlapSeconds: flags.overlap, ...given({ expiresAt: orNull(flags.expires) }) }
      showNewToken(out, await dataOf(api.POST('/v1/admins/{id}/rotate', { params, body })), hint)
    },
  )
}

function revokeCommand(admin: Command): void {
  const command = gatewayCommand(admin, 'revoke', 'end the token of an administrator at once')
  withDeletion(command.alias('delete').argument('<admin>', adminArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await adminCalled(api, reference)
      const path = { id: found.id }
      const what = `token ${found.id} of ${found.subject}`
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/admins/{id}', { params }))
        out.done(plan, `would revoke ${what}`, found.id)
        return
      }
      await requireConsent(`revoke ${what}`, flags)
      await dataOf(api.DELETE('/v1/admins/{id}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `revoked ${what}`, found.id)
    },
  )
}

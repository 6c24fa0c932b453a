import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collect, orNull, parseCount, parseDuration, parseExpiry, parseIdentity } from '../inputs.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import type { Output } from '../output/output.ts'
import type { Column } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { rateLimitOf, rateLimitText, withRateLimit, type RateLimitFlags } from '../rate-limit.ts'
import { tokenCalled, tokenState } from '../references.ts'
import { identityText } from './share-show.ts'

const tokenArgument = 'name or id of the token'

/** `berth token`: secrets by which workloads mount. */
export function tokenCommands(program: Command): void {
  const token = group(program, 'token', 'tokens: secrets by which workloads mount')
  listCommand(token)
  showCommand(token)
  createCommand(token)
  updateCommand(token)
  rotateCommand(token)
  revokeCommand(token)
}

function listCommand(token: Command): void {
  gatewayCommand(token, 'list', 'list tokens')
    .option('--subject <subject>', 'that stand for this subject')
    .option('--all', 'ended ones of the last 90 days too')
    .action(async (flags: GatewayFlags & { readonly subject?: string; readonly all?: boolean }) => {
      const { api, out } = openSession(flags)
      const filter = given({ subject: flags.subject })
      const tokens = await allPages((page) =>
        dataOf(api.GET('/v1/tokens', { params: { query: { ...filter, ...page } } })),
      )
      const items = flags.all ? tokens : tokens.filter((one) => tokenState(one) === 'valid')
      out.list(items, tokenColumns, {
        empty: 'No tokens. Make one: berth token create NAME --subject app:APPLICATION',
      })
    })
}

export const tokenColumns: [Column<Schemas['Token']>, ...Column<Schemas['Token']>[]] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'SCOPE', of: ({ scope }) => scope },
  { title: 'STATE', of: tokenState },
  { title: 'EXPIRES', of: ({ expiresAt }) => formatTime(expiresAt) },
  { title: 'LAST USED', of: ({ lastUsedAt }) => formatTime(lastUsedAt) },
]

function showCommand(token: Command): void {
  gatewayCommand(token, 'show', 'show a token, without its secret')
    .argument('<token>', tokenArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      showToken(out, await tokenCalled(api, reference))
    })
}

export function showToken(out: Output, token: Schemas['Token']): void {
  const { mountsPerMinute } = token
  out.show(token, [
    ['name', token.name],
    ['id', token.id],
    ['subject', token.subject],
    ['state', tokenState(token)],
    ['scope', token.scope],
    ['networks', token.networks.join(' ') || 'any'],
    ['identity', token.identity ? identityText(token.identity) : undefined],
    ['rate', mountsPerMinute && `${mountsPerMinute} mounts a minute`],
    ['limits', rateLimitText(token)],
    ['expires', formatTime(token.expiresAt) ?? 'never'],
    ['revoked', formatTime(token.revokedAt)],
    ['replaced by', token.replacedBy],
    ['last used', formatTime(token.lastUsedAt)],
    ['made', `${formatTime(token.createdAt) ?? ''} by ${token.createdBy}`],
  ])
}

/** The secret alone on standard output, so that a script can take it; all else beside. */
export function showNewToken(out: Output, made: Schemas['TokenWithText'], hint: string): void {
  if (out.isJson) {
    out.done(made, '')
    return
  }
  const { token, text } = made
  out.note(`token ${token.name} for ${token.subject}, ${expiry(token)}; it is shown once:`)
  out.lines([text])
  out.note(hint)
}

function expiry({ expiresAt }: Schemas['Token']): string {
  return expiresAt === null ? 'without an end' : `until ${formatTime(expiresAt) ?? ''}`
}

interface SettingFlags extends GatewayFlags, RateLimitFlags {
  readonly scope?: string
  readonly network?: string[]
  readonly rate?: number | 'none'
  readonly expires?: string
}

function withSettings(command: Command): Command {
  return withRateLimit(command)
    .option('--scope <path>', 'only at and below this path; none: wherever the policy allows')
    .option('--network <network>', 'only from there: 10.0.0.0/8; may be repeated', collect)
    .option('--rate <mounts>', 'most mounts a minute, or none', parseCount)
    .option('--expires <when>', 'a time, a duration from now (90d), or none', parseExpiry)
}

function settingsOf({ scope, network, rate, expires, ...flags }: SettingFlags) {
  return given({
    ...rateLimitOf(flags),
    scope: orNull(scope),
    networks: network,
    mountsPerMinute: orNull(rate),
    expiresAt: orNull(expires),
  })
}

const mountHint = 'mount with it: HOST:/@TOKEN/PATH; berth share show PATH --access token has the whole line'

interface CreateFlags extends SettingFlags {
  readonly subject: string
  readonly identity?: Schemas['IdentityRule']
}

function createCommand(token: Command): void {
  const command = gatewayCommand(token, 'create', 'make a token; its text is shown once')
    .argument('<name>', 'what it is for, for people')
    .requiredOption(
      '--subject <subject>',
      'whom it stands for: app:NAME, app:NAME/WORKLOAD, user:NAME, host:NAME',
    )
    .option(
      '--identity <rule>',
      'whom callers become: none, root[:UID:GID], all:UID:GID[:GROUP,…]',
      parseIdentity,
    )
  withSettings(command).action(async (name: string, flags: CreateFlags) => {
    const { api, out } = openSession(flags)
    const { subject, identity } = flags
    const body = { name, subject, ...given({ identity }), ...settingsOf(flags) }
    showNewToken(out, await dataOf(api.POST('/v1/tokens', { body })), mountHint)
  })
}

function updateCommand(token: Command): void {
  const command = gatewayCommand(token, 'update', 'change a token; what is not named stays')
    .argument('<token>', tokenArgument)
    .option('--name <text>', 'another name')
  withSettings(command).action(
    async (reference: string, flags: SettingFlags & { readonly name?: string }) => {
      const { api, out } = openSession(flags)
      const found = await tokenCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { ...given({ name: flags.name }), ...settingsOf(flags) }
      const changed = await dataOf(api.PATCH('/v1/tokens/{id}', { params, body }))
      out.done(changed, `token ${changed.name} is changed`, changed.id)
    },
  )
}

export interface RotationFlags extends GatewayFlags {
  readonly overlap: number
  readonly expires?: string
}

export function withRotation(command: Command): Command {
  return command
    .requiredOption('--overlap <duration>', 'how long the old one still works: 0s, 24h', parseDuration)
    .option('--expires <when>', 'end of the new one: a time, a duration from now, or none', parseExpiry)
}

function rotateCommand(token: Command): void {
  const command = gatewayCommand(token, 'rotate', 'make a token that takes the place of another')
  withRotation(command.argument('<token>', tokenArgument)).action(
    async (reference: string, flags: RotationFlags) => {
      const { api, out } = openSession(flags)
      const found = await tokenCalled(api, reference)
      const params = { path: { id: found.id }, header: ifVersion(found) }
      const body = { overlapSeconds: flags.overlap, ...given({ expiresAt: orNull(flags.expires) }) }
      showNewToken(out, await dataOf(api.POST('/v1/tokens/{id}/rotate', { params, body })), mountHint)
    },
  )
}

function revokeCommand(token: Command): void {
  const command = gatewayCommand(token, 'revoke', 'end a token, and all mounts made with it, at once').alias(
    'delete',
  )
  withDeletion(command.argument('<token>', tokenArgument)).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await tokenCalled(api, reference)
      const path = { id: found.id }
      const plan = await planOf(api.DELETE('/v1/tokens/{id}', { params: { path, query: { dryRun: true } } }))
      const what = `token ${found.name} of ${found.subject}, with ${plan.grants} mounts`
      if (flags.dryRun) {
        out.done(plan, `would revoke ${what}`, found.id)
        return
      }
      await requireConsent(`revoke ${what}`, flags)
      await dataOf(api.DELETE('/v1/tokens/{id}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `revoked ${what}`, found.id)
    },
  )
}

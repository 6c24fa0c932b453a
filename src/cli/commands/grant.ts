import { InvalidArgumentError, type Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'
import { withDeletion, type DeletionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { shareCalled, tokenCalled } from '../references.ts'

/** `berth grant`: what has been mounted, and by whom. */
export function grantCommands(program: Command): void {
  const grant = group(program, 'grant', 'grants: what is mounted, and by whom')
  listCommand(grant)
  showCommand(grant)
  endCommand(grant)
}

interface ListFlags extends GatewayFlags {
  readonly subject?: string
  readonly address?: string
  readonly share?: string
  readonly token?: string
}

function listCommand(grant: Command): void {
  gatewayCommand(grant, 'list', 'list living grants')
    .option('--subject <subject>', 'of this subject')
    .option('--address <address>', 'of this client')
    .option('--share <share>', 'to this share, by path or number')
    .option('--with-token <token>', 'made with this token, by name or id')
    .action(async ({ withToken, ...flags }: ListFlags & { readonly withToken?: string }) => {
      const { api, out } = openSession(flags)
      const share = flags.share === undefined ? undefined : (await shareCalled(api, flags.share)).id
      const token = withToken === undefined ? undefined : (await tokenCalled(api, withToken)).id
      const filter = given({ subject: flags.subject, address: flags.address, share, token })
      const items = await allPages((page) =>
        dataOf(api.GET('/v1/grants', { params: { query: { ...filter, ...page } } })),
      )
      out.list(items, columns, { empty: 'Nothing is mounted.' })
    })
}

const columns: [Column<Schemas['Grant']>, ...Column<Schemas['Grant']>[]] = [
  { title: 'GRANT', of: ({ number }) => number, align: 'right' },
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'PATH', of: ({ path }) => path },
  { title: 'BY', of: ({ token, host }) => (token === null ? host && 'host rule' : 'token') },
  { title: 'SINCE', of: ({ createdAt }) => formatTime(createdAt) },
  { title: 'LAST USED', of: ({ lastUsedAt }) => formatTime(lastUsedAt) },
]

const grantArgument = ['<grant>', 'number of the grant', parseGrant] as const

function parseGrant(text: string): number {
  const number = parseNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('Give the number that berth grant list tells.')
}

function showCommand(grant: Command): void {
  gatewayCommand(grant, 'show', 'show a grant')
    .argument(...grantArgument)
    .action(async (number: number, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/grants/{number}', { params: { path: { number } } }))
      out.show(found, [
        ['grant', found.number],
        ['subject', found.subject],
        ['address', found.address],
        ['path', found.path],
        ['share', found.share],
        ['token', found.token],
        ['host rule', found.host],
        ['entered by', found.parent && `grant ${found.parent}`],
        ['scope', found.scope],
        ['since', formatTime(found.createdAt)],
        ['last used', formatTime(found.lastUsedAt)],
        ['expires', formatTime(found.expiresAt)],
      ])
    })
}

function endCommand(grant: Command): void {
  const command = gatewayCommand(grant, 'end', 'end a grant; its client may mount again')
  withDeletion(command.argument(...grantArgument)).action(
    async (number: number, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const path = { number }
      const params = { path, query: { dryRun: true } }
      const plan = await planOf(api.DELETE('/v1/grants/{number}', { params }))
      const what = `grant ${number} of ${plan.subject} at ${plan.address} to ${plan.path}`
      if (flags.dryRun) {
        out.done(plan, `would end ${what}`, number)
        return
      }
      await requireConsent(`end ${what}`, flags)
      await dataOf(api.DELETE('/v1/grants/{number}', { params: { path } }))
      out.done(undefined, `ended ${what}`, number)
    },
  )
}

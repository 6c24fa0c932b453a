import type { Command } from 'commander'
import { dataOf, planOf } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession } from '../gateway-command.ts'
import { withConnection, withOutput, type GatewayFlags } from '../gateway-command.ts'
import { withDeletion, type DeletionFlags } from '../options.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { checkPath } from '../references.ts'

/** `berth folder alias`: former paths that still answer. */
export function aliasCommands(folder: Command): void {
  const alias = group(folder, 'alias', 'former paths that still answer').alias('aliases')
  listCommand(alias)
  removeCommand(alias)
}

function listCommand(alias: Command): void {
  // Also what `berth folder aliases` does.
  const command = alias
    .command('list', { isDefault: true })
    .description('list former paths that still answer')
  withConnection(withOutput(command)).action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/aliases', { params: { query } })))
    out.list(
      items,
      [
        { title: 'FORMER PATH', of: ({ path }) => path },
        { title: 'NOW', of: ({ nodePath }) => nodePath },
        { title: 'UNTIL', of: ({ expiresAt }) => formatTime(expiresAt) },
      ],
      { empty: 'No former paths answer.' },
    )
  })
}

function removeCommand(alias: Command): void {
  const command = gatewayCommand(alias, 'remove', 'let a former path answer no more; mounts go on')
  withDeletion(command.alias('delete').argument('<path>', 'former path')).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const path = checkPath(reference)
      const plan = await planOf(api.DELETE('/v1/aliases', { params: { query: { path, dryRun: true } } }))
      const what = `former path ${plan.path}, which leads to ${plan.nodePath}`
      if (flags.dryRun) {
        out.done(plan, `would remove ${what}`, plan.path)
        return
      }
      await requireConsent(`remove ${what}`, flags)
      await dataOf(api.DELETE('/v1/aliases', { params: { query: { path: plan.path } } }))
      out.done(undefined, `removed ${what}`, plan.path)
    },
  )
}

import type { Command } from 'commander'
import { dataOf, planOf } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { withDeletion, type DeletionFlags } from '../options.ts'
import { allPages } from '../pages.ts'

/** `berth client`: machines that are connected now. */
export function clientCommands(program: Command): void {
  const client = group(program, 'client', 'clients: machines that are connected now')
  gatewayCommand(client, 'list', 'list connected clients').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/clients', { params: { query } })))
    out.list(
      items,
      [
        { title: 'ADDRESS', of: ({ address }) => address },
        { title: 'CONNECTIONS', of: ({ connections }) => connections, align: 'right' },
        { title: 'MOUNTS', of: ({ grants }) => grants, align: 'right' },
      ],
      { empty: 'No clients are connected.' },
    )
  })
  disconnectCommand(client)
}

function disconnectCommand(client: Command): void {
  const command = gatewayCommand(
    client,
    'disconnect',
    'close the connections of a client, which may come again',
  )
  withDeletion(command.argument('<address>', 'of the client')).action(
    async (address: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const params = { path: { address }, query: { dryRun: true } }
      const plan = await planOf(api.DELETE('/v1/clients/{address}', { params }))
      const what = `${plan.connections} connections of ${plan.address}`
      if (flags.dryRun) {
        out.done(plan, `would close ${what}`, plan.address)
        return
      }
      await requireConsent(`close ${what}`, flags)
      await dataOf(api.DELETE('/v1/clients/{address}', { params: { path: { address } } }))
      out.done(undefined, `closed ${what}; berth grant end takes its access away`, plan.address)
    },
  )
}

import type { Command } from 'commander'
import { dataOf } from '../../client/index.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collectLabel, parseDuration } from '../inputs.ts'
import { formatTime } from '../output/values.ts'

interface CreateFlags extends GatewayFlags {
  readonly label?: Record<string, string>
  readonly expires?: number
  readonly mount?: boolean
}

/** `berth ticket`: for orchestrators that must not put a token into a mount table. */
export function ticketCommands(program: Command): void {
  const ticket = group(program, 'ticket', 'tickets: what a workload mounts once, soon, in place of its token')
  gatewayCommand(ticket, 'create', 'make a ticket; the token must be that of a workload')
    .argument('<path>', 'logical path that is to be mounted')
    .option('--label <key=value>', 'of the pod or container that mounts it; may be repeated', collectLabel)
    .option('--expires <duration>', 'how long it can be used (default: 60s)', parseDuration)
    .option('--mount', 'print the whole command that mounts it')
    .action(async (path: string, flags: CreateFlags) => {
      const { api, out } = openSession(flags)
      const body = { path, ...given({ labels: flags.label, ttlSeconds: flags.expires }) }
      const made = await dataOf(api.POST('/v1/mounts', { body }))
      if (out.isJson) {
        out.done(made, '')
        return
      }
      // Alone on standard output, so that a script can take it.
      out.lines([flags.mount ? made.mount : made.source])
      out.note(`one address can mount it, until ${formatTime(made.expiresAt) ?? ''}`)
    })
}

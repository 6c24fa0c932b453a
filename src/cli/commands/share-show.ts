import type { Command } from 'commander'
import type { Schemas } from '../../client/index.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import type { Field } from '../output/table.ts'
import { formatBytes, formatLabels, formatTime, formatUse } from '../output/values.ts'
import { shareArgument, shareCalled } from '../references.ts'

export function showShareCommand(share: Command): void {
  gatewayCommand(share, 'show', 'show a share, and the lines that mount it')
    .argument('<share>', shareArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await shareCalled(api, reference)
      out.show(found, fieldsOf(found))
    })
}

function fieldsOf(share: Schemas['Share']): Field[] {
  return [
    ['path', share.path],
    ['number', share.id],
    ['application', share.application?.name],
    ['owner', share.owner],
    ['description', share.description],
    ['labels', formatLabels(share.labels)],
    ['directory', share.directory],
    ['store', share.origin === 'config' ? 'declared in the config file' : share.store],
    ['access', share.readOnly ? 'read-only' : 'read and write'],
    ['identity', identityText(share.identity)],
    ['durability', share.durability],
    ['audit', share.audit],
    ['used', formatUse(share.usedBytes, share.quotaBytes, formatBytes)],
    ['files', formatUse(share.usedFiles, share.quotaFiles, String)],
    ['counted', formatTime(share.countedAt)],
    ['made', formatTime(share.createdAt)],
    ['changed', formatTime(share.changedAt)],
    ['deleted', share.deletedAt && `${formatTime(share.deletedAt) ?? ''} by ${share.deletedBy ?? 'unknown'}`],
    ['purge', formatTime(share.purgeAt)],
  ]
}

export function identityText({ squash, uid, gid, gids }: Schemas['IdentityRule']): string {
  if (squash === 'none') return 'callers as they are'
  const groups = gids.length === 0 ? '' : ` with groups ${gids.join(', ')}`
  return `${squash === 'root' ? 'root' : 'every caller'} becomes ${uid}:${gid}${groups}`
}

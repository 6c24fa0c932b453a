import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { choice } from '../options.ts'
import type { Paint } from '../output/colours.ts'
import type { Field } from '../output/table.ts'
import { formatBytes, formatLabels, formatTime, formatUse } from '../output/values.ts'
import { rateLimitText } from '../rate-limit.ts'
import { shareArgument, shareCalled } from '../references.ts'

/** Ways to mount, as people name them, and what the API calls them. */
const ways = {
  mount: 'mount',
  fstab: 'fstab',
  docker: 'dockerRun',
  compose: 'compose',
  kubernetes: 'kubernetes',
} as const satisfies Record<string, keyof Schemas['MountLines']>

interface ShowFlags extends GatewayFlags {
  readonly only?: keyof typeof ways
  readonly access?: 'address' | 'token'
  readonly host?: string
  readonly namespace?: string
  readonly claim?: string
}

export function showShareCommand(share: Command): void {
  gatewayCommand(share, 'show', 'show a share, and the lines that mount it')
    .argument('<share>', shareArgument)
    .addOption(choice('--only <way>', 'only the lines for this, for a script or a file', Object.keys(ways)))
    .addOption(
      choice('--access <how>', 'by what clients get in: a rule for their address, or a token', [
        'address',
        'token',
      ]),
    )
    .option('--host <host>', 'name or address of the gateway, as clients know it')
    .option('--namespace <name>', 'Kubernetes namespace of the claim')
    .option('--claim <name>', 'name of the claim')
    .action(async (reference: string, flags: ShowFlags) => {
      const { api, out } = openSession(flags)
      const found = await shareCalled(api, reference)
      const { access, host, namespace, claim, only } = flags
      if (found.deletedAt !== null && only === undefined) {
        out.show(found, fieldsOf(found))
        return
      }
      const query = given({ access, host, namespace, claim })
      const params = { path: { id: found.id }, query }
      const lines = await dataOf(api.GET('/v1/shares/{id}/mount', { params }))
      if (only !== undefined) out.text(`${lines[ways[only]].trimEnd()}\n`)
      else out.show({ ...found, mount: lines }, fieldsOf(found), mountText(lines, out.paint))
    })
}

function mountText(lines: Schemas['MountLines'], paint: Paint): string[] {
  const titles = [
    ['mount', 'As root, on a client'],
    ['fstab', 'In /etc/fstab'],
    ['dockerRun', 'Docker'],
    ['compose', 'Compose'],
    ['kubernetes', 'Kubernetes: kubectl apply -f -'],
  ] as const
  return titles.flatMap(([way, title]) => ['', paint('bold', `# ${title}`), lines[way].trimEnd()])
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
    ['.snapshot', share.snapshotAccess],
    ['audit', share.audit],
    ['used', formatUse(share.usedBytes, share.quotaBytes, formatBytes)],
    ['files', formatUse(share.usedFiles, share.quotaFiles, String)],
    ['limits', rateLimitText(share)],
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

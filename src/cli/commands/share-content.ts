import type { Command } from 'commander'
import type { Schemas } from '../../client/index.ts'
import { given } from '../given.ts'
import { orNull, parseCount, parseIdentity, parseSize } from '../inputs.ts'
import { rateLimitOf, withRateLimit, type RateLimitFlags } from '../rate-limit.ts'
import { choice, withDescription, type DescriptionFlags } from '../options.ts'

/** What of a share can be chosen when it is made and changed later. */
export interface ShareContentFlags extends DescriptionFlags, RateLimitFlags {
  readonly app?: string
  readonly owner?: string
  readonly quota?: number | 'none'
  readonly quotaFiles?: number | 'none'
  readonly readOnly?: boolean
  readonly durability?: 'strict' | 'relaxed'
  readonly identity?: Schemas['IdentityRule']
  readonly snapshots?: 'hidden' | 'visible' | 'backup'
  readonly audit?: 'off' | 'changes' | 'opens'
}

export function withShareContent(command: Command): Command {
  return withRateLimit(withDescription(command))
    .option('--app <name>', 'application that owns the data; none for nobody')
    .option('--owner <text>', 'who answers for it: a person, a team')
    .option('--quota <size>', 'most bytes: 10Gi, 500M, none', parseSize)
    .option('--quota-files <count>', 'most files, or none', parseCount)
    .option('--read-only', 'clients may only read')
    .option('--no-read-only', 'clients may write')
    .addOption(choice('--durability <how>', 'when changes of names are on the disk', ['strict', 'relaxed']))
    .option(
      '--identity <rule>',
      'whom callers become: none, root[:UID:GID], all:UID:GID[:GROUP,GROUP…]',
      parseIdentity,
    )
    .addOption(
      choice(
        '--snapshots <how>',
        'who goes into .snapshot at its root: all who know, all, or backups alone',
        ['hidden', 'visible', 'backup'],
      ),
    )
    .addOption(choice('--audit <what>', 'file operations to record', ['off', 'changes', 'opens']))
}

export function shareContentOf(flags: ShareContentFlags) {
  return given({
    application: orNull(flags.app),
    owner: flags.owner,
    description: flags.description,
    labels: flags.label,
    quotaBytes: orNull(flags.quota),
    quotaFiles: orNull(flags.quotaFiles),
    ...rateLimitOf(flags),
    readOnly: flags.readOnly,
    durability: flags.durability,
    identity: flags.identity,
    snapshotAccess: flags.snapshots,
    audit: flags.audit,
  })
}

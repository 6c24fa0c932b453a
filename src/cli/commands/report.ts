import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { CommandError } from '../command-error.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'

/** `berth report`: what an operator should know. */
export function reportCommands(program: Command): void {
  const report = group(program, 'report', 'what an operator should know')
  gatewayCommand(
    report,
    'unprotected',
    'list shares whose newest snapshot or backup is missing or too old',
  ).action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/reports/unprotected', { params: { query } })))
    out.list(
      items,
      [
        { title: 'SHARE', of: ({ path }) => path },
        { title: 'SNAPSHOT', of: (share) => ageText(share, 'snapshot'), colour: colourOf('snapshot') },
        { title: 'BACKUP', of: (share) => ageText(share, 'backup'), colour: colourOf('backup') },
        { title: 'SINCE', of: ({ since }) => formatTime(since) },
        { title: 'WHAT TO DO', of: ({ advice }) => advice },
      ],
      { empty: 'Every share has the snapshots and backups that it is to have.' },
    )
    if (items.length > 0)
      throw new CommandError(ExitCode.failed, `${items.length} shares are not as safe as they are to be`)
  })
}

type Share = Schemas['UnprotectedShare']

function ageText(share: Share, what: 'snapshot' | 'backup'): string {
  const [newest, within] =
    what === 'snapshot'
      ? [share.newestSnapshotAt, share.snapshotWithinSeconds]
      : [share.newestBackupAt, share.backupWithinSeconds]
  const text = formatTime(newest) ?? 'none'
  return within === null && newest === null ? 'not wanted' : text
}

/** What is missing is worse than what is old. */
function colourOf(what: 'snapshot' | 'backup') {
  return (share: Share) => {
    if (!share.lacks.includes(what)) return 'green'
    const newest = what === 'snapshot' ? share.newestSnapshotAt : share.newestBackupAt
    return newest === null ? 'red' : 'yellow'
  }
}

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { CommandError, usageError } from '../command-error.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber, parseTime } from '../inputs.ts'
import { choice } from '../options.ts'
import { Output } from '../output/output.ts'
import { tableLines, type Column } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { shareCalled } from '../references.ts'

/** `berth audit`: who did what. */
export function auditCommands(program: Command): void {
  const audit = group(program, 'audit', 'audit: who did what, and when')
  listCommand(audit)
  verifyCommand(audit)
}

const kinds = ['mount', 'refusal', 'admin', 'grant', 'system', 'file', 'dropped'] as const
const lineCountDefault = 50

interface ListFlags extends GatewayFlags {
  readonly kind?: (typeof kinds)[number]
  readonly subject?: string
  readonly share?: string
  readonly path?: string
  readonly since?: string
  readonly limit: number
}

function listCommand(audit: Command): void {
  gatewayCommand(audit, 'list', 'list the newest lines; older ones are in the files of the data directory')
    .addOption(choice('--kind <kind>', 'of this kind', kinds))
    .option('--subject <subject>', 'of this subject')
    .option('--share <share>', 'about this share, by path or number')
    .option('--path <prefix>', 'about paths that begin like this')
    .option('--since <time>', 'not before: 2026-03-01', parseTime)
    .option('--limit <count>', 'most lines', parseNumber, lineCountDefault)
    .action(async (flags: ListFlags) => {
      const { api, out } = openSession(flags)
      const { kind, subject, path: pathPrefix, since } = flags
      const share = flags.share === undefined ? undefined : (await shareCalled(api, flags.share)).id
      const filter = given({ kind, subject, share, pathPrefix, since })
      const items = await allPages(
        (page) => dataOf(api.GET('/v1/audit', { params: { query: { ...filter, ...page } } })),
        flags.limit,
      )
      out.list(items, columns, { empty: 'Nothing of this kind was recorded lately.' })
    })
}

const columns: [Column<Schemas['AuditLine']>, ...Column<Schemas['AuditLine']>[]] = [
  { title: 'LINE', of: ({ sequence }) => sequence, align: 'right' },
  { title: 'TIME', of: ({ at }) => formatTime(at, 'seconds') },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'OPERATION', of: ({ operation }) => operation },
  { title: 'PATH', of: ({ path }) => path },
  { title: 'RESULT', of: ({ result }) => result },
]

/** All of the audit is read: of a gigabyte, some ten seconds. */
const verifyTimeoutMs = 3_600_000

function verifyCommand(audit: Command): void {
  gatewayCommand(audit, 'verify', 'tell whether a line of the audit was removed or altered')
    .option('--head <sequence:sha256>', 'a head noted earlier, which must be there; needs --data', parseHead)
    .action(async (flags: GatewayFlags & { readonly head?: Schemas['AuditHead'] }) => {
      if (flags.head !== undefined && flags.data === undefined)
        throw usageError('--head is compared with the files themselves: give --data DIR too')
      const out = new Output(flags)
      // With a data directory its files are read by this process, so that no gateway needs to be trusted, or to run.
      const work = flags.data === undefined ? verifyRemote(flags) : verifyFiles(flags.data, flags.head)
      const result = await withProgress('reading the audit', work)
      const { head } = result
      out.show(
        result,
        [
          ['audit', result.ok ? out.paint('green', 'whole') : out.paint('red', 'NOT WHOLE')],
          ['files', result.files],
          ['lines', result.lines],
          ['seals', result.seals],
          ['unsealed', result.unsealed],
          ['head', head && `${head.sequence}:${head.sha256}`],
        ],
        result.problems.length === 0 ? [] : ['', ...tableLines(result.problems, problemColumns, out.paint)],
      )
      if (!result.ok) process.exitCode = ExitCode.failed
    })
}

const problemColumns: readonly Column<Schemas['AuditProblem']>[] = [
  { title: 'FILE', of: ({ file }) => file },
  {
    title: 'LINES',
    of: ({ firstLine, lastLine }) => (lastLine === 0 ? undefined : `${firstLine}-${lastLine}`),
  },
  { title: 'PROBLEM', of: ({ what }) => what },
]

function verifyRemote(flags: GatewayFlags): Promise<Schemas['AuditVerification']> {
  const { api } = openSession(flags, verifyTimeoutMs)
  return dataOf(api.GET('/v1/audit/verify'))
}

async function verifyFiles(
  data: string,
  wanted: Schemas['AuditHead'] | undefined,
): Promise<Schemas['AuditVerification']> {
  const { verifyAudit } = await import('../../audit/index.ts')
  const directory = join(resolve(data), 'audit')
  if (!existsSync(directory)) throw new CommandError(ExitCode.notFound, `there is no audit in ${data}`)
  const { head, problems, ...rest } = await verifyAudit(directory, given({ head: wanted }))
  return { ...rest, ...given({ head }), problems: [...problems] }
}

/** As `berth audit verify` prints it. */
function parseHead(text: string): Schemas['AuditHead'] {
  const [, sequence, sha256] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence !== undefined && sha256 !== undefined) return { sequence: Number(sequence), sha256 }
  throw new InvalidArgumentError('Give the head that an earlier berth audit verify told.')
}

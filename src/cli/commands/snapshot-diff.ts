import type { Command } from 'commander'
import { dataOf } from '../../client/index.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import type { Output } from '../output/output.ts'
import { snapshotArgument, snapshotCalled } from '../references.ts'

/** Reading millions of files takes its time. */
const comparisonTimeoutMs = 24 * 3_600_000

interface DiffFlags {
  readonly null?: true
  readonly exhaustive?: true
}

interface Change {
  readonly kind: 'added' | 'deleted' | 'modified' | 'metadata' | 'renamed'
  readonly path: string
  readonly type: string
  readonly from?: string
  readonly linkOf?: string
}

const signs = { added: '+', deleted: '-', modified: 'M', metadata: 'm', renamed: 'R' } as const

export function diffCommand(snapshot: Command): void {
  gatewayCommand(snapshot, 'diff', 'tell what changed from one snapshot of a share to another')
    .argument('<older>', snapshotArgument)
    .argument('<newer>', snapshotArgument)
    .option('-0, --null', 'print only the paths to be looked at, each with a NUL after it')
    .option(
      '--exhaustive',
      'find what programs on the host changed past the gateway, too: compares everything',
    )
    .action(async (from: string, to: string, flags: GatewayFlags & DiffFlags) => {
      const { api, out } = openSession(flags, comparisonTimeoutMs)
      const since = (await snapshotCalled(api, from)).id
      const { id } = await snapshotCalled(api, to)
      const format = flags.null === true ? 'nul' : 'ndjson'
      const query = { since, format, ...(flags.exhaustive === true ? { exhaustive: true } : {}) } as const
      const params = { path: { id }, query }
      const path = '/v1/snapshots/{id}/changes'
      const answer = await dataOf(api.GET(path, { params, parseAs: 'arrayBuffer' }))
      const bytes = Buffer.from(answer)
      // As bytes: names need be no text.
      if (flags.null === true) process.stdout.write(bytes)
      else if (out.isJson) out.text(bytes.toString())
      else tell(out, bytes.toString())
    })
}

function tell(out: Output, text: string): void {
  const changes = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Change)
  if (changes.length === 0) out.note('Nothing changed.')
  else out.lines(changes.map((change) => (out.isQuiet ? change.path : lineOf(change))))
}

/** Control characters in names are escaped, so that a name is always one line and does nothing to a terminal. */
function lineOf({ kind, path, from, linkOf, type }: Change): string {
  const slash = type === 'directory' ? '/' : ''
  const line = `${signs[kind]} ${shownName(path)}${slash}`
  if (from !== undefined) return `${line} (was ${shownName(from)})`
  return linkOf === undefined ? line : `${line} (link of ${shownName(linkOf)})`
}

function shownName(path: string): string {
  return /[\p{Cc}]/u.test(path) ? JSON.stringify(path) : path
}

import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { dataOf, stream, type BerthClient, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { formatBytes } from '../output/values.ts'
import { withProgress } from '../progress.ts'
import { shareCalled, snapshotCalled, snapshotName } from '../references.ts'

/** A snapshot of a large share takes its time. */
const snapshotTimeoutMs = 24 * 3_600_000

interface ExportFlags extends GatewayFlags {
  readonly output?: string
  readonly gzip?: boolean
}

/** `berth export`: a share or snapshot as a tar. */
export function exportCommand(program: Command): void {
  gatewayCommand(program, 'export', 'pack a share, or one of its snapshots, into a tar')
    .argument('<share>', 'path or number of the share, or SHARE@SNAPSHOT')
    .option('-o, --output <file>', 'write to a file of this machine (default: standard output)')
    .option('-z, --gzip', 'compress it')
    .addHelpText('after', exportHelp)
    .action((reference: string, flags: ExportFlags) => exported(reference, flags))
}

const exportHelp = `
Without a snapshot one is taken, and removed at the end.

Examples:
  berth export /finance/db -o db.tar
  berth export /finance/db@before -z | ssh host 'cat > db.tar.gz'
`

async function exported(reference: string, flags: ExportFlags): Promise<void> {
  const { output, gzip = false } = flags
  if (output === undefined && process.stdout.isTTY)
    throw usageError('a tar is nothing for a terminal: give --output FILE, or pipe it somewhere')
  const { api, out, connection } = openSession(flags, snapshotTimeoutMs)
  const isNamed = /^\/.*[^/]@[^/]+$/.test(reference)
  const snapshot = isNamed ? await snapshotCalled(api, reference) : await taken(api, reference)
  try {
    const query = gzip ? '?compression=gzip' : ''
    const path = `/v1/snapshots/${snapshot.id}/tar${query}`
    const answer = await stream(connection, { method: 'GET', path })
    const written =
      output === undefined ? pipeline(answer, process.stdout, { end: false }) : toFile(answer, output)
    let sizeBytes = 0
    answer.on('data', (chunk: Buffer) => (sizeBytes += chunk.length))
    await withProgress(`packing ${snapshotName(snapshot)}`, written, async () => formatBytes(sizeBytes))
    if (output !== undefined)
      out.done(
        { file: resolve(output), bytes: sizeBytes, snapshot: isNamed ? snapshot.id : null },
        `${reference} is packed: ${output}, ${formatBytes(sizeBytes)}`,
        output,
      )
  } finally {
    if (!isNamed)
      await dataOf(
        api.DELETE('/v1/snapshots/{id}', {
          params: { path: { id: snapshot.id }, query: { last: true } },
        }),
      )
  }
}

async function taken(api: BerthClient, reference: string): Promise<Schemas['Snapshot']> {
  const { id, path } = await shareCalled(api, reference)
  const body = { description: 'Taken for an export' }
  const work = dataOf(api.POST('/v1/shares/{id}/snapshots', { params: { path: { id } }, body }))
  return withProgress(`taking a snapshot of ${path}`, work)
}

/** Whole or not at all. */
async function toFile(answer: Readable, file: string): Promise<void> {
  const path = resolve(file)
  const unfinished = `${path}.part`
  try {
    await pipeline(answer, createWriteStream(unfinished, { flags: 'wx', flush: true }))
    await rename(unfinished, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(unfinished, { force: true })
    throw error
  }
}

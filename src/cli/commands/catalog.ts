import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { dataOf } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, withOutput, type GatewayFlags } from '../gateway-command.ts'
import { collect } from '../inputs.ts'
import { Output, type OutputFlags } from '../output/output.ts'
import { tableLines } from '../output/table.ts'
import { withProgress } from '../progress.ts'
import { textOf } from './manifest.ts'

/** `berth catalog`: what the gateway knows, as a whole. */
export function catalogCommands(program: Command): void {
  const catalog = group(program, 'catalog', 'catalog: what the gateway knows, as a whole')
  exportCommand(catalog)
  importCommand(catalog)
  rebuildCommand(catalog)
}

/** The whole of it may be some hundred megabytes. */
const exportTimeoutMs = 600_000

function exportCommand(catalog: Command): void {
  gatewayCommand(catalog, 'export', 'write the whole catalog as one JSON document')
    .option('--output <file>', 'into this file, of mode 0600, instead of standard output')
    .action(async (flags: GatewayFlags & { readonly output?: string }) => {
      const out = new Output(flags)
      const text = await withProgress('exporting the catalog', exported(flags))
      if (flags.output === undefined) {
        out.text(text)
        return
      }
      await writeWhole(resolve(flags.output), text)
      out.done({ file: resolve(flags.output) }, `the catalog is in ${flags.output}`, flags.output)
    })
}

/** With a data directory: from the gateway that runs on it, or from its catalog when none does. */
async function exported(flags: GatewayFlags): Promise<string> {
  const { data } = flags
  if (data !== undefined) {
    const { holderOf } = await import('../../state/data-directory.ts')
    if (holderOf(resolve(data)) === undefined) {
      const { withCatalog } = await import('../offline-catalog.ts')
      const { exportCatalog } = await import('../../catalog/document.ts')
      return withCatalog(data, exportCatalog)
    }
  }
  const { api } = openSession(flags, exportTimeoutMs)
  // To the letter: the document is the same bytes for the same catalog.
  return dataOf(api.GET('/v1/catalog/export', { parseAs: 'text' }))
}

async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`
  try {
    await pipeline([text], createWriteStream(unfinished, { mode: 0o600, flush: true }))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

interface NewCatalogFlags extends OutputFlags {
  readonly data: string
  readonly replace?: boolean
  readonly yes?: boolean
}

function withNewCatalogFlags(command: Command): Command {
  return withOutput(command)
    .requiredOption('--data <dir>', 'data directory, on which no gateway runs')
    .option('--replace', 'move the catalog that is there aside')
    .option('-y, --yes', 'do not ask')
}

function importCommand(catalog: Command): void {
  const command = catalog
    .command('import')
    .description('make the catalog of a data directory from a document')
    .argument('<file>', 'what berth catalog export wrote; - reads standard input')
  withNewCatalogFlags(command).action(async (file: string, flags: NewCatalogFlags) => {
    const out = new Output(flags)
    const { withNewCatalog } = await import('../offline-catalog.ts')
    const { importCatalog } = await import('../../catalog/document.ts')
    const text = textOf(file)
    await requireReplacement(flags)
    const { former } = await withProgress(
      'importing the catalog',
      withNewCatalog(flags.data, { replace: flags.replace ?? false }, (empty) => importCatalog(empty, text)),
    )
    out.done({ former }, `the catalog of ${flags.data} is imported${kept(former)}`, former)
  })
}

function rebuildCommand(catalog: Command): void {
  const command = catalog
    .command('rebuild')
    .description('make the catalog of a data directory anew from the records beside the shares')
    .option('--store <dir>', 'directory of a store other than the default one; may be repeated', collect)
  withNewCatalogFlags(command).action(
    async (flags: NewCatalogFlags & { readonly store?: readonly string[] }) => {
      const out = new Output(flags)
      const { withNewCatalog } = await import('../offline-catalog.ts')
      const { rebuildCatalog } = await import('../../namespace/rebuild.ts')
      const { rebuildSnapshots } = await import('../../snapshots/rebuild.ts')
      const stores = (flags.store ?? []).map((directory) => resolve(directory))
      await requireReplacement(flags)
      const { result, former } = await withProgress(
        'rebuilding the catalog',
        withNewCatalog(flags.data, { replace: flags.replace ?? false }, async (catalog, dataDirectory) => {
          const shares = await rebuildCatalog({ catalog, dataDirectory, stores })
          const { snapshotCount, problems } = await rebuildSnapshots({ catalog, dataDirectory })
          return { ...shares, snapshotCount, problems: [...shares.problems, ...problems] }
        }),
      )
      const { problems } = result
      const columns = [
        { title: 'FILE', of: ({ file }: { file: string }) => file },
        { title: 'PROBLEM', of: ({ what }: { what: string }) => what },
      ]
      out.show(
        { ...result, former },
        [
          ['stores', result.stores.join(', ')],
          ['shares', result.shareCount],
          ['tombstones', result.tombstoneCount],
          ['snapshots', result.snapshotCount],
          ['applications', result.applicationCount],
          ['problems', problems.length],
          ['former catalog', former],
          ['not in records', 'tokens, rules, manifests, history, folders that hold no share'],
        ],
        problems.length === 0 ? [] : ['', ...tableLines(problems, columns, out.paint)],
      )
    },
  )
}

async function requireReplacement({ data, replace = false, yes = false }: NewCatalogFlags): Promise<void> {
  if (replace) await requireConsent(`replace the catalog of ${data}`, { yes })
}

function kept(former: string | undefined): string {
  return former === undefined ? '' : `; the former one is ${former}`
}

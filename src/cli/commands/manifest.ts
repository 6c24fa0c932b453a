import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { CommandError } from '../command-error.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'
import type { Column } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'

const appArgument = 'name or id of the application'

/** `berth app manifest`: the documents from which an application was made, kept with its data. */
export function manifestCommands(app: Command): void {
  const manifest = group(app, 'manifest', 'manifests: documents kept with an application, in versions')
  listCommand(manifest)
  showCommand(manifest)
  putCommand(manifest)
}

function listCommand(manifest: Command): void {
  gatewayCommand(manifest, 'list', 'list the newest versions, or all versions of one document')
    .argument('<app>', appArgument)
    .argument('[name]', 'document of which all versions are wanted')
    .action(async (application: string, name: string | undefined, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const items = await allPages((query) =>
        dataOf(
          name === undefined
            ? api.GET('/v1/applications/{application}/manifests', {
                params: { path: { application }, query },
              })
            : api.GET('/v1/applications/{application}/manifests/{name}/versions', {
                params: { path: { application, name }, query },
              }),
        ),
      )
      out.list(items, columns, {
        empty: `No manifests. Keep one: berth app manifest put ${application} FILE`,
      })
    })
}

const columns: [Column<Schemas['ManifestEntry']>, ...Column<Schemas['ManifestEntry']>[]] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'VERSION', of: ({ version }) => version, align: 'right' },
  { title: 'TYPE', of: ({ contentType }) => contentType },
  { title: 'KEPT', of: ({ createdAt }) => formatTime(createdAt) },
  { title: 'BY', of: ({ createdBy }) => createdBy },
]

function showCommand(manifest: Command): void {
  gatewayCommand(manifest, 'show', 'print a manifest, to the letter')
    .argument('<app>', appArgument)
    .argument('<name>', 'name of the document')
    .option('--version <number>', 'this version instead of the newest', parseNumber)
    .action(
      async (application: string, name: string, flags: GatewayFlags & { readonly version?: number }) => {
        const { api, out } = openSession(flags)
        const params = { path: { application, name }, query: given({ version: flags.version }) }
        const found = await dataOf(api.GET('/v1/applications/{application}/manifests/{name}', { params }))
        if (out.isJson) out.show(found, [])
        else out.text(found.content)
      },
    )
}

function putCommand(manifest: Command): void {
  gatewayCommand(manifest, 'put', 'keep a manifest; another version, unless the newest is the same')
    .argument('<app>', appArgument)
    .argument('<file>', 'YAML or JSON; - reads standard input')
    .option('--name <name>', 'name of the document (default: that of the file)')
    .action(async (application: string, file: string, flags: GatewayFlags & { readonly name?: string }) => {
      const { api, out } = openSession(flags)
      const name = flags.name ?? basename(file)
      const kept = await dataOf(
        api.PUT('/v1/applications/{application}/manifests/{name}', {
          params: { path: { application, name } },
          body: { content: textOf(file) },
        }),
      )
      out.done(kept, `${kept.name} of ${application} is kept, version ${kept.version}`, kept.version)
    })
}

/** @throws {CommandError} if the file cannot be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const exitCode = code === 'ENOENT' ? ExitCode.notFound : ExitCode.failed
    throw new CommandError(exitCode, `${file} cannot be read: ${code}`, { cause: error })
  }
}

import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { dataOf, stream, type BerthClient, type Schemas } from '../../client/index.ts'
import { CommandError, usageError } from '../command-error.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, group, openSession, type GatewayFlags, type Session } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collect } from '../inputs.ts'
import { withDescription, type DescriptionFlags } from '../options.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { checkPath } from '../references.ts'

/** Copying large trees takes its time. */
const importTimeoutMs = 24 * 3_600_000

interface ShareFlags extends GatewayFlags, DescriptionFlags {
  readonly store?: string
  readonly app?: string
  readonly owner?: string
}

/** `berth import`: data from elsewhere becomes shares. */
export function importCommands(program: Command): void {
  const command = group(program, 'import', 'make shares of directories, Docker volumes and tars')
  directoryCommand(command)
  dockerCommand(command)
  tarCommand(command)
  jobCommands(command)
}

function withShare(command: Command): Command {
  command
    .option('--store <name>', 'where the share lies (default: the store called default)')
    .option('--app <name>', 'whose it is')
    .option('--owner <text>', 'who is responsible')
  return withDescription(command)
}

function contentOf({ store, app: application, owner, description, label: labels }: ShareFlags) {
  return given({ store, application, owner, description, labels })
}

interface DirectoryFlags extends ShareFlags {
  readonly adopt?: boolean
  readonly dryRun?: boolean
}

function directoryCommand(parent: Command): void {
  const command = gatewayCommand(
    parent,
    'directory',
    'make a share of a directory on the host of the gateway',
  )
    .argument('<directory>', 'absolute path there, within imports.directories of its config file')
    .argument('<path>', 'logical path of the share')
    .option('--adopt', 'it becomes the share itself, by a rename; else it is copied, and stays')
    .option('-n, --dry-run', 'only say what would be done')
  withShare(command).action(async (directory: string, path: string, flags: DirectoryFlags) => {
    const { api, out } = openSession(flags, importTimeoutMs)
    const mode = flags.adopt === true ? 'adopt' : 'copy'
    const body = { directory, path: checkPath(path), mode, ...contentOf(flags) } as const
    const params = { query: given({ dryRun: flags.dryRun }) }
    const work = dataOf(api.POST('/v1/imports/directory', { params, body }))
    const done = await withProgress(`importing ${directory}`, work, () => stageOf(api, path))
    const sentence = 'way' in done ? planText(done) : `share ${done.path} is made: ${countText(done)}`
    out.done(done, [sentence, ...done.warnings].join('\n'), 'id' in done ? done.id : done.path)
  })
}

const ways = {
  rename: 'by a rename, at once',
  btrfs: 'by a btrfs snapshot, at once',
  reflink: 'by files that share their data',
  copy: 'by copying all data',
} as const

function planText({ from, path, store, way }: Schemas['ImportPlan']): string {
  return `would make share ${path} in store ${store} of ${from}, ${ways[way]}`
}

function countText({ files, bytes, directory }: Pick<Schemas['Imported'], 'files' | 'bytes' | 'directory'>) {
  return files === null ? directory : `${files} files, ${formatBytes(bytes ?? 0)}`
}

interface DockerFlags extends GatewayFlags {
  readonly volume?: readonly string[]
  readonly pathTemplate?: string
  readonly composePathTemplate?: string
  readonly allowRunning?: boolean
  readonly anonymous?: boolean
  readonly store?: string
  readonly dryRun?: boolean
}

function dockerCommand(parent: Command): void {
  gatewayCommand(
    parent,
    'docker',
    'make a share of each volume of the Docker daemon on the host of the gateway',
  )
    .option('--volume <name>', 'only this one; may be repeated', collect)
    .option('--path-template <path>', 'logical path of a share (default: /docker/{volume})')
    .option('--compose-path-template <path>', 'the same of compose projects (default: /{project}/{volume})')
    .option('--allow-running', 'also what running containers use: the copy may be torn')
    .option('--anonymous', 'also volumes that nobody has named')
    .option('--store <name>', 'where the shares lie (default: the store called default)')
    .option('-n, --dry-run', 'only say what would be done')
    .action(async (flags: DockerFlags) => {
      const { api, out } = openSession(flags, importTimeoutMs)
      const { volume: volumes, pathTemplate, composePathTemplate, allowRunning, anonymous, store } = flags
      const body = given({
        volumes: volumes && [...volumes],
        ...{ pathTemplate, composePathTemplate, allowRunning, anonymous, store },
      })
      const params = { query: given({ dryRun: flags.dryRun }) }
      const work = dataOf(api.POST('/v1/imports/docker', { params, body }))
      const done = await withProgress('importing Docker volumes', work, () => stageOf(api))
      out.list(
        done.volumes,
        [
          { title: 'VOLUME', of: ({ volume }) => volume },
          { title: 'SHARE', of: ({ path }) => path },
          { title: 'APPLICATION', of: ({ application }) => application ?? '' },
          { title: 'OUTCOME', of: ({ outcome }) => outcome },
          { title: 'FILES', of: ({ files }) => files ?? '' },
          { title: 'NOTE', of: noteOf },
        ],
        { empty: 'Docker has no volumes to import.', json: done },
      )
      const failed = done.volumes.filter(({ outcome }) => outcome === 'failed' || outcome === 'refused')
      if (failed.length > 0 && flags.dryRun !== true)
        throw new CommandError(ExitCode.failed, `${failed.length} volumes were not imported`)
    })
}

function noteOf({ reason, labelsLeftOut }: Schemas['ImportedVolume']): string {
  const labels = labelsLeftOut.length === 0 ? [] : [`labels left out: ${labelsLeftOut.join(', ')}`]
  return [...(reason === undefined ? [] : [reason]), ...labels].join('; ')
}

interface TarFlags extends ShareFlags {
  readonly skipDevices?: boolean
  readonly stripComponents?: string
}

function tarCommand(parent: Command): void {
  const command = gatewayCommand(parent, 'tar', 'make a share of a tar, also compressed by gzip or zstd')
    .argument('<file>', 'of this machine; - reads standard input')
    .argument('<path>', 'logical path of the share')
    .option('--skip-devices', 'leave out devices; else a tar with any is refused')
    .option('--strip-components <count>', 'leave out so many leading directories of each name')
  withShare(command).action((file: string, path: string, flags: TarFlags) => importTar(file, path, flags))
}

async function importTar(file: string, path: string, flags: TarFlags): Promise<void> {
  const session = openSession(flags)
  const { store, application, owner, description, labels } = contentOf(flags)
  const { stripComponents, skipDevices } = flags
  if (stripComponents !== undefined && !/^\d{1,2}$/.test(stripComponents))
    throw usageError(`--strip-components takes a number, not '${stripComponents}'`)
  const query = new URLSearchParams({
    path: checkPath(path),
    ...given({ store, application: application ?? undefined, owner, description, stripComponents }),
    ...(labels === undefined ? {} : { labels: labelText(labels) }),
    ...(skipDevices === true ? { devices: 'skip' } : {}),
  })
  const source = file === '-' ? process.stdin : createReadStream(resolve(file))
  const work = upload(session, `/v1/imports/tar?${query.toString()}`, source)
  const done = await withProgress(`unpacking ${file}`, work, () => stageOf(session.api, path))
  const sentence = `share ${done.path} is made of ${file}: ${countText(done)}`
  session.out.done(done, [sentence, ...done.warnings.map((line) => `warning: ${line}`)].join('\n'), done.id)
}

async function upload(
  { connection }: Session,
  path: string,
  source: NodeJS.ReadStream | ReturnType<typeof createReadStream>,
): Promise<Schemas['Imported']> {
  const body = { stream: source, mediaType: 'application/x-tar' }
  const chunks: Buffer[] = []
  for await (const chunk of await stream(connection, { method: 'POST', path, body }))
    chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Schemas['Imported']
}

/** As a query of the API has it. */
function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** How far the import of a share, or of Docker volumes, has come. */
async function stageOf(api: BerthClient, path?: string): Promise<string> {
  const jobs = await allPages((query) => dataOf(api.GET('/v1/import-jobs', { params: { query } })))
  const job = jobs.find((one) => (path === undefined ? one.kind === 'docker' : one.path === path))
  return job === undefined ? '' : stageText(job)
}

function stageText({ kind, from, phase, files, bytes }: Schemas['ImportJob']): string {
  const what = kind === 'docker' && from !== '' ? `${from}: ` : ''
  return what + (files + bytes === 0 ? phase : `${files} files, ${formatBytes(bytes)}`)
}

function jobCommands(parent: Command): void {
  gatewayCommand(parent, 'jobs', 'list imports that go on').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/import-jobs', { params: { query } })))
    out.list(
      items,
      [
        { title: 'ID', of: ({ id }) => id },
        { title: 'KIND', of: ({ kind }) => kind },
        { title: 'FROM', of: ({ from }) => from },
        { title: 'SHARE', of: ({ path }) => path },
        { title: 'STAGE', of: stageText },
        { title: 'SINCE', of: ({ startedAt }) => formatTime(startedAt, 'seconds') },
        { title: 'BY', of: ({ createdBy }) => createdBy },
      ],
      { empty: 'Nothing is being imported.' },
    )
  })
  gatewayCommand(parent, 'abort', 'end an import early')
    .argument('<job>', 'id, as berth import jobs lists it')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      await dataOf(api.DELETE('/v1/import-jobs/{id}', { params: { path: { id } } }))
      out.done(undefined, `import ${id} is aborted: its share is not made`, id)
    })
}

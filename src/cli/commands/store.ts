import { resolve } from 'node:path'
import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { collect } from '../inputs.ts'
import { choice, ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import type { Column } from '../output/table.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'

/** `berth store`: the directories that hold shares. */
export function storeCommands(program: Command): void {
  const store = group(program, 'store', 'stores: directories on filesystems that hold shares')
  listCommand(store)
  showCommand(store)
  addCommand(store)
  updateCommand(store)
  removeCommand(store)
}

function listCommand(store: Command): void {
  gatewayCommand(store, 'list', 'list stores').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/stores', { params: { query } })))
    out.list(items, columns, { empty: 'No stores.' })
  })
}

const columns: [Column<Schemas['Store']>, ...Column<Schemas['Store']>[]] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'DIRECTORY', of: ({ directory }) => directory },
  { title: 'FILESYSTEM', of: ({ space }) => space?.filesystem },
  { title: 'FREE', of: ({ space }) => space && formatBytes(space.freeBytes), align: 'right' },
  { title: 'SIZE', of: ({ space }) => space && formatBytes(space.sizeBytes), align: 'right' },
  { title: 'SHARES', of: ({ shareCount }) => shareCount, align: 'right' },
  { title: 'CLASSES', of: ({ classes }) => classes.join(',') },
  { title: 'PROBLEM', of: ({ problem }) => problem },
]

function showCommand(store: Command): void {
  gatewayCommand(store, 'show', 'show a store')
    .argument('<name>', 'name of the store')
    .action(async (name: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/stores/{name}', { params: { path: { name } } }))
      const { space } = found
      out.show(found, [
        ['name', found.name],
        ['directory', found.directory],
        ['classes', found.classes.join(', ')],
        ['snapshots', driverText(found)],
        ['remote', remoteText(found)],
        ['problem', found.problem],
        ['filesystem', space?.filesystem],
        ['free', space && `${formatBytes(space.freeBytes)} of ${formatBytes(space.sizeBytes)}`],
        ['free files', space?.freeFiles],
        ['shares', found.shareCount],
        ['made', formatTime(found.createdAt)],
      ])
    })
}

function driverText({ driver, driverInUse }: Schemas['Store']): string {
  return driver === 'auto' && driverInUse !== undefined ? `auto (${driverInUse})` : driver
}

function remoteText({ remote, isRemote }: Schemas['Store']): string {
  const now = isRemote ? 'yes' : 'no'
  return remote === null ? `auto (${now})` : now
}

const driverOption = () =>
  choice('--driver <way>', 'how snapshots are taken', ['auto', 'btrfs', 'reflink', 'cephfs', 'copy'])

const remoteOption = () =>
  choice('--remote <whether>', 'whether it may be slow to answer: by its filesystem (auto), yes or no', [
    'auto',
    'yes',
    'no',
  ])

interface DriverFlags extends GatewayFlags {
  readonly driver?: Schemas['Store']['driver']
  readonly remote?: 'auto' | 'yes' | 'no'
}

function remoteOf({ remote }: DriverFlags): boolean | null | undefined {
  return remote === undefined ? undefined : remote === 'auto' ? null : remote === 'yes'
}

interface AddFlags extends DriverFlags {
  readonly class?: string[]
}

function addCommand(store: Command): void {
  gatewayCommand(store, 'add', 'let a directory hold shares')
    .alias('create')
    .argument('<name>', 'its name')
    .argument('<directory>', 'on the host of the gateway: there, and empty')
    .option('--class <name>', 'class by which shares may ask for it; may be repeated', collect)
    .addOption(driverOption())
    .addOption(remoteOption())
    .action(async (name: string, directory: string, flags: AddFlags) => {
      const { api, out } = openSession(flags)
      const body = {
        name,
        directory: resolve(directory),
        ...given({ classes: flags.class, driver: flags.driver, remote: remoteOf(flags) }),
      }
      const made = await dataOf(api.POST('/v1/stores', { body }))
      out.done(made, `store ${made.name} holds shares in ${made.directory}`, made.name)
    })
}

function updateCommand(store: Command): void {
  gatewayCommand(store, 'update', 'change the classes of a store, or how snapshots are taken in it')
    .argument('<name>', 'name of the store')
    .argument('[classes...]', 'all classes that it shall have')
    .addOption(driverOption())
    .addOption(remoteOption())
    .action(async (name: string, classes: string[], flags: DriverFlags) => {
      const { api, out } = openSession(flags)
      const found = await dataOf(api.GET('/v1/stores/{name}', { params: { path: { name } } }))
      const params = { path: { name }, header: ifVersion(found) }
      const settings = given({ driver: flags.driver, remote: remoteOf(flags) })
      const isOfClasses = classes.length > 0 || Object.keys(settings).length === 0
      // Without any class all are taken away, unless it is about something else.
      const body = { ...(isOfClasses ? { classes } : {}), ...settings }
      const changed = await dataOf(api.PATCH('/v1/stores/{name}', { params, body }))
      const sentences = [
        `classes of ${name}: ${changed.classes.join(', ') || 'none'}`,
        ...(flags.driver === undefined ? [] : [`snapshots: ${driverText(changed)}`]),
        ...(flags.remote === undefined ? [] : [`remote: ${remoteText(changed)}`]),
      ]
      out.done(changed, sentences.join('; '), name)
    })
}

function removeCommand(store: Command): void {
  const command = gatewayCommand(store, 'remove', 'let a store without shares go; its directory stays')
  withDeletion(command.alias('delete').argument('<name>', 'name of the store')).action(
    async (name: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const path = { name }
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/stores/{name}', { params }))
        out.done(plan, `would let go of store ${name}, ${plan.directory}`, name)
        return
      }
      const found = await dataOf(api.GET('/v1/stores/{name}', { params: { path } }))
      await requireConsent(`let go of store ${name}, ${found.directory}`, flags)
      await dataOf(api.DELETE('/v1/stores/{name}', { params: { path, header: ifVersion(found) } }))
      out.done(undefined, `store ${name} is let go; ${found.directory} stays as it is`, name)
    },
  )
}

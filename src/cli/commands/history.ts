import { isAbsolute } from 'node:path'
import type { Command } from 'commander'
import { dataOf, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber, parseTime } from '../inputs.ts'
import type { Column } from '../output/table.ts'
import { formatBytes, formatLabels, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { shareArgument, shareCalled } from '../references.ts'

// Questions about the past: they are answered for deleted shares and retired applications too.

/** `berth app data`: where the data of an application was. */
export function applicationDataCommand(app: Command): void {
  gatewayCommand(app, 'data', 'where the data of an application is, or was')
    .argument('<app>', 'name or id of the application')
    .option('--at <time>', 'at this time: 2026-03-01', parseTime)
    .action(async (application: string, flags: GatewayFlags & { readonly at?: string }) => {
      const { api, out } = openSession(flags)
      const filter = given({ at: flags.at })
      const items = await allPages((page) =>
        dataOf(
          api.GET('/v1/applications/{application}/data', {
            params: { path: { application }, query: { ...filter, ...page } },
          }),
        ),
      )
      out.list(items, ownershipColumns, { empty: `${application} owned no data then.` })
    })
}

const ownershipColumns: [Column<Schemas['Ownership']>, ...Column<Schemas['Ownership']>[]] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'SHARE', of: ({ share }) => share, align: 'right' },
  { title: 'APPLICATION', of: ({ application }) => application?.name },
  { title: 'STORE', of: ({ store }) => store },
  { title: 'DIRECTORY', of: ({ directory }) => directory },
  { title: 'FROM', of: ({ from }) => formatTime(from) },
  { title: 'TO', of: ({ to }) => formatTime(to) ?? 'now' },
  { title: 'DELETED', of: ({ deletedAt }) => formatTime(deletedAt) },
]

/** `berth app owner-of`: whose a tombstone or a directory is or was. */
export function ownerOfCommand(app: Command): void {
  gatewayCommand(app, 'owner-of', 'which application a share, tombstone or directory belongs or belonged to')
    .argument('<what>', 'number of a share, or a directory on the host; with --store, one in the store')
    .option('--store <name>', 'store in which the directory is')
    .action(async (what: string, flags: GatewayFlags & { readonly store?: string }) => {
      const { api, out } = openSession(flags)
      const query = ownedQuery(what, flags.store)
      const owners = await dataOf(api.GET('/v1/owners', { params: { query } }))
      out.list(owners.items, ownershipColumns, { empty: `Nobody is known to have owned ${what}.` })
    })
}

function ownedQuery(what: string, store: string | undefined) {
  if (store !== undefined) return { store, directory: what }
  if (/^\d+$/.test(what)) return { share: Number(what) }
  if (isAbsolute(what)) return { hostPath: what }
  throw usageError(`'${what}' is no number of a share and no absolute path: with --store it may be relative`)
}

interface RangeFlags extends GatewayFlags {
  readonly from?: string
  readonly to?: string
}

function withRange(command: Command): Command {
  return command
    .option('--from <time>', 'that were there after this time', parseTime)
    .option('--to <time>', 'that were there before this time', parseTime)
}

const workloadColumns: [Column<Schemas['Workload']>, ...Column<Schemas['Workload']>[]] = [
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'SHARE', of: ({ share }) => share, align: 'right' },
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'HOST', of: ({ host }) => host },
  { title: 'FIRST', of: ({ firstAt }) => formatTime(firstAt) },
  { title: 'LAST', of: ({ lastAt }) => formatTime(lastAt) },
  { title: 'MOUNTS', of: ({ mounts }) => mounts, align: 'right' },
  { title: 'LABELS', of: ({ labels }) => formatLabels(labels) },
]

/** `berth app workloads`: who mounted the shares of an application. */
export function applicationWorkloadsCommand(app: Command): void {
  const command = gatewayCommand(app, 'workloads', 'who mounted the shares of an application, and when')
  withRange(command.argument('<app>', 'name or id of the application')).action(
    async (application: string, flags: RangeFlags) => {
      const { api, out } = openSession(flags)
      const filter = given({ from: flags.from, to: flags.to })
      const items = await allPages((page) =>
        dataOf(
          api.GET('/v1/applications/{application}/workloads', {
            params: { path: { application }, query: { ...filter, ...page } },
          }),
        ),
      )
      out.list(items, workloadColumns, { empty: 'Nobody mounted them.' })
    },
  )
}

/** `berth share workloads`: who mounted a share. */
export function shareWorkloadsCommand(share: Command): void {
  const command = gatewayCommand(share, 'workloads', 'who mounted a share, and when; a purged one too')
  withRange(command.argument('<share>', shareArgument)).action(
    async (reference: string, flags: RangeFlags) => {
      const { api, out } = openSession(flags)
      // One that is purged is no share any more, but has a history by its number.
      const id = /^\d+$/.test(reference) ? Number(reference) : (await shareCalled(api, reference)).id
      const filter = given({ from: flags.from, to: flags.to })
      const items = await allPages((page) =>
        dataOf(
          api.GET('/v1/shares/{id}/workloads', { params: { path: { id }, query: { ...filter, ...page } } }),
        ),
      )
      out.list(items, workloadColumns, { empty: 'Nobody mounted it.' })
    },
  )
}

/** `berth share orphans`: data that nobody seems to want any more. */
export function orphansCommand(share: Command): void {
  gatewayCommand(share, 'orphans', 'shares that no workload has used for a while')
    .requiredOption('--days <count>', 'for this many days', parseNumber)
    .action(async (flags: GatewayFlags & { readonly days: number }) => {
      const { api, out } = openSession(flags)
      const { days } = flags
      const items = await allPages((page) =>
        dataOf(api.GET('/v1/orphans', { params: { query: { days, ...page } } })),
      )
      out.list(items, orphanColumns, { empty: `All shares were used in the last ${days} days.` })
    })
}

const orphanColumns: [Column<Schemas['Orphan']>, ...Column<Schemas['Orphan']>[]] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'SHARE', of: ({ share }) => share, align: 'right' },
  { title: 'OWNER', of: ({ owner }) => owner },
  { title: 'USED', of: ({ usedBytes }) => formatBytes(usedBytes), align: 'right' },
  { title: 'MADE', of: ({ createdAt }) => formatTime(createdAt) },
  { title: 'LAST USE', of: ({ lastAt }) => formatTime(lastAt) ?? 'never' },
]

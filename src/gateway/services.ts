import { join } from 'node:path'
import { BackupView } from '../access/backup-view.ts'
import { ClientLists } from '../access/client-lists.ts'
import { GrantJudge } from '../access/grant-judge.ts'
import { Grants } from '../access/grants.ts'
import { Hosts } from '../access/hosts/hosts.ts'
import { Mounts } from '../access/mounts.ts'
import { Permissions } from '../access/permissions.ts'
import { builtInRules } from '../access/policy/built-in-rules.ts'
import { Rules } from '../access/policy/rules.ts'
import { RefusalDelay } from '../access/refusal-delay.ts'
import { SnapshotFolders } from '../access/snapshot-folders.ts'
import { Tickets } from '../access/tickets/tickets.ts'
import { Tokens } from '../access/tokens/tokens.ts'
import { Applications } from '../applications/applications.ts'
import { Audit, type ControlEvent } from '../audit/index.ts'
import { Backups } from '../backups/backups.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import { Namespace } from '../namespace/namespace.ts'
import { GrantTable } from '../shared-memory/grant-table.ts'
import { RateTable, type Rates } from '../shared-memory/rate-table.ts'
import { ShareTable } from '../shared-memory/share-table.ts'
import { Comparisons } from '../snapshots/comparison/comparisons.ts'
import * as drivers from '../snapshots/drivers/index.ts'
import { Hooks } from '../snapshots/hooks.ts'
import { Restores } from '../snapshots/restore/restores.ts'
import type { OnScheduled } from '../snapshots/schedule-run.ts'
import { Scheduler } from '../snapshots/scheduler.ts'
import { Schedules } from '../snapshots/schedules.ts'
import { Snapshots } from '../snapshots/snapshots.ts'
import type { Logger } from '../telemetry/log.ts'
import { Moves } from '../transfers/moves/moves.ts'
import type { MovingPlane } from '../transfers/moves/moving-plane.ts'
import { Exports } from '../transfers/exports.ts'
import { Imports } from '../transfers/imports.ts'
import { AccessNotices } from './access-notices.ts'
import { SharePlaces } from './share-places.ts'
import { definitionOfSnapshot } from './snapshot-volumes.ts'
export interface ControlPlaneOptions {
  readonly config: Config
  /** The data directory, whose lock the caller holds. */
  readonly directory: string
  readonly laneCount: number
  readonly log: Logger
  readonly onFatal: (error: Error) => void
  /** What lanes do for snapshots and moves. */
  readonly dataPlane: MovingPlane
  /** A share or snapshot is served no more: lanes let go of it. */
  readonly onShareGone: (shareId: number) => void
}

/** Days without a call after which a grant ends: its client, if it comes back, mounts again. */
const grantIdleDaysMax = 30

/** The parts, each of which knows one thing. */
export interface Services {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly rules: Rules
  readonly tokens: Tokens
  readonly tickets: Tickets
  readonly hosts: Hosts
  readonly audit: Audit
  readonly grants: Grants
  readonly mounts: Mounts
  readonly backupView: BackupView
  readonly snapshotFolders: SnapshotFolders
  readonly snapshots: Snapshots
  readonly comparisons: Comparisons
  readonly restores: Restores
  readonly moves: Moves
  readonly backups: Backups
  readonly imports: Imports
  readonly exports: Exports
  readonly schedules: Schedules
  /** Not begun yet: it is when lanes can hold shares. */
  readonly scheduler: Scheduler
  readonly delay: RefusalDelay
}

/** The parts, and what they tell the lanes by. */
export interface OpenServices {
  readonly services: Services
  readonly grantTable: GrantTable
  readonly shareTable: ShareTable
  readonly rates: Rates
  readonly notices: AccessNotices
  readonly places: SharePlaces
}

/**
 * Opens the parts, each with those it needs. What closes them again goes into `undo`, in this order.
 * @throws {StartError} for what an operator can mend
 */
export async function openServices(
  options: ControlPlaneOptions,
  undo: (() => unknown)[],
): Promise<OpenServices> {
  const { config, directory, laneCount, log, onFatal } = options
  const opened = <T extends { close(): unknown }>(service: T): T => {
    undo.push(() => service.close())
    return service
  }
  const onWarning = (message: string, err: unknown) => log.warn({ err }, message)
  const catalog = opened(await openCatalog({ directory, log }))
  const namespace = opened(
    await Namespace.open({
      catalog,
      dataDirectory: directory,
      onWarning,
      shareCountMax: config.limits.shares,
    }),
  )
  await namespace.declare(config.shares)
  const applications = opened(new Applications({ catalog, log }))
  applications.onChange(({ id }) => {
    namespace.shares
      .renewRecords(id)
      .catch((err: unknown) => onWarning('records beside the shares are old', err))
  })
  const rules = await Rules.open({ catalog, builtIn: builtInRules })
  const tokens = opened(await Tokens.open({ catalog, log }))
  const tickets = opened(await Tickets.open({ catalog, tokens, log }))
  const hosts = await Hosts.open({ catalog })
  const onLog: Parameters<typeof Audit.start>[0]['onLog'] = ({ level, message, fields }) =>
    log[level](fields, message)
  const audit = opened(
    await Audit.start({ directory: join(directory, 'audit'), catalog, onLog, onDeath: onFatal }),
  )

  const places = new SharePlaces(config, namespace)
  const grantTable = GrantTable.create(config.limits.grants)
  const shareTable = ShareTable.create(config.limits.shares, laneCount)
  const rates = {
    shares: RateTable.create(config.limits.shares),
    grants: RateTable.create(config.limits.grants),
  }
  const { tree } = namespace
  const permissions = new Permissions(rules.policy, namespace, clientListsOf(config, namespace))
  const judge = new GrantJudge({ tree, permissions, tokens, hosts })
  const notices = new AccessNotices({ audit, applications, namespace, log })
  const grants = opened(
    await Grants.open({
      catalog,
      table: grantTable,
      rates: rates.grants,
      judge: (grant) => judge.judge(grant),
      onEnd: (grant, reason) => notices.grantEnded(grant, reason),
      now: Date.now,
      idleDaysMax: grantIdleDaysMax,
      onError: (message, err) => log.error({ err }, message),
    }),
  )
  const hooks = new Hooks({ permissions: config.hooks, log })
  const snapshots = opened(
    await Snapshots.open({
      ...{ catalog, namespace, applications, drivers, log, dataPlane: options.dataPlane },
      hooks,
    }),
  )
  const comparisons = opened(new Comparisons(snapshots))
  const restores = opened(await Restores.open({ catalog, namespace, applications, snapshots, log }))
  const schedules = new Schedules({ catalog, namespace, applications, hooks })
  const moves = opened(
    await Moves.open({
      ...{ catalog, namespace, snapshots, log, dataPlane: options.dataPlane },
      definition: (share) => places.definition(share),
      isMounted: (id) => [...grants.living()].some(({ shareId }) => shareId === id),
    }),
  )
  const backups = opened(
    await Backups.open({
      ...{ catalog, namespace, applications, snapshots, comparisons, restores, schedules, audit, log },
      ...{ config: config.backups, protection: config.protection, dataDirectory: directory },
    }),
  )
  const imports = opened(new Imports({ config: config.imports, namespace, applications, log }))
  const exports = opened(new Exports({ snapshots, log }))
  const scheduler = opened(
    new Scheduler({
      ...{ catalog, schedules, snapshots, log },
      isNeeded: (snapshot) => backups.isNeeded(snapshot),
      onScheduled: (schedule, deed, snapshot) => {
        audit.record(scheduledEvent(schedule, deed, snapshot))
        if (deed === 'made') backups.beginScheduled(schedule, snapshot)
      },
    }),
  )
  const snapshotsOf = (shareId: number) => snapshots.of(shareId)
  const snapshotDefinition = (id: number) => definitionOfSnapshot(snapshots, places, id)
  const delay = new RefusalDelay()
  const backupView = new BackupView({
    ...{ tree, permissions, grants, judge, snapshotsOf, definition: snapshotDefinition },
    onMount: (notice) => notices.mounted(notice),
    onRefusal: (notice) => notices.refused(notice),
    now: Date.now,
  })
  snapshots.deletions.useReaders((snapshot) => backupView.isReading(snapshot))
  const snapshotFolders = new SnapshotFolders({
    ...{ grants, judge, permissions, snapshotsOf, definition: snapshotDefinition },
    share: (id) => namespace.livingShare(id),
  })
  const mounts = new Mounts({
    tree,
    permissions,
    grants,
    tokens,
    tickets,
    judge,
    delay,
    backupView,
    definition: (share) => places.definition(share),
    onMount: (notice) => notices.mounted(notice),
    onRefusal: (notice) => notices.refused(notice),
    now: Date.now,
  })
  const services = {
    catalog,
    namespace,
    applications,
    rules,
    tokens,
    tickets,
    hosts,
    audit,
    grants,
    mounts,
    backupView,
    snapshotFolders,
    snapshots,
    comparisons,
    restores,
    moves,
    backups,
    imports,
    exports,
    schedules,
    scheduler,
    delay,
  }
  return { services, grantTable, shareTable, rates, notices, places }
}

/** What the audit is told of what a schedule does. */
function scheduledEvent(...[{ id, name }, deed, snapshot]: Parameters<OnScheduled>): ControlEvent {
  return {
    kind: 'system',
    subject: `schedule:${name}`,
    address: '',
    shareId: snapshot.shareId,
    operation: deed === 'made' ? 'CREATE_SNAPSHOT' : 'DELETE_SNAPSHOT',
    path: snapshot.path,
    result: 'OK',
    detail: { schedule: id, snapshot: snapshot.id, name: snapshot.name },
  }
}

/** Who may use the shares of the configuration file without a token. */
function clientListsOf({ shares }: Config, namespace: Namespace): ClientLists {
  const clientsByPath = new Map(shares.map(({ path, clients }) => [path, clients]))
  const declared = [...namespace.shares.all()].filter(({ origin }) => origin === 'config')
  return new ClientLists(declared.map(({ id, path }) => ({ id, clients: clientsByPath.get(path) ?? [] })))
}

import { BackupView } from '../../../src/access/backup-view.ts'
import { ClientLists } from '../../../src/access/client-lists.ts'
import { GrantJudge } from '../../../src/access/grant-judge.ts'
import { Grants } from '../../../src/access/grants.ts'
import { Hosts } from '../../../src/access/hosts/hosts.ts'
import { Mounts, type MountNotice, type RefusalNotice } from '../../../src/access/mounts.ts'
import { Permissions } from '../../../src/access/permissions.ts'
import { builtInRules } from '../../../src/access/policy/built-in-rules.ts'
import { Rules } from '../../../src/access/policy/rules.ts'
import { RefusalDelay } from '../../../src/access/refusal-delay.ts'
import { SnapshotFolders } from '../../../src/access/snapshot-folders.ts'
import { Tickets } from '../../../src/access/tickets/tickets.ts'
import { Tokens } from '../../../src/access/tokens/tokens.ts'
import { GrantTable } from '../../../src/shared-memory/grant-table.ts'
import { RateTable } from '../../../src/shared-memory/rate-table.ts'
import { TemporaryNamespace } from '../namespace/fixture.ts'

/** Everything that decides about mounts, over a real catalog and real directories. */
export interface AccessFixture {
  readonly space: TemporaryNamespace
  readonly rules: Rules
  readonly tokens: Tokens
  readonly tickets: Tickets
  readonly hosts: Hosts
  readonly grants: Grants
  readonly mounts: Mounts
  readonly table: GrantTable
  readonly rates: RateTable
  readonly delay: RefusalDelay
  readonly mounted: MountNotice[]
  readonly refused: RefusalNotice[]
  /** How long refusals were to wait, ms: no test does. */
  readonly waits: number[]
  readonly ended: [number: number, reason: string][]
  /** What snapshots there are of each share, newest first. They lie nowhere. */
  readonly snapshots: Map<
    number,
    {
      readonly id: number
      readonly name: string
      readonly cutAt: number
      readonly changedAt: number
    }[]
  >
  readonly backupView: BackupView
  readonly snapshotFolders: SnapshotFolders
  /** All grants taken up anew from the catalog, as after a restart. */
  reopenGrants(): Promise<{ grants: Grants; table: GrantTable }>
  close(): Promise<void>
}

/** `clients`: of the shares of the config file, by number. */
export async function openAccess(
  clients: Readonly<Record<number, readonly string[]>> = {},
): Promise<AccessFixture> {
  const space = await TemporaryNamespace.open()
  const { catalog, namespace } = space
  const now = () => space.clock
  const rules = await Rules.open({ catalog, builtIn: builtInRules, now })
  const tokens = await Tokens.open({ catalog, now })
  const tickets = await Tickets.open({ catalog, tokens, now })
  const hosts = await Hosts.open({ catalog, now })
  const lists = new ClientLists(
    Object.entries(clients).map(([id, some]) => ({ id: Number(id), clients: some })),
  )
  const permissions = new Permissions(rules.policy, namespace, lists)
  const judge = new GrantJudge({ tree: namespace.tree, permissions, tokens, hosts })
  const ended: [number, string][] = []
  const rates = RateTable.create(256)
  const openGrants = async (table: GrantTable) =>
    Grants.open({
      catalog,
      table,
      rates,
      judge: (grant) => judge.judge(grant),
      onEnd: ({ number }, reason) => ended.push([number, reason]),
      now,
      idleDaysMax: 30,
      onError: (message, error) => {
        throw new Error(message, { cause: error })
      },
    })
  const table = GrantTable.create(256)
  const grants = await openGrants(table)
  const waits: number[] = []
  const delay = new RefusalDelay(now)
  const mounted: MountNotice[] = []
  const refused: RefusalNotice[] = []
  const snapshots: AccessFixture['snapshots'] = new Map()
  const snapshotsOf = (shareId: number) => snapshots.get(shareId) ?? []
  const definitionOf = (id: number) => {
    for (const [share, known] of snapshots)
      for (const { name } of known.filter((snapshot) => snapshot.id === id))
        return { id, path: `/share-${share}/.snapshot/${name}`, directory: '/nowhere', snapshotOf: { share } }
    return undefined
  }
  const backupView = new BackupView({
    ...{ tree: namespace.tree, permissions, grants, judge, snapshotsOf, definition: definitionOf, now },
    onMount: (notice) => mounted.push(notice),
    onRefusal: (notice) => refused.push(notice),
  })
  const snapshotFolders = new SnapshotFolders({
    ...{ grants, judge, permissions, snapshotsOf, definition: definitionOf },
    share: (id) => namespace.livingShare(id),
  })
  const mounts = new Mounts({
    tree: namespace.tree,
    permissions,
    grants,
    tokens,
    tickets,
    judge,
    delay,
    backupView,
    definition: (share) => ({
      id: share.id,
      path: share.path,
      directory: namespace.shares.directoryOf(share),
    }),
    onMount: (notice) => mounted.push(notice),
    onRefusal: (notice) => refused.push(notice),
    now,
    async wait(ms) {
      waits.push(ms)
    },
  })
  // As the gateway does.
  rules.onChange(() => mounts.forget())
  hosts.onChange(() => mounts.forget())
  namespace.onChange(() => mounts.forget())
  return {
    space,
    rules,
    tokens,
    tickets,
    hosts,
    grants,
    mounts,
    table,
    rates,
    delay,
    mounted,
    refused,
    waits,
    ended,
    snapshots,
    backupView,
    snapshotFolders,
    async reopenGrants() {
      await grants.close()
      const fresh = GrantTable.create(256)
      return { grants: await openGrants(fresh), table: fresh }
    },
    async close() {
      await grants.close()
      await tokens.close()
      tickets.close()
      await space.remove()
    },
  }
}

import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { ClientLists } from '../access/client-lists.ts'
import { GrantJudge } from '../access/grant-judge.ts'
import { Grants } from '../access/grants.ts'
import { Hosts } from '../access/hosts/hosts.ts'
import { Mounts } from '../access/mounts.ts'
import { Permissions } from '../access/permissions.ts'
import { builtInRules } from '../access/policy/built-in-rules.ts'
import { Rules } from '../access/policy/rules.ts'
import { RefusalDelay } from '../access/refusal-delay.ts'
import { Tickets } from '../access/tickets/tickets.ts'
import { Tokens } from '../access/tokens/tokens.ts'
import { Applications } from '../applications/applications.ts'
import { Audit } from '../audit/index.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { Config } from '../config/config.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import type { Answers, Question } from '../lanes/messages.ts'
import type { NamespaceEvent } from '../namespace/events.ts'
import { Namespace } from '../namespace/namespace.ts'
import { GrantTable } from '../shared-memory/grant-table.ts'
import { ShareTable, type ShareState } from '../shared-memory/share-table.ts'
import type { Logger } from '../telemetry/log.ts'
import { UsageCounter } from '../usage/index.ts'
import { AccessNotices } from './access-notices.ts'

export interface ControlPlaneOptions {
  readonly config: Config
  /** The data directory, whose lock the caller holds. */
  readonly directory: string
  readonly laneCount: number
  readonly log: Logger
  readonly onFatal: (error: Error) => void
  /** A share is served no more: lanes let go of it. */
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
  readonly delay: RefusalDelay
}

/**
 * Everything that decides and remembers, in the main thread: namespace, applications, policy, tokens, grants, audit. The
 * lanes see what follows from it in two tables of shared memory, and ask here what those do not tell.
 */
export class ControlPlane {
  readonly services: Services
  readonly grantTable: GrantTable
  readonly shareTable: ShareTable
  readonly usage: UsageCounter
  readonly notices: AccessNotices
  readonly #options: ControlPlaneOptions
  readonly #undo: readonly (() => unknown)[]

  /** Opens all of it or, failing that, nothing. @throws {StartError} for what an operator can mend. */
  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const undo: (() => unknown)[] = []
    try {
      return await ControlPlane.#open(options, undo)
    } catch (error) {
      for (const step of undo.reverse()) await step()
      throw error
    }
  }

  static async #open(options: ControlPlaneOptions, undo: (() => unknown)[]): Promise<ControlPlane> {
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

    const grantTable = GrantTable.create(config.limits.grants)
    const shareTable = ShareTable.create(config.limits.shares, laneCount)
    const { tree } = namespace
    const permissions = new Permissions(rules.policy, namespace, clientListsOf(config, namespace))
    const judge = new GrantJudge({ tree, permissions, tokens, hosts })
    const notices = new AccessNotices({ audit, applications, namespace, log })
    const grants = opened(
      await Grants.open({
        catalog,
        table: grantTable,
        judge: (grant) => judge.judge(grant),
        onEnd: (grant, reason) => notices.grantEnded(grant, reason),
        now: Date.now,
        idleDaysMax: grantIdleDaysMax,
        onError: (message, err) => log.error({ err }, message),
      }),
    )
    const delay = new RefusalDelay()
    const mounts = new Mounts({
      tree,
      permissions,
      grants,
      tokens,
      tickets,
      judge,
      delay,
      definition: (share) => definitionOf(namespace, share),
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
      delay,
    }
    return new ControlPlane(options, services, { grantTable, shareTable, notices }, undo)
  }

  private constructor(
    options: ControlPlaneOptions,
    services: Services,
    parts: Pick<ControlPlane, 'grantTable' | 'shareTable' | 'notices'>,
    undo: (() => unknown)[],
  ) {
    this.#options = options
    this.#undo = undo
    this.services = services
    this.grantTable = parts.grantTable
    this.shareTable = parts.shareTable
    this.notices = parts.notices
    const { namespace, audit, grants, mounts, rules, tokens, hosts } = services
    for (const share of namespace.shares.all()) this.#put(share)
    this.usage = this.#countUsage()
    undo.push(() => this.usage.close())
    audit.describeGrants([...grants.living()])
    const judgeAll = () => {
      mounts.forget()
      // Nothing is thrown but by a bug, which then ends the process.
      void grants.judgeAll()
    }
    namespace.onChange((event) => this.#followNamespace(event))
    rules.onChange(judgeAll)
    hosts.onChange(judgeAll)
    tokens.onChange((id, event) => {
      if (event === 'changed') grants.judgeWhere(({ tokenId }) => tokenId === id)
      else
        grants.endWhere(
          ({ tokenId }) => tokenId === id,
          `its token has ${event === 'revoked' ? 'been revoked' : event}`,
        )
    })
  }

  /** Shares that lanes open before anybody calls: the declared ones, and those of which somebody holds handles. */
  sharesToOpen(): (ShareDefinition & { readonly required: boolean })[] {
    const { namespace, grants } = this.services
    const held = new Set([...grants.living()].map(({ shareId }) => shareId))
    return [...namespace.shares.all()]
      .filter(({ id, origin }) => origin === 'config' || held.has(id))
      .map((share) => ({ ...definitionOf(namespace, share), required: share.origin === 'config' }))
  }

  /** Answers a lane. */
  async answer(question: Question): Promise<Answers[Question['kind']]> {
    const { mounts, namespace } = this.services
    switch (question.kind) {
      case 'mount':
        return mounts.mount(question.peer, question.path)
      case 'unmount':
        mounts.unmount(question.peer, question.path)
        return undefined
      case 'exports':
        return mounts.exports(question.peer)
      case 'dump':
        return mounts.dump(question.peer)
      case 'share': {
        const share = namespace.livingShare(question.id)
        return share && definitionOf(namespace, share)
      }
      case 'folder': {
        const folder = await mounts.folder(question.grant, question.folder)
        return typeof folder === 'number' ? { status: folder } : { status: Nfsstat3.OK, folder }
      }
      case 'enter':
        return mounts.enter(question.grant, question.folder, question.name, question.peer)
    }
  }

  /** Writes down what only memory knows, and closes. The lanes have ended. */
  async close(): Promise<void> {
    for (const step of [...this.#undo].reverse()) await step()
  }

  #countUsage(): UsageCounter {
    const { log, directory, onFatal } = this.#options
    const { namespace } = this.services
    const countable = (share: ShareRecord) => ({
      id: share.id,
      directory: namespace.shares.directoryOf(share),
      countedAt: share.countedAt,
    })
    return UsageCounter.start({
      table: this.shareTable,
      *shares() {
        for (const share of namespace.shares.all()) yield countable(share)
      },
      share(id) {
        const share = namespace.livingShare(id)
        return share && countable(share)
      },
      dataDirectory: directory,
      save: (usages) => namespace.shares.saveUsage(usages),
      onLog: ({ level, message, fields }) => log[level](fields, message),
      onDeath: onFatal,
    })
  }

  #put(share: ShareRecord): void {
    const { id, path, usedBytes, usedFiles } = share
    this.services.audit.describeShares([{ id, path }])
    this.shareTable.add(id, this.#stateOf(share), { bytes: usedBytes, files: usedFiles })
  }

  #stateOf(share: ShareRecord): ShareState {
    const { id, linkId, readOnly, durability, quotaBytes, quotaFiles, audit, snapshotAccess } = share
    const targets = linkId === null ? [] : (this.services.namespace.tree.get(linkId)?.targets ?? [])
    const offline = targets.some(({ shareId, state }) => shareId === id && state === 'offline')
    return {
      readOnly,
      relaxed: durability === 'relaxed',
      offline,
      audit,
      listsSnapshots: snapshotAccess === 'visible',
      quotaBytes: quotaBytes ?? undefined,
      quotaFiles: quotaFiles ?? undefined,
    }
  }

  #followNamespace(event: NamespaceEvent): void {
    this.services.mounts.forget()
    const { namespace, grants, audit } = this.services
    switch (event.kind) {
      case 'share-added':
      case 'share-undeleted': {
        const share = namespace.livingShare(event.shareId)
        if (share !== undefined) this.#put(share)
        if (event.kind === 'share-undeleted') this.usage.count(event.shareId)
        return
      }
      case 'share-changed': {
        const share = namespace.livingShare(event.shareId)
        if (share !== undefined) this.shareTable.change(event.shareId, this.#stateOf(share))
        grants.judgeWhere(({ shareId }) => shareId === event.shareId)
        return
      }
      case 'share-deleted':
        this.shareTable.remove(event.shareId)
        grants.endWhere(({ shareId }) => shareId === event.shareId, 'the share was deleted')
        audit.forgetShare(event.shareId)
        {
          this.#options.onShareGone(event.shareId)
          return
        }
      case 'targets-changed':
        for (const { shareId } of namespace.tree.get(event.linkId)?.targets ?? []) {
          const share = shareId === null ? undefined : namespace.livingShare(shareId)
          if (share !== undefined) this.shareTable.change(share.id, this.#stateOf(share))
        }
        {
          grants.judgeWhere(({ nodeId }) => nodeId === event.linkId)
          return
        }
      case 'node-moved':
        for (const id of event.shareIds) {
          const share = namespace.livingShare(id)
          if (share !== undefined) audit.describeShares([{ id, path: share.path }])
        }
        // What a path is called decides what rules say of it.
        return void grants.judgeAll()
      case 'node-removed': {
        grants.endWhere(({ nodeId }) => nodeId === event.nodeId, 'the path was removed')
        return
      }
      case 'node-added':
      case 'node-changed':
      case 'share-purged':
        return
    }
  }
}

function definitionOf(namespace: Namespace, share: ShareRecord): ShareDefinition {
  return { id: share.id, path: share.path, directory: namespace.shares.directoryOf(share) }
}

/** Who may use the shares of the configuration file without a token. */
function clientListsOf({ shares }: Config, namespace: Namespace): ClientLists {
  const clientsByPath = new Map(shares.map(({ path, clients }) => [path, clients]))
  const declared = [...namespace.shares.all()].filter(({ origin }) => origin === 'config')
  return new ClientLists(declared.map(({ id, path }) => ({ id, clients: clientsByPath.get(path) ?? [] })))
}

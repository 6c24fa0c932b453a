import { Nfsstat3 } from 'nfs-server-ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import type { Answers, Question } from '../lanes/messages.ts'
import type { NamespaceEvent } from '../namespace/events.ts'
import { type GrantTable } from '../shared-memory/grant-table.ts'
import type { Rates } from '../shared-memory/rate-table.ts'
import { isSnapshotNumber, sidecarOf } from '../shared-memory/share-number.ts'
import { type ShareTable, type ShareState } from '../shared-memory/share-table.ts'
import { UsageCounter } from '../usage/index.ts'
import { type AccessNotices } from './access-notices.ts'
import type { SharePlaces } from './share-places.ts'
import { definitionOfSnapshot } from './snapshot-volumes.ts'
import { openServices, type ControlPlaneOptions, type OpenServices, type Services } from './services.ts'

/**
 * Everything that decides and remembers, in the main thread: namespace, applications, policy, tokens, grants, audit. The
 * lanes see what follows from it in two tables of shared memory, and ask here what those do not tell.
 */
export class ControlPlane {
  readonly services: Services
  readonly grantTable: GrantTable
  readonly shareTable: ShareTable
  readonly rates: Rates
  readonly usage: UsageCounter
  readonly notices: AccessNotices
  readonly #places: SharePlaces
  #hasEnded = false
  readonly #options: ControlPlaneOptions
  readonly #undo: readonly (() => unknown)[]

  /** Opens all of it or, failing that, nothing. @throws {StartError} for what an operator can mend. */
  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const undo: (() => unknown)[] = []
    try {
      return new ControlPlane(options, await openServices(options, undo), undo)
    } catch (error) {
      for (const step of undo.reverse()) await step()
      throw error
    }
  }

  private constructor(
    options: ControlPlaneOptions,
    { services, ...parts }: OpenServices,
    undo: (() => unknown)[],
  ) {
    this.#options = options
    this.#undo = undo
    this.services = services
    this.grantTable = parts.grantTable
    this.shareTable = parts.shareTable
    this.rates = parts.rates
    this.notices = parts.notices
    this.#places = parts.places
    const { namespace, audit, grants, mounts, rules, tokens, hosts, snapshots, restores } = services
    for (const share of namespace.shares.all()) this.#put(share)
    this.usage = this.#countUsage()
    undo.push(async () => {
      this.#hasEnded = await this.usage.close()
    })
    audit.describeGrants([...grants.living()])
    const judgeAll = () => {
      mounts.forget()
      // Nothing is thrown but by a bug, which then ends the process.
      void grants.judgeAll()
    }
    namespace.onChange((event) => this.#followNamespace(event))
    snapshots.onChange(({ kind, snapshot }) => {
      mounts.forget()
      if (kind !== 'snapshot-removed') return
      this.#options.onShareGone(snapshot.id)
      this.#options.onShareGone(sidecarOf(snapshot.id))
    })
    restores.onRestored((shareId) => this.usage.count(shareId))
    services.moves.onMoved((shareId) => this.usage.moved(shareId))
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
      .map((share) => ({ ...this.#places.definition(share), required: share.origin === 'config' }))
  }

  /** Answers a lane. */
  async answer(question: Question): Promise<Answers[Question['kind']]> {
    const { mounts } = this.services
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
      case 'share':
        return this.#definition(question.id)
      case 'folder': {
        const folder = await this.#folder(question)
        return typeof folder === 'number' ? { status: folder } : { status: Nfsstat3.OK, folder }
      }
      case 'enter':
        return this.#enter(question)
    }
  }

  /** Writes down what only memory knows, and closes. The lanes have ended. Answers whether all threads of it have, too. */
  async close(): Promise<boolean> {
    for (const step of [...this.#undo].reverse()) await step()
    return this.#hasEnded
  }

  /** What lanes open for a number; undefined when it is no more. */
  #definition(id: number): ShareDefinition | undefined {
    const { namespace, snapshots } = this.services
    if (!isSnapshotNumber(id)) {
      const share = namespace.livingShare(id)
      return share && this.#places.definition(share)
    }
    return definitionOfSnapshot(snapshots, this.#places, id)
  }

  async #folder({ tree, grant, folder }: Question & { kind: 'folder' }) {
    const { mounts, backupView, snapshotFolders } = this.services
    if (tree === 'snapshots') return snapshotFolders.folder(grant, folder)
    return (tree === 'backup' ? backupView : mounts).folder(grant, folder)
  }

  async #enter({ tree, grant, folder, name, peer }: Question & { kind: 'enter' }) {
    const { mounts, backupView, snapshotFolders } = this.services
    if (tree === 'snapshots') return snapshotFolders.enter(grant, folder, name)
    return (tree === 'backup' ? backupView : mounts).enter(grant, folder, name, peer)
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
    this.rates.shares.set(id, share)
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
      closesSnapshots: snapshotAccess === 'backup',
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
        if (share !== undefined) {
          this.shareTable.change(event.shareId, this.#stateOf(share))
          this.rates.shares.set(event.shareId, share)
        }
        grants.judgeWhere(({ shareId }) => shareId === event.shareId)
        return
      }
      case 'share-deleted':
        this.shareTable.remove(event.shareId)
        this.rates.shares.remove(event.shareId)
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

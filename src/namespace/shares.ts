import { join } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../service/page.ts'
import {
  insertShare,
  nextShareId,
  shareById,
  noteOwnership,
  updateShare,
  updateUsage,
  type ShareRecord,
  type ShareUsage,
} from '../catalog/shares.ts'
import type { StoreRecord } from '../catalog/stores.ts'
import { insertTarget } from '../catalog/targets.ts'
import { checkCount, checkVersion } from '../service/checks.ts'
import type { FileStep } from './file-steps.ts'
import { mirrored, moveMap } from './layout.ts'
import { stepsToMakeRoom } from './move.ts'
import { formatPath, isWithin, parsePath } from './names.ts'
import { shown } from '../service/shown.ts'
import { announceNodes, checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import { contentDefaults, contentOf, rootOf, type NewShare, type ShareContent } from './share-content.ts'
import { newShare, targetOf } from './new-share.ts'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import { shareIdMax, type NamespaceState } from './state.ts'
import { changeStore, leaveStore, type FormerStore, type StoreChange } from './store-change.ts'
import type { Stores } from './stores.ts'
import { deleteShare, deletionOf, undeleteShare, type ShareDeletion } from './tombstones.ts'

/** Numbers that are left out, at most, for a share to have the one that it had: there must stay some to be given. */
const numberSkipMax = 100_000

export interface ShareFilter {
  /** At or below this logical path. */
  readonly below?: string
  readonly applicationId?: string
  readonly store?: string
  /** All of these. */
  readonly labels?: Readonly<Record<string, string>>
  /** `living` if absent. */
  readonly state?: 'living' | 'deleted'
}

/** Directories with a logical path, a quota, an owner: what clients mount. */
export class Shares {
  readonly #state: NamespaceState
  readonly #stores: Stores
  /** How long the data of a deleted share is kept. */
  readonly #graceMs: number

  constructor(state: NamespaceState, stores: Stores, graceMs: number) {
    this.#state = state
    this.#stores = stores
    this.#graceMs = graceMs
  }

  /** A share that is living or can be undeleted. @throws {ServiceError} `not-found` */
  get(id: number): ShareRecord {
    return this.#state.share(id)
  }

  /** The share that has exactly this logical path. @throws {ServiceError} `invalid` or `not-found` */
  at(path: string): ShareRecord {
    const names = parsePath(path)
    const node = this.#state.tree.find(names)
    const share = node && this.#state.shareOfLink(node)
    if (share === undefined) throw new ServiceError('not-found', `there is no share ${formatPath(names)}`)
    return share
  }

  /** All living shares and, with `deleted`, all that can be undeleted: in memory, as they are now. */
  *all(state: 'living' | 'deleted' = 'living'): Generator<ShareRecord> {
    for (const share of this.#state.shares.values())
      if (
        (share.deletedAt === null) === (state === 'living') &&
        (share.deletedAt === null || share.store !== null)
      )
        yield share
  }

  /** By number. @throws {ServiceError} `invalid` */
  list({ after, limit }: PageRequest, filter: ShareFilter = {}): Page<ShareRecord> {
    const first = after === undefined ? 0 : checkCount('after', Number(after), 0, shareIdMax)
    checkCount('limit', limit, 1, pageLimitMax)
    const below = filter.below === undefined ? '/' : formatPath(parsePath(filter.below))
    const wantedLabels = Object.entries(filter.labels ?? {})
    const found: ShareRecord[] = []
    for (const share of this.all(filter.state)) {
      const { id, path, applicationId, store, labels } = share
      const fits =
        id > first &&
        isWithin(path, below) &&
        (filter.applicationId ?? applicationId) === applicationId &&
        (filter.store ?? store) === store &&
        wantedLabels.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
      if (fits) found.push(share)
    }
    found.sort((a, b) => a.id - b.id)
    return pageOf(found.slice(0, limit + 1), limit, ({ id }) => String(id))
  }

  /** Absolute path of its files: of a deleted one, where they wait. */
  directoryOf(share: ShareRecord): string {
    return this.#state.directoryOfShare(share)
  }

  /**
   * Makes a share: folders, link, directory and all.
   * @throws {ServiceError} `invalid`, `exists`, `conflict`, `limit`, `not-found`, `forbidden` or `unavailable`
   */
  create(wanted: NewShare): Promise<ShareRecord> {
    return this.#insert(wanted, (store, path, identity) => {
      const root = rootOf(wanted, identity)
      return { kind: 'make', store, path, ...root, asSubvolume: true }
    })
  }

  /**
   * Makes a share of a directory that is there, with all that is in it: it is renamed to its place.
   * @param from of the store's directory, whose name is given
   * @throws as {@link create} does
   */
  adopt(wanted: NewShare & { readonly store: string }, from: string): Promise<ShareRecord> {
    return this.#insert(wanted, (store, to) => ({ kind: 'rename', store, from, to }))
  }

  /**
   * Refuses what {@link create} would refuse now, and answers the store that it would lie in.
   * @throws {ServiceError} as it does
   */
  async check(wanted: NewShare): Promise<StoreRecord> {
    checkFree(this.#state, parsePath(wanted.path))
    await contentOf(this.#state.catalog.db, wanted, contentDefaults)
    return this.#stores.place(wanted)
  }

  async #insert(
    wanted: NewShare,
    step: (store: string, directory: string, identity: IdentityRule) => FileStep,
  ): Promise<ShareRecord> {
    return this.#state.turns.take(async () => {
      const { catalog, tree, shares, now } = this.#state
      const names = parsePath(wanted.path)
      checkFree(this.#state, names)
      const content = await contentOf(catalog.db, wanted, contentDefaults)
      const store = this.#stores.place(wanted)
      const path = formatPath(names)
      const directory = mirrored(path)
      const last = step(store.name, directory, content.identity)
      const room = await stepsToMakeRoom(store.name, store.directory, directory)
      const id = await this.#numberFor(wanted)
      const at = now()

      const { made, share } = await this.#state.carryOut({
        steps: [...room, last],
        records: [id],
        write: async (db) => {
          const made = await insertPath(this.#state, db, names, { kind: 'link' }, at)
          const linkId = made.at(-1)!.id
          const share = newShare(
            { id, origin: 'api', store: store.name, directory, linkId, path, ...content },
            at,
          )
          await insertShare(db, share)
          const target = await insertTarget(db, targetOf(share))
          await noteOwnership(db, id, at)
          return { made, share, target }
        },
        apply: ({ made, share, target }) => {
          rememberNodes(this.#state, made)
          tree.putTarget(target)
          shares.set(id, share)
        },
      })
      announceNodes(this.#state, made)
      this.#state.emit({ kind: 'share-added', shareId: id })
      return share
    })
  }

  /** @throws {ServiceError} `not-found`, `invalid`, `stale`, or `conflict` for a deleted or declared share */
  async update(id: number, wanted: ShareContent, ifVersion?: number): Promise<ShareRecord> {
    return this.#state.turns.take(async () => {
      const share = this.#changeable(id, ifVersion)
      const content = await contentOf(this.#state.catalog.db, wanted, share)
      const changed = (Object.keys(content) as (keyof typeof content)[]).filter(
        (key) => JSON.stringify(content[key]) !== JSON.stringify(share[key]),
      )
      if (changed.length === 0) return share
      const at = this.#state.now()
      const record = { ...share, ...content, changedAt: at, version: share.version + 1 }
      await this.#state.carryOut({
        records: [id],
        write: async (db) => {
          await updateShare(db, record)
          if (changed.includes('applicationId')) await noteOwnership(db, id, at)
        },
        apply: () => this.#state.shares.set(id, record),
      })
      this.#state.emit({ kind: 'share-changed', shareId: id, changed })
      return record
    })
  }

  /** What {@link delete} would do. @throws {ServiceError} `not-found` or `conflict` */
  deletionOf(id: number): ShareDeletion {
    return deletionOf(this.#state, this.#changeable(id, undefined), this.#graceMs)
  }

  /**
   * Takes a share away from its path and its clients. Its data is moved aside and kept for the grace period.
   * @throws {ServiceError} `not-found`, `stale`, `conflict` or `unavailable`
   */
  async delete(id: number, actor: string, ifVersion?: number): Promise<ShareRecord> {
    return this.#state.turns.take(() =>
      deleteShare(this.#state, this.#changeable(id, ifVersion), actor, this.#graceMs),
    )
  }

  /**
   * Puts a deleted share back, at its old path or another.
   * @throws {ServiceError} `not-found`, `invalid`, `exists`, `stale`, `conflict` or `unavailable`
   */
  async undelete(
    id: number,
    { path, ifVersion }: { readonly path?: string; readonly ifVersion?: number } = {},
  ): Promise<ShareRecord> {
    return this.#state.turns.take(async () => {
      const share = this.#state.share(id)
      checkVersion(`share ${id}`, share.version, ifVersion)
      return undeleteShare(this.#state, share, path ?? share.path)
    })
  }

  /**
   * Makes a living share one of another store, where its files are, while its clients are held. `check` is asked right
   * before, with the share as it is then.
   * @throws {ServiceError} `not-found`, `stale`, `conflict`, `exists` or `unavailable`; then it is where it was
   */
  async changeStore(
    id: number,
    wanted: StoreChange,
    check: (share: ShareRecord) => void,
  ): Promise<ShareRecord> {
    return this.#state.turns.take(async () => {
      const share = this.#changeable(id, undefined)
      check(share)
      return changeStore(this.#state, share, wanted)
    })
  }

  /** Removes what was beside the files of a share in a store that it has left. @throws {ServiceError} `unavailable` */
  async leaveStore(id: number, former: FormerStore): Promise<void> {
    await this.#state.turns.take(() => leaveStore(this.#state, this.#state.share(id), former))
  }

  /** Absolute path of the map that says what clients call the files of a share; undefined: it was never moved. */
  moveMapOf({ id, store, moves }: ShareRecord): string | undefined {
    if (store === null || moves === 0) return undefined
    return join(this.#state.stores.get(store)!.directory, moveMap(id, moves))
  }

  /** Keeps what lanes and scans have counted. Shares that are gone are passed over. */
  async saveUsage(usages: readonly ShareUsage[]): Promise<void> {
    return this.#state.turns.take(async () => {
      const { catalog, shares } = this.#state
      const known = usages.filter(({ shareId }) => shares.has(shareId))
      await catalog.transaction(async (db) => {
        for (const usage of known) await updateUsage(db, usage)
      })
      for (const { shareId, bytes, files, countedAt } of known) {
        const share = shares.get(shareId)!
        const counted = { usedBytes: bytes, usedFiles: files, countedAt: countedAt ?? share.countedAt }
        shares.set(shareId, { ...share, ...counted })
      }
    })
  }

  /** An application has changed: the records of its shares say so again. */
  async renewRecords(applicationId: string): Promise<void> {
    return this.#state.turns.take(async () => {
      const records: number[] = []
      for (const share of this.#state.shares.values())
        if (share.applicationId === applicationId) records.push(share.id)
      await this.#state.carryOut({ records, write: async () => {}, apply: () => {} })
    })
  }

  async #numberFor({ number }: NewShare): Promise<number> {
    const { db } = this.#state.catalog
    const next = await nextShareId(db)
    const isFree =
      number !== undefined &&
      number > 0 &&
      number < next + numberSkipMax &&
      (await shareById(db, number)) === undefined &&
      this.#state.freeShareId(number) === number
    return isFree ? number : this.#state.freeShareId(next)
  }

  /** A living share that is not declared elsewhere. */
  #changeable(id: number, ifVersion: number | undefined): ShareRecord {
    const share = this.#state.share(id)
    if (share.origin === 'config')
      throw new ServiceError(
        'conflict',
        `share ${shown(share.path)} is declared in the config file: change it there`,
      )
    if (share.deletedAt !== null)
      throw new ServiceError('conflict', `share ${id} is deleted: undelete it first`)
    checkVersion(`share ${id}`, share.version, ifVersion)
    return share
  }
}

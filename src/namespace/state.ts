import { join } from 'node:path'
import { v7 } from 'uuid'
import { ServiceError } from '../config/service-error.ts'
import type { Catalog, Db } from '../catalog/catalog.ts'
import { deleteIntent, putIntent } from '../catalog/intents.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { StoreRecord } from '../catalog/stores.ts'
import type { NamespaceEvent, NamespaceListener } from './events.ts'
import { takeBack, takeSteps, type FileStep } from './file-steps.ts'
import { settleRecords } from './record-keeping.ts'
import { readStoreFile } from './store-file.ts'
import type { Tree, TreeNode } from './tree.ts'
import { firstSnapshotNumber } from '../shared-memory/share-number.ts'
import { Turns } from '../service/turns.ts'

/** Kinds of intents, see {@link NamespaceState.carryOut}. */
export const IntentKind = {
  /** Steps on files whose change never reached the catalog: taken back. */
  TAKE_BACK: 'take-back-files',
  /** Shares whose records may be older than the catalog: written again. */
  WRITE_RECORDS: 'write-records',
  /** A share whose data is being removed: removed to the end. */
  PURGE: 'purge-share',
} as const

/** Highest number of a share: handles carry 32 bits. */
export const shareIdMax = firstSnapshotNumber - 1

/** One change of the namespace. */
export interface Change<T> {
  /** On the stores' directories, before the catalog. */
  readonly steps?: readonly FileStep[]
  /** Shares whose records must be written again, after the catalog. */
  readonly records?: readonly number[]
  /** In the catalog, all or nothing. */
  write(db: Db): Promise<T>
  /** In memory, once it is in the catalog. */
  apply(result: T): void
}

export interface StateOptions {
  readonly catalog: Catalog
  readonly tree: Tree
  readonly shares: readonly ShareRecord[]
  readonly stores: readonly StoreRecord[]
  readonly gatewayId: string
  /** Absolute path of the data directory. */
  readonly dataDirectory: string
  /** Most shares, deleted ones that can be undeleted among them. */
  readonly shareCountMax: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Something that did not keep a change from being done, but wants a look. */
  readonly onWarning: (message: string, error: unknown) => void
}

/** What the services of the namespace share: the whole of it in memory, and how a change is carried out. */
export class NamespaceState {
  readonly catalog: Catalog
  readonly tree: Tree
  /** All whose data is there: living and deleted, not purged. */
  readonly shares: Map<number, ShareRecord>
  readonly stores: Map<string, StoreRecord>
  /** Deleted shares whose data is being removed: there is no way back for them. */
  readonly purging = new Set<number>()
  readonly gatewayId: string
  readonly dataDirectory: string
  readonly now: () => number
  readonly #shareCountMax: number
  readonly warn: (message: string, error: unknown) => void
  readonly listeners = new Set<NamespaceListener>()
  readonly turns = new Turns()

  constructor(options: StateOptions) {
    this.catalog = options.catalog
    this.tree = options.tree
    this.shares = new Map(options.shares.map((share) => [share.id, share]))
    this.stores = new Map(options.stores.map((store) => [store.name, store]))
    this.gatewayId = options.gatewayId
    this.dataDirectory = options.dataDirectory
    this.now = options.now
    this.#shareCountMax = options.shareCountMax
    this.warn = options.onWarning
  }

  /** @throws {ServiceError} `not-found` */
  node(id: number): TreeNode {
    const node = this.tree.get(id)
    if (node === undefined) throw new ServiceError('not-found', `there is no folder or link ${id}`)
    return node
  }

  /** A share that is living or can be undeleted. @throws {ServiceError} `not-found` */
  share(id: number): ShareRecord {
    const share = this.shares.get(id)
    if (share === undefined) throw new ServiceError('not-found', `there is no share ${id}`)
    return share
  }

  /** A number for a new share: see {@link freeShareIds}. @throws {ServiceError} `limit` */
  freeShareId(first: number): number {
    return this.freeShareIds(first).next().value
  }

  /**
   * Numbers for new shares, from `first` on, one each time: to look which are taken takes as long as there are shares. No two
   * shares have numbers that are equal modulo the most there may be: lanes keep how a share stands at a place made of its
   * number. @throws {ServiceError} `limit`
   */
  *freeShareIds(first: number): Generator<number, never> {
    const countMax = this.#shareCountMax
    const taken = new Set([...this.shares.keys()].map((id) => id % countMax))
    for (let id = first; ; id++) {
      if (taken.size >= countMax)
        throw new ServiceError('limit', `there are ${countMax} shares already (limits.shares)`)
      if (id > shareIdMax) throw new ServiceError('limit', 'all numbers of shares have been given')
      if (taken.has(id % countMax)) continue
      taken.add(id % countMax)
      yield id
    }
  }

  /** The share that has its logical path from this link. */
  shareOfLink(node: TreeNode): ShareRecord | undefined {
    for (const { shareId } of node.targets) {
      const share = shareId === null ? undefined : this.shares.get(shareId)
      if (share?.linkId === node.id) return share
    }
    return undefined
  }

  /**
   * The directory of a store that is there: its disk is mounted, and it is the store it is taken for.
   * @throws {ServiceError} `unavailable`
   */
  readonly directoryOf = (name: string): string => {
    const store = this.stores.get(name)
    if (store === undefined) throw new ServiceError('unavailable', `there is no store ${name} any more`)
    let found: string | undefined
    try {
      const file = readStoreFile(store.directory)
      if (file?.store === name && file.gateway === this.gatewayId) return store.directory
      found = file && `it says that it is store ${file.store} of gateway ${file.gateway}`
    } catch (error) {
      found = (error as Error).message
    }
    throw new ServiceError(
      'unavailable',
      `store ${name} is not in ${store.directory}: ${found ?? 'is its filesystem mounted?'}`,
    )
  }

  /** Absolute path of a share's files, wherever they lie now. */
  directoryOfShare({ store, directory }: ShareRecord): string {
    return store === null ? directory : join(this.stores.get(store)!.directory, directory)
  }

  /**
   * Carries out a change in the files, the catalog and memory, in this order. What a crash leaves half done is known by
   * its intent: before the catalog has the change, the files are taken back; after it, only records are written again.
   * So the catalog alone says what is. To be called within a turn.
   * @throws what kept it from being done; then nothing is changed.
   */
  async carryOut<T>({ steps = [], records = [], write, apply }: Change<T>): Promise<T> {
    const { db } = this.catalog
    const intent = { id: v7(), createdAt: this.now() }
    if (steps.length > 0) await putIntent(db, { ...intent, kind: IntentKind.TAKE_BACK, detail: steps })
    let result: T
    try {
      await takeSteps(steps, this.directoryOf)
      result = await this.catalog.transaction(async (transaction) => {
        const written = await write(transaction)
        if (records.length > 0)
          await putIntent(transaction, { ...intent, kind: IntentKind.WRITE_RECORDS, detail: records })
        else await deleteIntent(transaction, intent.id)
        return written
      })
    } catch (error) {
      if (steps.length > 0) await this.#takeBack(intent.id, steps)
      throw error
    }
    apply(result)
    if (records.length > 0) await this.#writeRecords(intent.id, records)
    return result
  }

  emit(event: NamespaceEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  async #takeBack(intentId: string, steps: readonly FileStep[]): Promise<void> {
    try {
      await takeBack(steps, this.directoryOf)
      await deleteIntent(this.catalog.db, intentId)
    } catch (error) {
      // The intent stays: the next start tries again. What its caller must hear is the first error.
      this.warn('a failed change could not be taken back in its store yet', error)
    }
  }

  async #writeRecords(intentId: string, shareIds: readonly number[]): Promise<void> {
    try {
      await settleRecords(this, shareIds)
      await deleteIntent(this.catalog.db, intentId)
    } catch (error) {
      // The change itself is done and stays; its intent does too.
      this.warn('records beside the shares could not be written; they are at the next start', error)
    }
  }
}

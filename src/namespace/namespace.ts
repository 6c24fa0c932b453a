import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { v7 } from 'uuid'
import type { ShareConfig } from '../config/config.ts'
import { StartError } from '../config/error.ts'
import { ServiceError } from '../config/service-error.ts'
import { allAliases, deleteExpiredAliases } from '../catalog/aliases.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { fact, putFact } from '../catalog/facts.ts'
import { allNodes } from '../catalog/nodes.ts'
import { unpurgedShares, type ShareRecord } from '../catalog/shares.ts'
import { allStores } from '../catalog/stores.ts'
import { allTargets } from '../catalog/targets.ts'
import { declareShares } from './declared-shares.ts'
import type { NamespaceListener } from './events.ts'
import { takeOverShareNumbers } from './former-share-numbers.ts'
import { defaultStore } from './layout.ts'
import { Links } from './links.ts'
import { readPath } from './names.ts'
import { Nodes } from './nodes.ts'
import { Purges } from './purges.ts'
import { recover } from './recovery.ts'
import { ShareAdopter } from './share-adopter.ts'
import { ShareMaker } from './share-maker.ts'
import { Shares } from './shares.ts'
import { NamespaceState } from './state.ts'
import { Stores } from './stores.ts'
import { Tree, type Place } from './tree.ts'

/** The fact under which the catalog keeps the id of the gateway that it belongs to. */
export const gatewayIdKey = 'gateway-id'

const shareCountMaxDefault = 100_000
/** 30 days. */
const graceMsDefault = 30 * 24 * 3600 * 1000
/** How often purges that are due and aliases that have expired are looked for. */
const upkeepEveryMs = 60 * 1000

export interface NamespaceOptions {
  readonly catalog: Catalog
  /** Absolute path of the data directory, whose lock the caller holds. */
  readonly dataDirectory: string
  /** How long the data of a deleted share is kept; default 30 days. */
  readonly graceMs?: number
  /** Most shares, deleted ones that can be undeleted among them. */
  readonly shareCountMax?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Something that did not keep a change from being done, but wants a look. */
  readonly onWarning: (message: string, error: unknown) => void
}

/**
 * The tree of logical paths and what they lead to: folders, links, shares, stores. All of it is in memory, so that
 * questions are answered at once; changes are made one after the other, in the files, the catalog and memory.
 */
export class Namespace {
  readonly nodes: Nodes
  readonly links: Links
  readonly shares: Shares
  readonly stores: Stores
  readonly purges: Purges
  /** Shares whose files come from elsewhere. */
  readonly maker: ShareMaker
  readonly adopter: ShareAdopter
  readonly #state: NamespaceState
  #upkeep: NodeJS.Timeout | undefined

  /**
   * Reads it all, finishes what the last run left half done, and makes the default store at the first start.
   * @throws {StartError} for what an operator can mend.
   */
  static async open(options: NamespaceOptions): Promise<Namespace> {
    const { catalog, dataDirectory, now = Date.now, onWarning } = options
    const { db } = catalog
    const gatewayId = await gatewayIdOf(catalog)
    await takeOverShareNumbers(catalog, join(dataDirectory, 'shares.json'), now())
    const state = new NamespaceState({
      catalog,
      tree: new Tree(await allNodes(db), await allTargets(db), await allAliases(db)),
      shares: await unpurgedShares(db),
      stores: await allStores(db),
      gatewayId,
      dataDirectory,
      shareCountMax: options.shareCountMax ?? shareCountMaxDefault,
      now,
      onWarning,
    })
    const namespace = new Namespace(state, options.graceMs ?? graceMsDefault)
    if (state.stores.size === 0) await addDefaultStore(namespace.stores, dataDirectory)
    await recover(state)
    await namespace.maker.recover()
    await namespace.adopter.recover()
    namespace.#upkeep = setInterval(() => void namespace.upkeep(), upkeepEveryMs).unref()
    return namespace
  }

  private constructor(state: NamespaceState, graceMs: number) {
    this.#state = state
    this.nodes = new Nodes(state)
    this.stores = new Stores(state)
    this.links = new Links(state)
    this.shares = new Shares(state, this.stores, graceMs)
    this.purges = new Purges(state)
    this.maker = new ShareMaker(state, this.shares)
    this.adopter = new ShareAdopter(state, this.shares)
  }

  get gatewayId(): string {
    return this.#state.gatewayId
  }

  /** Absolute path of the data directory. */
  get dataDirectory(): string {
    return this.#state.dataDirectory
  }

  /** Whether the data of a deleted share is being removed: there is no way back for it. */
  isPurging(shareId: number): boolean {
    return this.#state.purging.has(shareId)
  }

  /** Runs something short while no share is made, changed, deleted or purged. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#state.turns.take(run)
  }

  /** All folders and links, as they are now. */
  get tree(): Tree {
    return this.#state.tree
  }

  /** A share that lives, by its number. */
  livingShare(id: number): ShareRecord | undefined {
    const share = this.#state.shares.get(id)
    return share?.deletedAt === null ? share : undefined
  }

  /**
   * What a path leads to: through aliases, and with what lies below a link. Undefined for a path that leads nowhere, or
   * can be none: bytes that are no UTF-8, `..`, and the like.
   */
  resolve(path: string | Uint8Array): Place | undefined {
    const names = readPath(path)
    return names && this.#state.tree.resolve(names, this.#state.now())
  }

  /** @throws {ServiceError} `not-found` */
  pathOf(nodeId: number): string {
    return this.#state.tree.pathOf(this.#state.node(nodeId))
  }

  /** Makes the shares of the config file those of the namespace: once, before anybody is served. See there. */
  async declare(shares: readonly ShareConfig[]): Promise<void> {
    await this.#state.turns.take(() => declareShares(this.#state, shares))
  }

  /** Tells of each change from now on; what it returns ends that. */
  onChange(listener: NamespaceListener): () => void {
    this.#state.listeners.add(listener)
    return () => this.#state.listeners.delete(listener)
  }

  /** Purges what is due and forgets aliases that have expired: done now and then by itself. */
  async upkeep(): Promise<void> {
    const { tree, catalog, now, turns } = this.#state
    try {
      await turns.take(async () => {
        const at = now()
        const expired = [...tree.aliases.values()].filter(({ expiresAt }) => expiresAt <= at)
        if (expired.length === 0) return
        await deleteExpiredAliases(catalog.db, at)
        for (const { path } of expired) tree.removeAlias(path)
      })
      await this.purges.purgeDue()
    } catch (error) {
      // Nobody waits for it; the next round tries again.
      this.#state.warn('upkeep of the namespace failed', error)
    }
  }

  /** Resolves when nothing is under way any more; a purge goes on at the next start. The catalog stays open. */
  async close(): Promise<void> {
    clearInterval(this.#upkeep)
    await this.purges.stop()
    await this.maker.close()
    await this.#state.turns.take(async () => {})
  }
}

async function gatewayIdOf({ db }: Catalog): Promise<string> {
  const known = await fact(db, gatewayIdKey)
  if (known !== undefined) return known
  const id = v7()
  await putFact(db, gatewayIdKey, id)
  return id
}

async function addDefaultStore(stores: Stores, dataDirectory: string): Promise<void> {
  const directory = join(dataDirectory, defaultStore.directory)
  try {
    mkdirSync(directory, { recursive: true })
    await stores.addDefault({ name: defaultStore.name, directory })
  } catch (error) {
    const hint =
      error instanceof ServiceError && error.code === 'conflict'
        ? '. If the catalog was lost, `berth catalog rebuild` makes a new one from what is there'
        : ''
    throw new StartError(`store ${directory} cannot be used: ${(error as Error).message}${hint}`, {
      cause: error,
    })
  }
}

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Applications } from '../../src/applications/index.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import type { ShareRecord } from '../../src/catalog/shares.ts'
import { ServiceError } from '../../src/config/service-error.ts'
import type { Namespace } from '../../src/namespace/namespace.ts'
import { removeTreesIn } from '../../src/namespace/remove-tree.ts'
import type { DataPlane, Hold } from '../../src/snapshots/data-plane.ts'
import { snapshotsFound } from '../../src/snapshots/found-snapshots.ts'
import { Hooks } from '../../src/snapshots/hooks.ts'
import type { SnapshotEvent } from '../../src/snapshots/services.ts'
import { Snapshots } from '../../src/snapshots/snapshots.ts'
import { detectDriver, drivers } from '../../dist/snapshots/drivers/index.js'
import { TemporaryNamespace } from '../unit/namespace/fixture.ts'

/** A data plane without clients: there is nobody to hold, and nothing is noted of what others change. */
export class NobodyServed implements DataPlane {
  readonly watched = new Set<number>()
  /** What goes on while shares are held; it takes as long as it does. */
  whileHeld: (shareIds: readonly number[]) => void | Promise<void> = () => {}
  /** Longest hold, in milliseconds. */
  holdMsMax = 30_000
  holdCount = 0

  watch(shareId: number): Promise<void> {
    this.watched.add(shareId)
    return Promise.resolve()
  }

  /** Nobody tells of what changes. */
  beginJournal(): Promise<boolean> {
    return Promise.resolve(false)
  }

  endJournal(): void {}

  takeChanges(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  unwatch(shareId: number): void {
    this.watched.delete(shareId)
  }

  async hold(shareIds: readonly number[]): Promise<Hold> {
    if (!shareIds.every((id) => this.watched.has(id))) throw new Error('held, but not watched')
    this.holdCount += 1
    const end = performance.now() + this.holdMsMax
    await this.whileHeld(shareIds)
    return {
      since: performance.now(),
      changed: new Map(),
      release: () => Promise.resolve(performance.now() < end),
      settle: () => Promise.resolve(),
    }
  }
}

export interface LogLine {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly fields: object
}

/** The service of snapshots over a real namespace, real directories, and the drivers as they are built. */
export class TemporarySnapshots {
  readonly dataPlane = new NobodyServed()
  readonly events: SnapshotEvent[] = []
  readonly lines: LogLine[] = []
  readonly #temporary: TemporaryNamespace
  #applications: Applications | undefined
  #snapshots: Snapshots | undefined

  private constructor(temporary: TemporaryNamespace) {
    this.#temporary = temporary
  }

  /** `stores`: where the files of stores lie, if not on the filesystem of the catalog. */
  static async open(stores?: string): Promise<TemporarySnapshots> {
    const temporary = new TemporarySnapshots(await TemporaryNamespace.open(stores))
    await temporary.#start()
    return temporary
  }

  get catalog(): Catalog {
    return this.#temporary.catalog
  }

  get namespace(): Namespace {
    return this.#temporary.namespace
  }

  get snapshots(): Snapshots {
    return this.#snapshots!
  }

  get applications(): Applications {
    return this.#applications!
  }

  /** The directory of everything. */
  get directory(): string {
    return this.#temporary.directory
  }

  get data(): string {
    return this.#temporary.data
  }

  get store(): string {
    return this.#temporary.store
  }

  get clock(): number {
    return this.#temporary.clock
  }

  set clock(at: number) {
    this.#temporary.clock = at
  }

  /** Where a share's snapshots lie in the default store. */
  place(shareId: number, ...names: string[]): string {
    return join(this.store, '.berth', 'snapshots', String(shareId), ...names)
  }

  /** A new share, and its directory. */
  async share(path: string): Promise<ShareRecord & { readonly at: string }> {
    const share = await this.namespace.shares.create({ path })
    return { ...share, at: this.namespace.shares.directoryOf(share) }
  }

  /** As the next start of the gateway finds it. */
  async reopen(): Promise<void> {
    await this.close()
    await this.#temporary.reopen()
    await this.#start()
  }

  async close(): Promise<void> {
    await this.#snapshots?.close()
    await this.#applications?.close()
    await this.#temporary.close()
  }

  /** Ends it all. @throws {Error} for warnings that the test has not taken from the log. */
  async remove(): Promise<void> {
    await this.close()
    // Read-only subvolumes are too much for rm.
    for await (const { directory } of snapshotsFound(join(this.store, '.berth', 'snapshots')))
      await removeTreesIn(directory, new AbortController().signal)
    rmSync(this.directory, { recursive: true })
    const warnings = [...this.#temporary.warnings, ...this.warnings()]
    if (warnings.length > 0) throw new Error(`warnings: ${JSON.stringify(warnings)}`)
  }

  /** Warnings of the namespace, which are taken from there. */
  namespaceWarnings(): string[] {
    return this.#temporary.warnings.splice(0)
  }

  /** Warnings in the log, which are taken from it. */
  warnings(): string[] {
    const found = this.lines.filter(({ level }) => level === 'warn')
    this.lines.splice(0)
    return found.map(({ message, fields }) => {
      const { err } = fields as { err?: Error }
      return err === undefined ? message : `${message}: ${err.message}`
    })
  }

  async #start(): Promise<void> {
    const keep =
      (level: LogLine['level']) =>
      (fields: object, message = '') =>
        void this.lines.push({ level, message, fields })
    const log = { info: keep('info'), warn: keep('warn') } as never
    const { catalog, namespace, dataPlane } = this
    this.#applications = new Applications({ catalog, log, now: () => this.clock })
    this.#snapshots = await Snapshots.open({
      ...{ catalog, namespace, dataPlane, log },
      applications: this.#applications,
      drivers: { drivers, detectDriver },
      hooks: new Hooks({ permissions: { commands: ['/usr/bin/test', '/usr/bin/touch'], urls: [] }, log }),
      now: () => this.clock,
    })
    this.#snapshots.onChange((event) => this.events.push(event))
  }
}

/** The code of a refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ServiceError) return error.code
    throw error
  }
}

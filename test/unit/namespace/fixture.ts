import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts'
import type { NamespaceEvent } from '../../../src/namespace/events.ts'
import { Namespace, type NamespaceOptions } from '../../../src/namespace/namespace.ts'

/** A namespace over a real catalog and real directories, that can be opened again as after a restart. */
export class TemporaryNamespace {
  /** All of it lies here. */
  readonly directory = mkdtempSync(join(tmpdir(), 'berth-namespace-'))
  /** The data directory. */
  readonly data = join(this.directory, 'data')
  readonly store = join(this.data, 'stores', 'default')
  /** What was told to the listener. */
  readonly events: NamespaceEvent[] = []
  /** What was warned of: a test that expects none says so with {@link remove}. */
  readonly warnings: string[] = []
  /** Milliseconds since 1970; tests move it. */
  clock = 1_800_000_000_000
  #catalog: Catalog | undefined
  #namespace: Namespace | undefined

  /** `stores`: where the files of stores lie, if not on the filesystem of the catalog. */
  static async open(stores?: string): Promise<TemporaryNamespace> {
    const temporary = new TemporaryNamespace()
    mkdirSync(temporary.data, { mode: 0o700 })
    if (stores !== undefined)
      symlinkSync(mkdtempSync(join(stores, 'stores-')), join(temporary.data, 'stores'))
    await temporary.reopen()
    return temporary
  }

  get catalog(): Catalog {
    if (this.#catalog === undefined) throw new Error('the catalog is closed')
    return this.#catalog
  }

  get namespace(): Namespace {
    if (this.#namespace === undefined) throw new Error('the namespace is closed')
    return this.#namespace
  }

  /** As the next start of the gateway finds it. */
  async reopen(options: Partial<NamespaceOptions> = {}): Promise<Namespace> {
    await this.close()
    this.#catalog = await openCatalog({ directory: this.data })
    this.#namespace = await Namespace.open({
      catalog: this.#catalog,
      dataDirectory: this.data,
      now: () => this.clock,
      onWarning: (message, error) => this.warnings.push(`${message}: ${String(error)}`),
      ...options,
    })
    this.#namespace.onChange((event) => this.events.push(event))
    return this.#namespace
  }

  async close(): Promise<void> {
    await this.#namespace?.close()
    await this.#catalog?.close()
    this.#namespace = this.#catalog = undefined
  }

  /** Ends it all. @throws {Error} if there were warnings that the test has not taken from the list. */
  async remove(): Promise<void> {
    await this.close()
    rmSync(this.directory, { recursive: true })
    if (this.warnings.length > 0) throw new Error(`warnings: ${this.warnings.join('; ')}`)
  }
}

import type { Catalog, Db } from '../catalog/catalog.ts'

interface Waiting {
  readonly write: (db: Db) => Promise<unknown>
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** Writes that come together go to the catalog in one transaction, in the order they came: one wait for the disk. */
export class WriteQueue {
  readonly #catalog: Catalog
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** Resolves when the write is on the disk; rejects, with all that were to be written with it, when it is not. */
  add(write: (db: Db) => Promise<unknown>): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ write, done, failed })
      this.#running ??= this.#run().finally(() => (this.#running = undefined))
    })
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // Those who ask in the same turn are written together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        await this.#catalog.transaction(async (db) => {
          for (const { write } of batch) await write(db)
        })
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
  }
}

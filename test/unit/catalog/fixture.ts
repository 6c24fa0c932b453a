import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts'

/** A real catalog in a directory of its own. */
export interface TemporaryCatalog {
  readonly catalog: Catalog
  readonly directory: string
  /** Closes it and removes the directory. */
  remove(): Promise<void>
}

export async function temporaryCatalog(): Promise<TemporaryCatalog> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-catalog-'))
  const catalog = await openCatalog({ directory })
  return {
    catalog,
    directory,
    async remove() {
      await catalog.close()
      rmSync(directory, { recursive: true })
    },
  }
}

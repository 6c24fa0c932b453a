import { heldBackups, newestBackup, type BackupRecord } from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { allRepositories } from '../catalog/repositories.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { breathe } from '../service/breath.ts'

/** How long a snapshot is kept to be compared with, when no backup follows. */
const baseMsMax = 31 * 24 * 3600 * 1000

/** The newest complete backup of each share in each repository: the next one is made by comparison with it. */
export class Bases {
  readonly #catalog: Catalog
  readonly #gatewayId: string
  readonly #now: () => number
  /** Of a share, by repository. */
  #ofShares = new Map<number, Map<string, BackupRecord>>()

  constructor(catalog: Catalog, gatewayId: string, now: () => number) {
    this.#catalog = catalog
    this.#gatewayId = gatewayId
    this.#now = now
  }

  /** Reads them all anew. */
  async load(): Promise<void> {
    const { db } = this.#catalog
    const repositories = new Set((await allRepositories(db)).map(({ id }) => id))
    const held = await heldBackups(db, { gatewayId: this.#gatewayId, state: 'done' }, breathe())
    this.#ofShares = new Map()
    for (const backup of held) if (repositories.has(backup.repositoryId)) this.put(backup)
  }

  /** Reads anew those of shares of which backups were forgotten. */
  async renew(forgotten: readonly BackupRecord[]): Promise<void> {
    for (const { shareId, repositoryId, gatewayId } of forgotten) {
      if (gatewayId !== this.#gatewayId) continue
      const newest = await newestBackup(this.#catalog.db, { gatewayId, shareId, repositoryId })
      this.#ofShares.get(shareId)?.delete(repositoryId)
      if (newest !== undefined) this.put(newest)
    }
  }

  put(backup: BackupRecord): void {
    const { shareId, repositoryId, cutAt } = backup
    const ofShare = this.#ofShares.get(shareId) ?? new Map<string, BackupRecord>()
    this.#ofShares.set(shareId, ofShare)
    const known = ofShare.get(repositoryId)
    if (known === undefined || known.cutAt <= cutAt) ofShare.set(repositoryId, backup)
  }

  of(shareId: number, repositoryId: string): BackupRecord | undefined {
    return this.#ofShares.get(shareId)?.get(repositoryId)
  }

  /** That of a share with the newest cut, in whatever repository. */
  newestOf(shareId: number): BackupRecord | undefined {
    const all = [...(this.#ofShares.get(shareId)?.values() ?? [])]
    return all.sort((a, b) => b.cutAt - a.cutAt)[0]
  }

  /** Whether without this snapshot the next backup would have to read everything. */
  isBase({ id, shareId, driver, cutAt }: SnapshotRecord): boolean {
    if (driver === 'btrfs' || this.#now() - (cutAt ?? 0) > baseMsMax) return false
    return [...(this.#ofShares.get(shareId)?.values() ?? [])].some(({ snapshotId }) => snapshotId === id)
  }
}

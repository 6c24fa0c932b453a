import { newestBackups, type BackupRecord } from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'

/** The newest complete backup of each share in each repository: the next one is made by comparison with it. */
export class Bases {
  readonly #catalog: Catalog
  readonly #gatewayId: string
  /** Of a share, by repository. */
  #ofShares = new Map<number, Map<string, BackupRecord>>()

  constructor(catalog: Catalog, gatewayId: string) {
    this.#catalog = catalog
    this.#gatewayId = gatewayId
  }

  /** Reads them anew, after repositories were removed or backups forgotten. */
  async load(): Promise<void> {
    const newest = await newestBackups(this.#catalog.db, this.#gatewayId)
    this.#ofShares = new Map()
    for (const backup of newest) this.put(backup)
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

  /** When the share was last backed up, in whatever repository: its newest cut. */
  newestOf(shareId: number): BackupRecord | undefined {
    const all = [...(this.#ofShares.get(shareId)?.values() ?? [])]
    return all.sort((a, b) => b.cutAt - a.cutAt)[0]
  }

  /** Whether without this snapshot the next backup would have to read everything. */
  isBase({ id, shareId, driver }: SnapshotRecord): boolean {
    if (driver === 'btrfs') return false
    return [...(this.#ofShares.get(shareId)?.values() ?? [])].some(({ snapshotId }) => snapshotId === id)
  }
}

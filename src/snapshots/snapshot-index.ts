import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

const none: readonly SnapshotRecord[] = []

/** All snapshots in memory, kept in step with the catalog. */
export class SnapshotIndex {
  readonly #byId = new Map<number, SnapshotRecord>()
  readonly #byShare = new Map<number, Map<string, SnapshotRecord>>()
  /** Complete ones, the newest first; lists are replaced, never changed. */
  readonly #ready = new Map<number, readonly SnapshotRecord[]>()

  get size(): number {
    return this.#byId.size
  }

  get(id: number): SnapshotRecord | undefined {
    return this.#byId.get(id)
  }

  /** A complete one. @throws {ServiceError} `not-found` */
  complete(id: number): SnapshotRecord {
    const record = this.#byId.get(id)
    if (record?.state !== 'ready') throw new ServiceError('not-found', `there is no snapshot ${id}`)
    return record
  }

  all(): Iterable<SnapshotRecord> {
    return this.#byId.values()
  }

  /** Those of a share that are being made or removed, too. */
  ofShare(shareId: number): readonly SnapshotRecord[] {
    return [...(this.#byShare.get(shareId)?.values() ?? [])]
  }

  /** Complete ones, the newest first. */
  ready(shareId: number): readonly SnapshotRecord[] {
    return this.#ready.get(shareId) ?? none
  }

  named(shareId: number, name: string): SnapshotRecord | undefined {
    return this.#byShare.get(shareId)?.get(name)
  }

  /** @throws {ServiceError} `exists`, for a name that even one that is being made or removed has */
  refuseTaken(shareId: number, name: string): void {
    if (this.named(shareId, name) !== undefined)
      throw new ServiceError('exists', `share ${shareId} has a snapshot ${shown(name)} already`)
  }

  countOf(shareId: number): number {
    return this.#byShare.get(shareId)?.size ?? 0
  }

  /** Of an empty index: all there are, at once. */
  load(records: readonly SnapshotRecord[]): void {
    const ready = new Map<number, SnapshotRecord[]>()
    for (const record of records) {
      const { id, shareId, name, state } = record
      this.#byId.set(id, record)
      this.#namesOf(shareId).set(name, record)
      if (state !== 'ready') continue
      const own = ready.get(shareId)
      if (own === undefined) ready.set(shareId, [record])
      else own.push(record)
    }
    for (const [shareId, own] of ready) this.#ready.set(shareId, own.sort(newestFirst))
  }

  put(record: SnapshotRecord): void {
    const { id, shareId, name } = record
    const before = this.#byId.get(id)
    this.#byId.set(id, record)
    const names = this.#namesOf(shareId)
    if (before !== undefined) names.delete(before.name)
    names.set(name, record)
    const others = this.ready(shareId).filter((other) => other.id !== id)
    this.#setReady(shareId, record.state === 'ready' ? inserted(others, record) : others)
  }

  remove(id: number): void {
    const record = this.#byId.get(id)
    if (record === undefined) return
    const { shareId, name } = record
    this.#byId.delete(id)
    const names = this.#byShare.get(shareId)
    names?.delete(name)
    if (names?.size === 0) this.#byShare.delete(shareId)
    this.#setReady(
      shareId,
      this.ready(shareId).filter((other) => other.id !== id),
    )
  }

  #namesOf(shareId: number): Map<string, SnapshotRecord> {
    const known = this.#byShare.get(shareId)
    if (known !== undefined) return known
    const names = new Map<string, SnapshotRecord>()
    this.#byShare.set(shareId, names)
    return names
  }

  #setReady(shareId: number, records: readonly SnapshotRecord[]): void {
    if (records.length > 0) this.#ready.set(shareId, records)
    else this.#ready.delete(shareId)
  }
}

/** Of two as of the same instant, the one with the higher number is the newer. */
function newestFirst(a: SnapshotRecord, b: SnapshotRecord): number {
  return b.cutAt! - a.cutAt! || b.id - a.id
}

function inserted(records: readonly SnapshotRecord[], record: SnapshotRecord): readonly SnapshotRecord[] {
  const place = records.findIndex((other) => newestFirst(record, other) < 0)
  return place === -1 ? [...records, record] : records.toSpliced(place, 0, record)
}

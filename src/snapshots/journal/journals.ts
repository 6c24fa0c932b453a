import { readFileSync } from 'node:fs'
import { stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { entrySize, shareOfEntry } from '../../filesystem/journal-entries.ts'
import { removeFile, syncDirectories, writeAllDurably } from '../../namespace/files.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { ifThere } from '../../state/durable-file.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { DataPlane } from '../data-plane.ts'
import type { SnapshotIndex } from '../snapshot-index.ts'
import { changesIn, type SnapshotPlaces } from '../snapshot-places.ts'
import { journalHeaderSize, journalSince, readJournal, writeJournal } from './journal-file.ts'
import { journalSizeMax, ShareJournal, type ChangesSince, type ClosedJournal } from './share-journal.ts'

/** In the data directory, while the gateway does not run: the journals that were closed. */
const closedFile = 'journals.json'
/** Files that are looked at together at the start. */
const lookCountMax = 64

export interface JournalsOptions {
  readonly namespace: Namespace
  readonly dataPlane: DataPlane
  readonly index: SnapshotIndex
  readonly places: SnapshotPlaces
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** A cut, as the journal of its share has it. */
export interface JournalMark {
  readonly journal: ShareJournal
  readonly position: number
}

/**
 * What changes in the shares that have snapshots, as the lanes tell of it: so that what is different between two snapshots
 * is found at the cost of what changed. A journal that is not whole (after a crash, or when files were changed past the
 * lanes) counts for nothing until the next snapshot; then those before and after it are compared.
 */
export class Journals {
  readonly #options: JournalsOptions
  /** Of which lanes tell. */
  readonly #shares = new Map<number, ShareJournal>()
  /** Those of the last run, until lanes tell of them. */
  readonly #former = new Map<number, ShareJournal>()
  #isClosed = false

  /** Those that the last run has closed count; of a crash, none. */
  static async open(options: JournalsOptions): Promise<Journals> {
    const journals = new Journals(options)
    await journals.#load()
    return journals
  }

  private constructor(options: JournalsOptions) {
    this.#options = options
  }

  /** Shares of which the lanes that are started now are to tell from their first call on. */
  resume(): number[] {
    for (const [shareId, journal] of this.#former) this.#shares.set(shareId, journal)
    this.#former.clear()
    return [...this.#shares.keys()]
  }

  /** Entries about any of them, as a lane tells of them. */
  take(entries: Uint8Array): void {
    const bytes = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength)
    for (let at = 0; at < bytes.length;) {
      const share = shareOfEntry(bytes, at)
      let end = at
      while (end < bytes.length && shareOfEntry(bytes, end) === share) end += entrySize(bytes, end)
      this.#shares.get(share)?.add(entries.subarray(at, end))
      at = end
    }
  }

  /** A snapshot of a share is being taken: from now on lanes tell of it. */
  async begin(shareId: number): Promise<void> {
    if (this.#shares.has(shareId) || !(await this.#options.dataPlane.beginJournal(shareId))) return
    const { store } = this.#options.namespace.shares.get(shareId)
    this.#shares.set(shareId, this.#journalIn(store, shareId, undefined))
  }

  /** While the share is held: what has been told so far was before the cut. */
  mark(shareId: number): JournalMark | undefined {
    const journal = this.#shares.get(shareId)
    return journal && { journal, position: journal.position }
  }

  /** Files of the share were changed past the lanes. */
  lose(shareId: number): void {
    this.#shares.get(shareId)?.lose()
  }

  /** Puts what changed up to a cut beside its snapshot, which is made in `directory`, if it is known. */
  async seal(mark: JournalMark | undefined, directory: string): Promise<void> {
    const changes = await mark?.journal.before(mark.position)
    if (changes !== undefined) await writeJournal(changesIn(directory), changes.since, changes.entries)
  }

  /** The snapshot of a cut is complete: what changes from there on is since it. */
  async beginAt(mark: JournalMark | undefined, { id, shareId }: SnapshotRecord): Promise<void> {
    // Another one is kept since: of the last snapshot that was there before it.
    if (mark === undefined || this.#shares.get(shareId) !== mark.journal) return
    await mark.journal.begin(mark.position, id)
  }

  /** A complete snapshot is about to be removed: what changed up to it changed up to the next one. */
  async removing(record: SnapshotRecord): Promise<void> {
    const { index, log } = this.#options
    const { id, shareId } = record
    try {
      const ready = index.ready(shareId)
      const next = ready[ready.findIndex((one) => one.id === id) - 1]
      const earlier = await readJournal(this.#changesOf(record), journalSizeMax)
      if (next !== undefined) await this.#mergeInto(this.#changesOf(next), id, earlier)
      const journal = this.#shares.get(shareId)
      if (journal?.since === id) {
        if (earlier === undefined) journal.lose()
        else await journal.prepend(earlier)
      }
    } catch (err) {
      // The next one's begins with a snapshot that is no more: it counts for nothing.
      log.warn({ err, snapshot: id }, 'snapshot: what changed up to it is not kept: others are compared')
    }
  }

  /** Nobody can ask any more what changed since the last snapshot of a share. */
  async end(shareId: number): Promise<void> {
    const journal = this.#shares.get(shareId)
    if (journal === undefined) return
    this.#shares.delete(shareId)
    this.#options.dataPlane.endJournal(shareId)
    await journal.remove()
  }

  /**
   * What changed from one snapshot to a newer one of the same share, as pieces of one journal; undefined: it is not known.
   */
  async between(older: SnapshotRecord, newer: SnapshotRecord): Promise<Buffer[] | undefined> {
    const pieces: Buffer[] = []
    let size = 0
    for (let at: SnapshotRecord | undefined = newer; at?.id !== older.id;) {
      const changes: ChangesSince | undefined =
        at && (await readJournal(this.#changesOf(at), journalSizeMax - size))
      if (changes === undefined) return undefined
      pieces.push(changes.entries)
      size += changes.entries.length
      const before = this.#options.index.get(changes.since)
      at = before?.state === 'ready' && before.shareId === newer.shareId ? before : undefined
    }
    return pieces
  }

  /** Whether what changed from one snapshot to the next has been found by comparison and is worth keeping. */
  async isMissing(older: SnapshotRecord, newer: SnapshotRecord): Promise<boolean> {
    const ready = this.#options.index.ready(newer.shareId)
    const place = ready.findIndex(({ id }) => id === newer.id)
    if (place < 0 || ready[place + 1]?.id !== older.id) return false
    const since = await journalSince(this.#changesOf(newer))
    return since === undefined || this.#options.index.get(since)?.state !== 'ready'
  }

  /** Keeps what a comparison has found; both snapshots are there still. */
  async keep(older: SnapshotRecord, newer: SnapshotRecord, entries: Buffer): Promise<void> {
    if (entries.length <= journalSizeMax) await writeJournal(this.#changesOf(newer), older.id, entries)
  }

  /** The lanes have ended: what they told of is brought to the disk, and counts at the next start. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { namespace, log } = this.#options
    const closed: Record<string, ClosedJournal> = {}
    for (const [shareId, journal] of [...this.#former, ...this.#shares]) {
      try {
        const state = await journal.close()
        if (state !== undefined) closed[shareId] = state
      } catch (err) {
        log.warn(
          { err, share: shareId },
          'snapshot: the journal of changes is not kept: snapshots are compared',
        )
      }
    }
    const path = join(namespace.dataDirectory, closedFile)
    await writeAllDurably([{ path, content: `${JSON.stringify(closed)}\n` }])
  }

  async #load(): Promise<void> {
    const { namespace, index, log } = this.#options
    const closed = await this.#takeClosed()
    const shareIds = new Set(
      [...index.all()].filter(({ state }) => state === 'ready').map(({ shareId }) => shareId),
    )
    const waiting = [...shareIds].values()
    let lostCount = 0
    const look = async (): Promise<void> => {
      for (const shareId of waiting) {
        const share = namespace.livingShare(shareId)
        if (share === undefined) continue
        const { store } = share
        const known = closed?.[shareId]
        const isThere = known !== undefined && (await this.#isAsClosed(store, shareId, known))
        if (!isThere) lostCount += 1
        this.#former.set(shareId, this.#journalIn(store, shareId, isThere ? known : undefined))
      }
    }
    await Promise.all(Array.from({ length: lookCountMax }, look))
    if (lostCount > 0)
      log.info(
        { shares: lostCount },
        'snapshot: no journal of what changed since the last ones: they are compared',
      )
  }

  /** From here on a crash leaves none that count. */
  async #takeClosed(): Promise<Record<string, ClosedJournal> | undefined> {
    const { dataDirectory } = this.#options.namespace
    const path = join(dataDirectory, closedFile)
    const text = ifThere(() => readFileSync(path, 'utf8'))
    if (text === undefined) return undefined
    await unlink(path)
    await syncDirectories([dataDirectory])
    return JSON.parse(text) as Record<string, ClosedJournal>
  }

  async #isAsClosed(store: string | null, shareId: number, { since, size }: ClosedJournal): Promise<boolean> {
    const { index, places } = this.#options
    try {
      const found = await stat(places.journalOf(store, shareId))
      return found.size === journalHeaderSize + size && index.get(since)?.state === 'ready'
    } catch (error) {
      // A store that is not there is a ServiceError with a code, too.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
      return false
    }
  }

  async #mergeInto(path: string, removed: number, earlier: ChangesSince | undefined): Promise<void> {
    const later = await readJournal(path, journalSizeMax)
    if (later?.since !== removed) return
    const size = (earlier?.entries.length ?? 0) + later.entries.length
    if (earlier === undefined || size > journalSizeMax) await removeFile(path)
    else await writeJournal(path, earlier.since, earlier.entries, later.entries)
  }

  #changesOf(record: SnapshotRecord): string {
    return changesIn(this.#options.places.directoryOf(record))
  }

  #journalIn(store: string | null, shareId: number, closed: ClosedJournal | undefined): ShareJournal {
    const path = (): string => this.#options.places.journalOf(store, shareId)
    return new ShareJournal(path, closed, (err) =>
      this.#options.log.warn(
        { err, share: shareId },
        'snapshot: the journal of changes cannot be written: snapshots are compared',
      ),
    )
  }
}

import { constants } from 'node:fs'
import { open, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ShareRecord } from '../catalog/shares.ts'
import { updateSnapshot, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere, makePrivate, syncDirectories } from '../namespace/files.ts'
import { O_PATH } from '../native/index.ts'
import { checkRoom, costOf } from './costs.ts'
import { holdMsMax } from './data-plane.ts'
import type { Taken, Taking } from './drivers/driver.ts'
import { noHooks, type HookSet } from './hooks.ts'
import { Interruption, type RunningJob } from './jobs.ts'
import type { JournalMark } from './journal/journals.ts'
import {
  applicationInManifest,
  shareInManifest,
  snapshotInManifest,
  writeManifest,
  type ApplicationInManifest,
} from './manifest.ts'
import { refusalFor } from './refusal.ts'
import type { PausedTakings } from './paused.ts'
import type { Removals } from './removals.ts'
import type { SnapshotServices } from './services.ts'
import { nativeName } from './snapshot-places.ts'

/** A round that takes no longer, in ms, leaves little for the hold. */
const shortRoundMs = 100
/** Rounds at most: who writes faster than is copied is held for longer. */
const roundCountMax = 10

/** One share of a capture. */
interface Part {
  /** In the catalog as `making`. */
  readonly record: SnapshotRecord
  /** Where it is made. */
  readonly directory: string
  readonly root: FileHandle
  readonly taking: Taking
}

/** How long clients waited, and what hooks that only warn have failed with. */
interface Cut {
  readonly at: number
  /** As they were then, in the order of the records. */
  readonly shares: readonly ShareRecord[]
  /** What their journals had then, in the same order; undefined: there is none that is whole. */
  readonly marks: readonly (JournalMark | undefined)[]
  readonly heldMs: number
  readonly warnings: readonly string[]
}

/**
 * Takes the snapshots of one share or several as of one instant: all of them, or none.
 *
 * It keeps the root of each share open and names it by its descriptor: a share that is moved meanwhile is the same one
 * still. One that is deleted meanwhile ends it, by the signal of its job.
 */
export class Capture {
  readonly #services: SnapshotServices
  readonly #removals: Removals
  readonly #paused: PausedTakings
  readonly #records: readonly SnapshotRecord[]
  readonly #job: RunningJob
  readonly #parts: Part[] = []
  readonly #progress = new Map<number, { readonly files: number; readonly bytes: number }>()

  constructor(
    services: SnapshotServices,
    { removals, paused }: { readonly removals: Removals; readonly paused: PausedTakings },
    records: readonly SnapshotRecord[],
    job: RunningJob,
  ) {
    this.#services = services
    this.#removals = removals
    this.#paused = paused
    this.#records = records
    this.#job = job
  }

  /** @throws what kept it from being done; then nothing is left of it, or it is being removed. */
  async run(hooks: HookSet): Promise<{ records: SnapshotRecord[]; warnings: readonly string[] }> {
    const { signal } = this.#job
    const startedAt = performance.now()
    try {
      this.#job.note({ phase: 'preparing' })
      for (const record of this.#records) await this.#prepare(record)
      await this.#catchUp()
      const cut = await this.#cutWithHooks(hooks)
      this.#job.note({ phase: 'finishing' })
      const taken: Taken[] = []
      for (const { taking } of this.#parts) taken.push(await taking.finish())
      signal.throwIfAborted()
      const records = await this.#complete(cut, taken)
      this.#report(records, cut, performance.now() - startedAt)
      return { records, warnings: cut.warnings }
    } catch (error) {
      await this.#undo()
      throw refusalFor(`no snapshot of ${this.#records.map(({ path }) => path).join(', ')} was made`, error)
    } finally {
      this.#unwatch()
      for (const { root } of this.#parts) await root.close()
    }
  }

  async #prepare(record: SnapshotRecord): Promise<void> {
    const { namespace, dataPlane, drivers, journals, places } = this.#services
    const { id, shareId, driver } = record
    const { signal } = this.#job
    signal.throwIfAborted()
    const directory = places.directoryOf(record)
    if (driver === 'copy') {
      const leftover = this.#paused.leftoverFor(record)
      const share = namespace.shares.get(shareId)
      checkRoom(share, await costOf(this.#services, share, driver, leftover, signal))
    }
    await this.#paused.takeUp(record, directory)
    await makePrivate(directory)
    const share = namespace.shares.get(shareId)
    const root = await open(namespace.shares.directoryOf(share), O_PATH | constants.O_DIRECTORY)
    const taking = drivers.drivers[driver].begin({
      // With the dot it is the directory itself, and no symlink to it.
      source: `/proc/self/fd/${root.fd}/.`,
      directory,
      name: nativeName(id),
      onProgress: (progress) => this.#note(id, progress),
      signal,
    })
    this.#parts.push({ record, directory, root, taking })
    await journals.begin(shareId)
    await dataPlane.watch(shareId)
    await taking.prepare()
  }

  /** Brings what changed meanwhile to the copies, round after round, so that clients wait for little in the end. */
  async #catchUp(): Promise<void> {
    const { dataPlane } = this.#services
    const copies = this.#parts.filter(({ record: { driver } }) => driver === 'copy' || driver === 'reflink')
    for (let round = 0; round < roundCountMax && copies.length > 0; round++) {
      const begun = performance.now()
      await Promise.all(
        copies.map(async ({ record, taking }) => taking.catchUp(await dataPlane.takeChanges(record.shareId))),
      )
      if (performance.now() - begun < shortRoundMs) return
    }
  }

  async #cutWithHooks(hooks: HookSet): Promise<Cut> {
    if (hooks.pre.length + hooks.post.length === 0) return { ...(await this.#cut()), warnings: [] }
    const { applications, namespace } = this.#services
    const shares = this.#shares()
    const applicationIds = new Set(shares.map(({ applicationId }) => applicationId))
    const [applicationId = null] = applicationIds.size === 1 ? applicationIds : []
    const facts = {
      snapshot: this.#records[0]!.name,
      shares: shares.map((share) => ({
        id: share.id,
        path: share.path,
        directory: namespace.shares.directoryOf(share),
      })),
      application: applicationId === null ? null : (await applications.get(applicationId)).name,
    }
    const { value, warnings } = await this.#services.hooks.around(
      hooks,
      facts,
      () => this.#cut(hooks),
      this.#job.signal,
    )
    if (hooks.post.some(({ kind }) => kind === 'command')) this.#loseJournals()
    return { ...value, warnings }
  }

  async #cut(hooks: HookSet = noHooks): Promise<Omit<Cut, 'warnings'>> {
    const { dataPlane, journals, now } = this.#services
    const { signal } = this.#job
    signal.throwIfAborted()
    this.#job.note({ phase: 'holding' })
    const hold = await dataPlane.hold(this.#records.map(({ shareId }) => shareId))
    const [at, shares] = [now(), this.#shares()]
    // A command may have written into the share on this host, past the lanes.
    const isAllNoted = hooks.pre.every(({ kind }) => kind !== 'command')
    if (!isAllNoted) this.#loseJournals()
    const marks = this.#records.map(({ shareId }) => journals.mark(shareId))
    let hasLasted = false
    try {
      signal.throwIfAborted()
      await Promise.all(
        this.#parts.map(({ record, taking }) =>
          taking.cut(isAllNoted ? hold.changed.get(record.shareId) : undefined),
        ),
      )
    } finally {
      hasLasted = await hold.release()
      this.#unwatch()
    }
    const heldMs = performance.now() - hold.since
    if (!hasLasted)
      throw new ServiceError(
        'unavailable',
        `clients could not be held for as long as the cut took, over ${holdMsMax / 1000} s: take it while less is ` +
          'written, or fewer shares at once',
      )
    await hold.settle()
    return { at, shares, marks, heldMs }
  }

  #loseJournals(): void {
    for (const { shareId } of this.#records) this.#services.journals.lose(shareId)
  }

  /** May be done again. */
  #unwatch(): void {
    for (const { record } of this.#parts) this.#services.dataPlane.unwatch(record.shareId)
  }

  /** As they are now, in the order of the records. */
  #shares(): ShareRecord[] {
    return this.#records.map(({ shareId }) => this.#services.namespace.shares.get(shareId))
  }

  /** From its manifest on a snapshot is complete; of several, once all have theirs. */
  async #complete({ at, shares, marks }: Cut, taken: readonly Taken[]): Promise<SnapshotRecord[]> {
    const { applications, journals, namespace } = this.#services
    const known = new Map<string, ApplicationInManifest>()
    const records: SnapshotRecord[] = []
    for (const [index, { record, directory }] of this.#parts.entries()) {
      const [share, { files, bytes }] = [shares[index]!, taken[index]!]
      const { path, applicationId } = share
      let application = applicationId === null ? null : known.get(applicationId)
      if (application === undefined) {
        application = await applicationInManifest(applications, applicationId!)
        known.set(applicationId!, application)
      }
      const complete = { ...record, path, applicationId, cutAt: at, changedAt: at, files, bytes }
      records.push({ ...complete, state: 'ready' })
      await journals.seal(marks[index], directory)
      await writeManifest(directory, {
        version: 1,
        snapshot: snapshotInManifest(complete),
        share: shareInManifest(share),
        application,
        gateway: { id: namespace.gatewayId },
      })
    }
    await completeSnapshots(this.#services, records)
    for (const [index, record] of records.entries()) await journals.beginAt(marks[index], record)
    return records
  }

  /** What was made is not to be seen again; if the gateway stops, its next start sees what can be gone on with. */
  async #undo(): Promise<void> {
    const { namespace, index, log } = this.#services
    const { stopping } = this.#removals
    if (stopping.aborted || this.#job.signal.reason instanceof Interruption) {
      await Promise.allSettled(this.#parts.map(({ taking }) => taking.pause()))
      return
    }
    try {
      // Each ends its thread, whatever keeps another from being removed.
      await Promise.allSettled(this.#parts.map(({ taking }) => taking.discard(stopping)))
      await namespace.inTurn(async () => {
        for (const { id } of this.#records) {
          const record = index.get(id)
          if (record?.state === 'making') await this.#removals.begin(record)
        }
      })
      for (const { id } of this.#records) if (index.get(id) !== undefined) await this.#removals.finish(id)
    } catch (err) {
      // What its caller must hear is why it failed at first.
      if (!this.#removals.stopping.aborted)
        log.warn({ err }, 'snapshot: what a failed taking left is removed later')
    }
  }

  #note(id: number, progress: { readonly files: number; readonly bytes: number }): void {
    this.#progress.set(id, progress)
    let [files, bytes] = [0, 0]
    for (const part of this.#progress.values()) {
      files += part.files
      bytes += part.bytes
    }
    this.#job.note({ files, bytes })
  }

  #report(records: readonly SnapshotRecord[], { heldMs }: Cut, ms: number): void {
    for (const { id, name, path, driver, files, bytes } of records)
      this.#services.log.info(
        {
          snapshot: id,
          name,
          share: path,
          driver,
          files,
          bytes,
          heldMs: Math.round(heldMs),
          ms: Math.round(ms),
        },
        'snapshot: taken',
      )
  }
}

/** Gives complete snapshots their names on the disk, and then makes them known. May be done again after a crash. */
export async function completeSnapshots(
  { catalog, index, places, emit }: Pick<SnapshotServices, 'catalog' | 'index' | 'places' | 'emit'>,
  records: readonly SnapshotRecord[],
): Promise<void> {
  for (const record of records) {
    const from = places.directoryOf({ ...record, state: 'making' })
    const to = places.directoryOf(record)
    // Else it was renamed before the crash.
    if (await isThere(from)) await rename(from, to)
    await syncDirectories([dirname(to)])
  }
  await catalog.transaction(async (db) => {
    for (const record of records) await updateSnapshot(db, record)
  })
  for (const record of records) {
    index.put(record)
    emit({ kind: 'snapshot-added', snapshot: record })
  }
}

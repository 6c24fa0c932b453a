import type { Catalog } from '../../catalog/catalog.ts'
import { allIntents, deleteIntent, withIntent } from '../../catalog/intents.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { native } from '../../native/index.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { OnConflict } from './messages.ts'
import { openShare, removeStaging } from './staging.ts'

/** The kind of an intent: a share may have what a restore that was interrupted has left. */
const restoreKind = 'restore-share'

/** A restore that has begun. */
export interface BegunRestore {
  readonly shareId: number
  /** Absent: it is no snapshot that is restored. */
  readonly snapshotId?: number
  /** Where to in the share; empty: all of it. */
  readonly to: string
  readonly onConflict: OnConflict
}

export interface UnfinishedRestoresOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly log: Pick<Logger, 'warn'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Restores that have not come to their end: noted before they change anything, so that the next start sees to them. */
export class UnfinishedRestores {
  readonly #options: UnfinishedRestoresOptions

  constructor(options: UnfinishedRestoresOptions) {
    this.#options = options
  }

  /** Runs one. `leave` is to be called if something is left that the next start must remove. */
  during<T>(begun: BegunRestore, work: (leave: () => void) => Promise<T>): Promise<T> {
    const { catalog, now } = this.#options
    return withIntent(catalog.db, { kind: restoreKind, detail: begun, createdAt: now() }, work)
  }

  /** At the start: removes what those of the last run have left, and tells of each. */
  async recover(): Promise<void> {
    const { catalog, namespace, log } = this.#options
    for (const { id, kind, detail } of await allIntents(catalog.db)) {
      if (kind !== restoreKind) continue
      const { shareId, snapshotId, to, onConflict } = detail as BegunRestore
      const share = this.#shareOf(shareId)
      try {
        if (share !== undefined) await clearShare(namespace.shares.directoryOf(share))
      } catch (err) {
        log.warn({ err, share: share?.path }, 'restore: what the last run left could not be removed yet')
        continue
      }
      await deleteIntent(catalog.db, id)
      if (share !== undefined)
        log.warn({ share: share.path, snapshot: snapshotId, to }, `restore: ${afterwards(onConflict)}`)
    }
  }

  #shareOf(id: number): ShareRecord | undefined {
    const { shares } = this.#options.namespace
    return (
      this.#options.namespace.livingShare(id) ??
      // It may be undeleted.
      [...shares.all('deleted')].find((share) => share.id === id)
    )
  }
}

function afterwards(onConflict: OnConflict): string {
  return onConflict === 'fail' || onConflict === 'beside'
    ? 'one was interrupted; what it was to make is there whole, or not at all: then run it again'
    : 'one was interrupted; run again, it goes on where it was'
}

async function clearShare(directory: string): Promise<void> {
  const root = openShare(directory)
  try {
    await removeStaging(root)
  } finally {
    native.close(root)
  }
}

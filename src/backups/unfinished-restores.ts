import { allIntents, deleteIntent, withIntent } from '../catalog/intents.ts'
import type { BackupServices } from './services.ts'

/** The kind of an intent: a restore from a repository goes on. */
const restoreKind = 'restore-backups'

interface BegunRestore {
  readonly repository: string
  /** Of shares, or where to; null: all. */
  readonly path: string | null
}

/** Runs a restore that the next start tells of, if it does not come to its end. */
export function noted<T>(
  { catalog, now }: Pick<BackupServices, 'catalog' | 'now'>,
  begun: BegunRestore,
  work: () => Promise<T>,
): Promise<T> {
  return withIntent(catalog.db, { kind: restoreKind, detail: begun, createdAt: now() }, work)
}

/** At the start: tells of those that the last run has not ended. What they left half made, the namespace removes. */
export async function tellOfInterrupted({
  catalog,
  log,
}: Pick<BackupServices, 'catalog' | 'log'>): Promise<void> {
  for (const { id, kind, detail } of await allIntents(catalog.db)) {
    if (kind !== restoreKind) continue
    const { repository, path } = detail as BegunRestore
    log.warn(
      { repository, path },
      'backup: a restore was interrupted; run again, it passes over the shares that are there',
    )
    await deleteIntent(catalog.db, id)
  }
}

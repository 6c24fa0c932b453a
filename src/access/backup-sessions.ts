import type { Grants } from './grants.ts'

/** A backup that made no call for so long, in ms, has ended: a client that is busy asks more often. */
export const sessionIdleMs = 10 * 60_000

interface Session {
  /** As of when it sees all shares, in ms since 1970. */
  readonly instant: number
  /** When it last asked for a folder or a share. */
  askedAt: number
  /** What it reads, by the grants of the shares that it has gone into. */
  readonly reading: Map<number, number>
}

/** The snapshot of a share that was the newest at an instant. */
export type NewestAt = (shareId: number, instant: number) => { readonly id: number } | undefined

/**
 * Backups under way. A mount of the backup view keeps to what was the newest when it began, however long it reads; only
 * once nobody has used it for {@link sessionIdleMs} does it go on to what is the newest then. Known in memory alone: a
 * restart begins all anew.
 */
export class BackupSessions {
  readonly #grants: Pick<Grants, 'get' | 'lastUsedAt'>
  readonly #now: () => number
  /** By number of the mount's grant. */
  readonly #sessions = new Map<number, Session>()

  constructor(grants: Pick<Grants, 'get' | 'lastUsedAt'>, now: () => number) {
    this.#grants = grants
    this.#now = now
  }

  /** As of when a mount, by the number of its grant, sees all shares. It is asked for something. */
  instantOf(mount: number): number {
    const now = this.#now()
    let session = this.#sessions.get(mount)
    if (session === undefined || !this.#isAlive(session)) {
      session = { instant: now, askedAt: now, reading: new Map() }
      this.#sessions.set(mount, session)
    }
    session.askedAt = now
    return session.instant
  }

  /** A share is gone into, under a grant of its own. Of a share that is mounted itself, `mount` is that grant. */
  entered(mount: number, grant: number, snapshotId: number): void {
    this.instantOf(mount)
    this.#sessions.get(mount)!.reading.set(grant, snapshotId)
  }

  /** Whether a backup reads a snapshot, or is to come to it: it would fail if that was removed. */
  isReading(snapshot: { readonly id: number; readonly shareId: number }, newestAt: NewestAt): boolean {
    for (const [mount, session] of this.#sessions) {
      if (this.#grants.get(mount) === undefined || !this.#isAlive(session)) {
        this.#sessions.delete(mount)
        continue
      }
      for (const id of session.reading.values()) if (id === snapshot.id) return true
      if (newestAt(snapshot.shareId, session.instant)?.id === snapshot.id) return true
    }
    return false
  }

  #isAlive({ askedAt, reading }: Session): boolean {
    const idleSince = this.#now() - sessionIdleMs
    if (askedAt > idleSince) return true
    for (const number of reading.keys()) {
      const grant = this.#grants.get(number)
      if (grant !== undefined && this.#grants.lastUsedAt(grant) > idleSince) return true
    }
    return false
  }
}

import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalog } from '../../catalog/catalog.ts'
import { allIntents, deleteIntent } from '../../catalog/intents.ts'
import { isThere, removeEmpty } from '../../namespace/files.ts'
import { leavingShare, movingShare } from '../../namespace/layout.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { removeTreesIn } from '../../namespace/remove-tree.ts'
import type { Logger } from '../../telemetry/log.ts'

/** The kind of an intent: a share is in the middle of a move. */
export const moveKind = 'move-share'

/** What such an intent holds. */
export interface MoveIntent {
  readonly shareId: number
  readonly from: { readonly store: string; readonly moves: number }
  readonly to: string
  /** `leaving`: it is in its new store, and what was left in the old one is to be removed. */
  readonly phase: 'moving' | 'leaving'
}

export interface MoveEndsOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** What is left of moves that have ended, one way or the other: removed, at the next start at the latest. */
export class MoveEnds {
  readonly #options: MoveEndsOptions
  readonly #closing = new AbortController()
  #background: Promise<unknown> = Promise.resolve()

  constructor(options: MoveEndsOptions) {
    this.#options = options
  }

  /** Lets go of what is being removed, and of all that is later: it is at the next start. */
  stop(): void {
    this.#closing.abort()
  }

  /** Resolves when nothing is being removed. */
  async ended(): Promise<void> {
    await this.#background
  }

  /** Nothing of the move is to be seen. What cannot be removed is at the next start. */
  async undo(intentId: string, { shareId, to }: MoveIntent): Promise<void> {
    const { catalog, namespace, log } = this.#options
    try {
      const directory = join(namespace.stores.directoryOf(to), movingShare(shareId))
      if (await this.clear(directory)) await deleteIntent(catalog.db, intentId)
    } catch (err) {
      log.warn({ err, share: shareId, store: to }, 'move: what there is of it is removed at the next start')
    }
  }

  /** What the share has left in its old store goes: what is beside it at once, its files while the gateway runs. */
  async leave(intentId: string, intent: MoveIntent): Promise<void> {
    const { catalog, namespace, log } = this.#options
    const { shareId, from, to } = intent
    try {
      await namespace.shares.leaveStore(shareId, from)
      await this.clear(join(namespace.stores.directoryOf(to), movingShare(shareId)))
    } catch (err) {
      log.warn({ err, share: shareId, store: from.store }, 'move: what was left is removed at the next start')
      return
    }
    const before = this.#background
    const remove = async (): Promise<void> => {
      await before
      try {
        const directory = join(namespace.stores.directoryOf(from.store), leavingShare(shareId, from.moves))
        if (await this.clear(directory)) await deleteIntent(catalog.db, intentId)
      } catch (err) {
        log.warn(
          { err, share: shareId, store: from.store },
          'move: what was left is removed at the next start',
        )
      }
    }
    this.#background = remove()
  }

  /** Removes a directory with all that is in it. False: the gateway stops, and something is left. */
  async clear(directory: string): Promise<boolean> {
    if (!(await isThere(directory))) return true
    if (!(await removeTreesIn(directory, this.#closing.signal))) return false
    for (const name of await readdir(directory)) await unlink(join(directory, name))
    await removeEmpty(directory)
    return true
  }

  /** Finishes or undoes what the last run was in the middle of. */
  async recover(): Promise<void> {
    const { catalog, namespace, log } = this.#options
    for (const { id, kind, detail } of await allIntents(catalog.db)) {
      if (kind !== moveKind) continue
      const intent = detail as MoveIntent
      const { shareId, from, to, phase } = intent
      const share = [...namespace.shares.all(), ...namespace.shares.all('deleted')].find(
        (one) => one.id === shareId,
      )
      const about = { share: share?.path ?? shareId, from: from.store, to }
      if (phase === 'leaving' && share !== undefined) {
        log.info(about, 'move: the last run has moved a share; what it has left in its old store is removed')
        await this.leave(id, intent)
      } else {
        log.warn(about, 'move: the last run was moving a share, which is where it was; move it again')
        await this.undo(id, intent)
      }
    }
  }
}

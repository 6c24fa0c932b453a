import { isSnapshotNumber } from '../shared-memory/share-number.ts'
import type { ControlPlane } from './control-plane.ts'
import type { ServedFiles } from './served-files.ts'

/** How long a share that could not be opened is left alone, in ms, however many calls ask for it. */
const retryAfterMs = 1000
/** How long calls wait for a share to be opened, in ms: less than the 5 s after which Linux asks again by itself. */
export const waitMsMax = 3000
/** Calls that wait at once; what comes beyond is put off: its client sends it again. */
export const waitingCountMax = 4096

/** Who opens shares. */
type OpenedBy = Pick<ServedFiles, 'openShare' | 'closeShare'>

/** A share that is being opened, or could not be. */
interface Opening {
  /** It is open, or it is no use to wait any longer. */
  readonly ended: Promise<void>
  hasEnded: boolean
}

/** Opens shares whose handles have come before they were mounted here: after a restart, or on another lane. */
export class ShareOpener {
  readonly #plane: ControlPlane
  readonly #onWarning: (message: string) => void
  readonly #busy = new Map<number, Opening>()
  #waitingCount = 0

  constructor(plane: ControlPlane, onWarning: (message: string) => void) {
    this.#plane = plane
    this.#onWarning = onWarning
  }

  /**
   * Begins to open a share, unless that is under way. Resolves when a call may try again; undefined: it is not to wait,
   * as too many do, or the share could not be opened a moment ago.
   */
  open(id: number, files: OpenedBy): Promise<void> | undefined {
    const opening = this.#busy.get(id) ?? this.#begin(id, files)
    if (opening.hasEnded || this.#waitingCount >= waitingCountMax) return undefined
    this.#waitingCount++
    return opening.ended.then(() => {
      this.#waitingCount--
    })
  }

  #begin(id: number, files: OpenedBy): Opening {
    let end!: () => void
    const ended = new Promise<void>((resolve) => (end = resolve))
    const opening = { ended, hasEnded: false }
    this.#busy.set(id, opening)
    const settle = () => {
      clearTimeout(timer)
      opening.hasEnded = true
      end()
    }
    const timer = setTimeout(settle, waitMsMax)
    void this.#open(id, files).finally(settle)
    return opening
  }

  async #open(id: number, files: OpenedBy): Promise<void> {
    const share = await this.#plane.ask({ kind: 'share', id })
    try {
      if (share !== undefined) files.openShare(share)
      else if (isSnapshotNumber(id)) await files.closeShare(id)
      this.#busy.delete(id)
    } catch (error) {
      this.#onWarning((error as Error).message)
      setTimeout(() => this.#busy.delete(id), retryAfterMs).unref()
    }
  }
}

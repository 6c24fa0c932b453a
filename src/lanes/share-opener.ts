import type { LinuxBackend } from '../filesystem/index.ts'
import { isSnapshotNumber } from '../shared-memory/share-number.ts'
import type { ControlPlane } from './control-plane.ts'

/** How long a share that could not be opened is left alone, in ms, however many calls ask for it. */
const retryAfterMs = 1000

/** Opens shares whose handles have come before they were mounted here: after a restart, or on another lane. */
export class ShareOpener {
  readonly #plane: ControlPlane
  readonly #onWarning: (message: string) => void
  readonly #busy = new Set<number>()

  constructor(plane: ControlPlane, onWarning: (message: string) => void) {
    this.#plane = plane
    this.#onWarning = onWarning
  }

  /** Begins to open a share, unless that is under way. */
  open(id: number, files: LinuxBackend): void {
    if (this.#busy.has(id)) return
    this.#busy.add(id)
    void this.#open(id, files)
  }

  async #open(id: number, files: LinuxBackend): Promise<void> {
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

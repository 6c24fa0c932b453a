import type { ShareDefinition } from '../../filesystem/index.ts'
import type { DataPlane } from '../../snapshots/data-plane.ts'

/** What moves need of those who serve the shares. */
export interface MovingPlane extends DataPlane {
  /** Has the calls of a share that is held wait until it is released. False: some have gone on by themselves. */
  seal(shareId: number): Promise<boolean>
  /** Serves a share that is held from somewhere else. Answers why that cannot be, and then it is not served there. */
  move(share: ShareDefinition): Promise<string | undefined>
}

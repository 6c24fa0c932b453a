import type { RemovedObjects } from '../shared-memory/removed-objects.ts'
import type { RenameCount } from '../shared-memory/rename-count.ts'
import type { WriteVerifier } from '../shared-memory/write-verifier.ts'

/** What several lanes that serve the same files must know of each other. */
export interface FilesystemLanes {
  readonly verifier: WriteVerifier
  readonly removed: RemovedObjects
  readonly renames: RenameCount
}

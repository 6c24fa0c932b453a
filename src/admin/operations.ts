import type { AnyOperation } from './operation.ts'
import { adminOperations } from './routes/admins.ts'
import { applicationOperations } from './routes/applications.ts'
import { folderOperations } from './routes/folders.ts'
import { linkOperations } from './routes/links.ts'
import { namespaceOperations } from './routes/namespace.ts'
import { shareOperations } from './routes/shares.ts'
import { storeOperations } from './routes/stores.ts'
import { tokenOperations } from './routes/tokens.ts'
import type { AdminServices } from './services.ts'

/** All that the API does, a resource after the other. */
export function operationsOf(services: AdminServices): AnyOperation[] {
  return [
    ...namespaceOperations(services),
    ...folderOperations(services),
    ...linkOperations(services),
    ...shareOperations(services),
    ...storeOperations(services),
    ...applicationOperations(services),
    ...tokenOperations(services),
    ...adminOperations(services),
  ]
}

import type { AnyOperation } from './operation.ts'
import { applicationOperations } from './routes/applications.ts'
import { tokenOperations } from './routes/tokens.ts'
import type { AdminServices } from './services.ts'

/** All that the API does, a resource after the other. */
export function operationsOf(services: AdminServices): AnyOperation[] {
  return [...applicationOperations(services), ...tokenOperations(services)]
}

import type { components } from './api.ts'

export type { operations, paths } from './api.ts'
export {
  createBerthClient,
  dataOf,
  planOf,
  type BerthClient,
  type BerthClientOptions,
} from './berth-client.ts'
export { BerthApiError, BerthConnectionError } from './error.ts'
export { stream, type StreamRequest } from './stream.ts'

/** What the API takes and gives, by name: `Schemas['Share']`. */
export type Schemas = components['schemas']

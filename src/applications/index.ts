export {
  Applications,
  type ApplicationContent,
  type ApplicationsOptions,
  type Change,
  type NewApplication,
} from './applications.ts'
export { checkApplicationName } from './fields.ts'
export type { History, Owned } from './history.ts'
export { manifestSizeMax, type ManifestType } from './manifest-text.ts'
export type { Manifests, NewManifest } from './manifests.ts'
export type { Mount } from './workloads.ts'

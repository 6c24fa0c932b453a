export { LinuxBackend, type FilesystemOptions, type FilesystemStatistics } from './backend.ts'
export { FatalIdentityError } from './identity.ts'
export type { MetadataDurability, ShareDefinition, Squash } from './share.ts'

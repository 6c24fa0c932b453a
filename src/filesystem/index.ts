export { LinuxBackend, type FilesystemOptions, type FilesystemStatistics } from './backend.ts'
export { FatalIdentityError } from './identity.ts'
export { grantOfHandle, HandleCodec, HandleKind, HandleVersion, shareOfHandle } from './handle.ts'
export type { ShareDefinition } from './share.ts'

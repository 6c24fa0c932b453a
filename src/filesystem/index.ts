export { LinuxBackend, type FilesystemOptions, type FilesystemStatistics, type ShareRoot } from './backend.ts'
export { changedWholly, joinedChanges, type ChangeList } from './change-list.ts'
export { errnoName } from './errno.ts'
export { FatalIdentityError } from './identity.ts'
export {
  grantOfHandle,
  HandleCodec,
  HandleKind,
  HandleVersion,
  handleHeaderSize,
  handleMacSize,
  kernelHandleSizeMax,
  moveCountMax,
  shareOfHandle,
} from './handle.ts'
export { handleAs, MoveMap, MoveMapSegment, type NamedHandle, type NumberAndChange } from './move-map.ts'
export { isSidecarName, isSnapshotsName, snapshotsName } from './names.ts'
export type { ShareDefinition } from './share.ts'
export type { FilesystemLanes } from './lanes.ts'
export { opensHandles } from './system-check.ts'

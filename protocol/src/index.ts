export { type FileData, XdrError, XdrReader, XdrWriter } from './xdr/index.ts'
export { AuthFlavor, type Credentials } from './rpc/auth.ts'
export type {
  DeferredReply,
  MaybePromise,
  RpcCall,
  RpcClient,
  RpcProcedure,
  RpcProgram,
  RpcVersion,
} from './rpc/program.ts'
export * from './nfs3/types.ts'
export type * from './nfs3/backend.ts'
export { NfsError, NfsPutOff } from './nfs3/error.ts'
export { createNfs3Program } from './nfs3/program.ts'
export type { Nfs3Limits } from './nfs3/procedure.ts'
export * from './mount3/exports.ts'
export { RpcServer, type ConnectionCount, type RpcAddress, type RpcServerOptions } from './rpc/server.ts'
export { defaultRpcLimits, type RpcLimits } from './rpc/limits.ts'
export type { BugContext, BugObserver } from './rpc/dispatch.ts'
export {
  callSecondsBounds,
  type ProcedureStatistics,
  type RpcStatistics,
  type VersionStatistics,
} from './rpc/statistics.ts'
export { createMountProgram, mountProgram } from './mount3/program.ts'
export { createPortmapProgram, portmapPort, portmapProgram } from './portmap/program.ts'
export { PortmapRegistry, type Netid, type PortmapEntry } from './portmap/registry.ts'
export type { DescriptorCalls } from './rpc/receiver.ts'
export type {
  CallIdentity,
  ClientReplies,
  FirstCopy,
  ReplyCache,
  ReplyWaiter,
  RunningCall,
} from './rpc/replies.ts'

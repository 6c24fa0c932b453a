export { DirectTransport } from './direct-transport.ts'
export { MemoryBackend } from './memory/backend.ts'
export { Mount3Client } from './mount3-client.ts'
export type { Nfs3ClientOptions } from './nfs3-calls.ts'
export { type ListFrom, Nfs3Client } from './nfs3-client.ts'
export type { DirectoryPage, ListedEntry } from './nfs3-codec.ts'
export { RpcCallError, type RpcFailure, type RpcRequest, type RpcTransport } from './rpc-transport.ts'
export { TcpTransport } from './tcp-transport.ts'
export {
  type BackendCapabilities,
  type BackendFixture,
  type BackendSuiteOptions,
  nfs3BackendSuite,
  type SuiteRunner,
} from './suite/index.ts'

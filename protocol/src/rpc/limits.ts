/** Every bound of the RPC layer. At a limit it slows the client down, refuses, or closes; it never grows without end. */
export interface RpcLimits {
  /** TCP connections served at once; over it the newest is closed right away. */
  readonly connectionCountMax: number
  /** Bytes in one record, all fragments together. A longer one closes its connection before it is buffered. */
  readonly recordSizeMax: number
  /** Fragments of one record, also empty ones. */
  readonly fragmentCountMax: number
  /** Bytes taken by incomplete records of all connections. A record that would go over it closes its connection. */
  readonly assemblyBytesMax: number
  /** Calls of one connection that wait for a promise. At this count its records wait, and it is not read. */
  readonly callsInFlightMax: number
  /** Bytes of replies that one client has not taken. Over it the client is not read until it has taken half. */
  readonly unsentBytesMax: number
  /** The same for all connections together: over it, no client that owes us reading is read. */
  readonly unsentBytesTotalMax: number
  /** Longest time without progress on replies that wait to be sent or a record begun; then the connection is closed. */
  readonly stallMs: number
  /** Datagrams that wait for a promise; more are dropped, and their clients ask again. */
  readonly datagramsInFlightMax: number
  /** Bytes of buffers kept for reuse. */
  readonly pooledBytesMax: number
  /** Kept replies, once for TCP and once for UDP: of all clients, and of one client address. Its oldest makes room for its newest. */
  readonly replyCacheCountMax: number
  readonly replyCacheCountPerClientMax: number
  /** Bytes of kept replies: of all clients, and of one client address. */
  readonly replyCacheBytesMax: number
  readonly replyCacheBytesPerClientMax: number
  /** A kept reply is not replayed after this. */
  readonly replyCacheAgeMaxMs: number
}

const KiB = 1024
const MiB = 1024 * KiB

export const defaultRpcLimits: RpcLimits = {
  connectionCountMax: 20_000,
  // 1 MiB of WRITE data, and room for the credential, the handle and the other arguments around it.
  recordSizeMax: MiB + 64 * KiB,
  fragmentCountMax: 2048,
  assemblyBytesMax: 512 * MiB,
  callsInFlightMax: 256,
  unsentBytesMax: MiB,
  unsentBytesTotalMax: 256 * MiB,
  stallMs: 60_000,
  datagramsInFlightMax: 1024,
  pooledBytesMax: 16 * MiB,
  replyCacheCountMax: 32_768,
  replyCacheCountPerClientMax: 2048,
  replyCacheBytesMax: 32 * MiB,
  replyCacheBytesPerClientMax: 2 * MiB,
  // Linux retransmits after 60 s (timeo=600) over TCP, and at once on a new connection.
  replyCacheAgeMaxMs: 120_000,
}

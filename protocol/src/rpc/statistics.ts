/** Calls of one version of a program. */
export interface VersionStatistics {
  readonly program: number
  readonly name: string
  readonly version: number
  /** By procedure number; undefined where there is no such procedure. */
  readonly procedureNames: readonly (string | undefined)[]
  /** Calls by procedure number. */
  readonly calls: number[]
}

/** What an RPC server has seen since it was made. Plain numbers, counted in place: read, never written, by its owner. */
export class RpcStatistics {
  /** TCP connections open now. */
  connections = 0
  connectionsTotal = 0
  /** Closed at once, for there were too many. */
  connectionsRefused = 0
  /** Closed because the client made no progress for the time allowed. */
  connectionsStalled = 0
  /** Errors of listening sockets, such as having no file descriptor for a new connection. */
  listenerErrors = 0
  /** Records and datagrams that were calls. */
  callsTotal = 0
  bytesIn = 0
  bytesOut = 0
  /** Errors of ours: each was answered with SYSTEM_ERR and reported. */
  bugs = 0
  garbageArgs = 0
  authErrors = 0
  rpcMismatches = 0
  programUnavailable = 0
  programMismatches = 0
  procedureUnavailable = 0
  /** Retransmissions answered with a kept reply, or with that of the first call as soon as it was done. */
  replyCacheHits = 0
  /** Broken records: each closed its connection. */
  recordErrors = 0
  /** Datagrams that were no call, came when too many were in flight, or whose reply could not be sent. */
  datagramsDropped = 0
  readonly versions: VersionStatistics[] = []
}

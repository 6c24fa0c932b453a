import type { XdrWriter } from '../xdr/index.ts'

/** Upper bounds of the times that calls take, in seconds: 10 µs to 10 s in steps of 1, 2, 5. */
export const callSecondsBounds: readonly number[] = [
  ...[1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10],
]

/** What may come of any call. Behind these, a procedure counts the failures that its own results tell. */
export const Outcome = {
  OK: 0,
  /** Its arguments could not be read. */
  GARBAGE_ARGS: 1,
  /** An error of ours. */
  SYSTEM_ERR: 2,
  /** Nobody was there any more when its result came. */
  CLIENT_GONE: 3,
  /** A status that is none of the procedure's `statuses`. */
  OTHER: 4,
} as const

/** Calls of one procedure. A call counts when its reply is written; one answered from the reply cache does not. */
export interface ProcedureStatistics {
  readonly name: string
  /** The outcomes by name: those of any call, then the failures of this program. */
  readonly outcomes: readonly string[]
  /** Calls by outcome. */
  readonly calls: Float64Array
  /** Calls by time taken, each in the first of {@link callSecondsBounds} that it is not over; the last are over all. */
  readonly durations: Float64Array
  /** Time taken by all of them. */
  seconds: number
}

/** Calls of one version of a program. */
export interface VersionStatistics {
  readonly program: number
  readonly name: string
  readonly version: number
  /** By procedure number; undefined where there is no such procedure. */
  readonly procedures: readonly (ProcedureStatistics | undefined)[]
}

/** Counts the calls of a procedure: made once, so that a call costs two additions and no memory. */
export class ProcedureCounter implements ProcedureStatistics {
  readonly name: string
  readonly outcomes: readonly string[]
  readonly calls: Float64Array
  readonly durations = new Float64Array(callSecondsBounds.length + 1)
  seconds = 0
  readonly #outcomeByStatus: ReadonlyMap<number, number> | undefined

  /** `statuses` as a procedure has them, if it has. */
  constructor(name: string, statuses: Readonly<Record<string, number>> | undefined) {
    const failures = Object.entries(statuses ?? {}).filter(([, status]) => status !== 0)
    const common = Object.keys(Outcome)
    this.name = name
    this.outcomes = [...common, ...failures.map(([failure]) => failure)]
    this.calls = new Float64Array(this.outcomes.length)
    this.#outcomeByStatus =
      statuses && new Map(failures.map(([, status], index) => [status, common.length + index]))
  }

  /** What the result in `writer` from `start` on tells. */
  outcomeOf(writer: XdrWriter, start: number): number {
    if (this.#outcomeByStatus === undefined) return Outcome.OK
    const status = writer.peekUint32(start)
    return status === 0 ? Outcome.OK : (this.#outcomeByStatus.get(status) ?? Outcome.OTHER)
  }

  get meanSeconds(): number {
    return this.seconds / this.calls.reduce((sum, count) => sum + count, 0) || 0
  }

  add(outcome: number, milliseconds: number): void {
    const seconds = milliseconds / 1000
    this.calls[outcome]!++
    // Most calls are in the first few: nothing finds them faster.
    let bucket = 0
    while (seconds > callSecondsBounds[bucket]!) bucket++
    this.durations[bucket]!++
    this.seconds += seconds
  }
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

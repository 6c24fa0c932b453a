import type { RpcStatistics } from 'nfs-server-ts'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

/** What a lane counts. */
export interface LaneStatistics {
  readonly rpc: RpcStatistics
  readonly filesystem: {
    /** Files kept open between calls. */
    readonly openFileCount: number
    /** Inodes kept in memory. */
    readonly inodeCount: number
    readonly syncFailureCount: number
  }
}

/** Longest wait for a lane, which may be held up by a disk. Then the metrics tell what it said last. */
const laneTimeoutMs = 2000

type CountedField = {
  [Field in keyof RpcStatistics]: RpcStatistics[Field] extends number ? Field : never
}[keyof RpcStatistics]

/** A metric for each number of RpcStatistics: `counter` only grows. */
const rpcMetrics: Readonly<Record<CountedField, readonly ['counter' | 'gauge', name: string, help: string]>> =
  {
    connections: ['gauge', 'berth_connections', 'TCP connections open now'],
    connectionsTotal: ['counter', 'berth_connections_total', 'TCP connections accepted'],
    connectionsRefused: ['counter', 'berth_connections_refused_total', 'TCP connections over the limit'],
    connectionsStalled: [
      'counter',
      'berth_connections_stalled_total',
      'TCP connections closed for no progress',
    ],
    listenerErrors: [
      'counter',
      'berth_listener_errors_total',
      'Connections and datagrams that could not be taken',
    ],
    callsTotal: ['counter', 'berth_rpc_calls_total', 'RPC calls of any program'],
    bytesIn: ['counter', 'berth_received_bytes_total', 'Bytes received from clients'],
    bytesOut: ['counter', 'berth_sent_bytes_total', 'Bytes sent to clients'],
    bugs: [
      'counter',
      'berth_bugs_total',
      'Errors of the server itself, answered with SYSTEM_ERR; should be 0',
    ],
    garbageArgs: ['counter', 'berth_garbage_args_total', 'Calls with arguments that could not be read'],
    authErrors: ['counter', 'berth_auth_errors_total', 'Calls refused for their credentials'],
    rpcMismatches: ['counter', 'berth_rpc_mismatches_total', 'Calls of another RPC version'],
    programUnavailable: ['counter', 'berth_program_unavailable_total', 'Calls to a program not served'],
    programMismatches: ['counter', 'berth_program_mismatches_total', 'Calls to a version not served'],
    procedureUnavailable: ['counter', 'berth_procedure_unavailable_total', 'Calls to a procedure not served'],
    replyCacheHits: [
      'counter',
      'berth_reply_cache_hits_total',
      'Retransmissions answered with the first reply',
    ],
    recordErrors: [
      'counter',
      'berth_record_errors_total',
      'Broken records, each of which closed its connection',
    ],
    datagramsDropped: ['counter', 'berth_datagrams_dropped_total', 'Datagrams not answered'],
  }

/** The gateway's numbers in the Prometheus text format. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #laneStatistics: () => Promise<LaneStatistics>
  readonly #metrics = new Map<CountedField, Counter | Gauge>()
  readonly #calls: Counter<'program' | 'procedure'>
  readonly #openFiles: Gauge
  readonly #inodes: Gauge
  readonly #syncFailures: Counter
  readonly #laneUp: Gauge

  constructor(laneStatistics: () => Promise<LaneStatistics>) {
    this.#laneStatistics = laneStatistics
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    for (const field of Object.keys(rpcMetrics) as CountedField[]) {
      const [kind, name, help] = rpcMetrics[field]
      const Kind = kind === 'counter' ? Counter : Gauge
      this.#metrics.set(field, new Kind({ name, help, registers }))
    }
    this.#calls = new Counter({
      name: 'berth_calls_total',
      help: 'RPC calls by program and procedure',
      labelNames: ['program', 'procedure'],
      registers,
    })
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
    this.#openFiles = gauge('berth_open_files', 'Files kept open between calls')
    this.#inodes = gauge('berth_inodes', 'Inodes kept in memory')
    this.#syncFailures = new Counter({
      name: 'berth_sync_failures_total',
      help: 'Writes to disk that failed; clients were told to send their data again',
      registers,
    })
    this.#laneUp = gauge('berth_lane_up', 'Whether the lane answered in time; if not, the numbers are old')
  }

  async render(): Promise<{ contentType: string; text: string }> {
    const statistics = await withTimeout(this.#laneStatistics(), laneTimeoutMs)
    this.#laneUp.set(statistics === undefined ? 0 : 1)
    if (statistics !== undefined) this.#take(statistics)
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #take({ rpc, filesystem }: LaneStatistics): void {
    for (const [field, metric] of this.#metrics) {
      // The lane counts; a Counter here only shows that count, and has no way to be set.
      metric.reset()
      metric.inc(rpc[field])
    }
    this.#calls.reset()
    for (const { name, version, procedureNames, calls } of rpc.versions) {
      procedureNames.forEach((procedure, number) => {
        if (procedure === undefined) return
        this.#calls.inc({ program: `${name}${version}`, procedure }, calls[number] ?? 0)
      })
    }
    this.#openFiles.set(filesystem.openFileCount)
    this.#inodes.set(filesystem.inodeCount)
    this.#syncFailures.reset()
    this.#syncFailures.inc(filesystem.syncFailureCount)
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}

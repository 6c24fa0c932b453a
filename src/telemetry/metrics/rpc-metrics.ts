import type { RpcStatistics } from 'nfs-server-ts'
import { ofLanes, one, type NumberDefinition } from './definition.ts'

type CountedField = {
  [Field in keyof RpcStatistics]: RpcStatistics[Field] extends number ? Field : never
}[keyof RpcStatistics]

/** By field, so that one left out does not compile. */
const described: Readonly<Record<CountedField, readonly ['counter' | 'gauge', name: string, help: string]>> =
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
    callsTotal: ['counter', 'berth_rpc_calls_total', 'RPC calls of any program, retransmissions too'],
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
      'Retransmissions answered with the first reply; they are not in the calls by procedure',
    ],
    recordErrors: [
      'counter',
      'berth_record_errors_total',
      'Broken records, each of which closed its connection',
    ],
    datagramsDropped: ['counter', 'berth_datagrams_dropped_total', 'Datagrams not answered'],
  }

/** Connections, bytes, and calls that reached no procedure. */
export const rpcMetrics: readonly NumberDefinition[] = Object.entries(described).map(
  ([field, [kind, name, help]]) => ({
    kind,
    name,
    help,
    read: ofLanes(({ rpc }) => one(rpc[field as CountedField])),
  }),
)

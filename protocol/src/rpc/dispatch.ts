import { XdrError, XdrReader } from '../xdr/index.ts'
import { AuthError, type CredentialDecoder, type Credentials } from './auth.ts'
import { CallMeter } from './call-meter.ts'
import {
  AcceptStat,
  CallHeader,
  rpcVersion,
  writeAccepted,
  writeAuthError,
  writeProgramMismatch,
  writeRpcMismatch,
} from './message.ts'
import type { DeferredReply, RpcCall, RpcClient, RpcProcedure, RpcProgram } from './program.ts'
import { RecordError } from './record-marking.ts'
import type { ReplyBatch, ReplyBatches } from './reply-batch.ts'
import type { ClientReplies, ReplyWaiter, RunningCall } from './replies.ts'
import { checksumOf } from './reply-cache.ts'
import { Outcome, ProcedureCounter, type RpcStatistics } from './statistics.ts'

/** The call a bug came from. */
export interface BugContext {
  readonly program: number
  readonly version: number
  readonly procedure: number
  readonly xid: number
  readonly client: RpcClient
}

/** Told of every error that is ours. It must not throw. */
export type BugObserver = (error: unknown, context: BugContext) => void

/** {@link RpcCall}, filled again for each call. */
export interface PeerCall extends RpcCall {
  xid: number
  credentials: Credentials
}

/** Where calls come from and replies go to: a TCP connection, or the sender of a datagram. */
export interface RpcPeer extends ReplyWaiter {
  readonly call: PeerCall
  readonly credentialDecoder: CredentialDecoder
  readonly replies: ClientReplies
  /** One more call will be answered later: by {@link settle}, or as a waiter. */
  defer(): void
  /** Takes a reply that comes later, between `startReply` and `finishReply`; undefined when nobody is there any more. */
  lateBatch(): ReplyBatch | undefined
  /** A deferred call is done. What was written into the late batch is sent soon. */
  settle(): void
}

interface ServedProcedure {
  readonly procedure: RpcProcedure
  /** Also in the statistics. */
  readonly counter: ProcedureCounter
}

interface ServedProgram {
  /** By version, then by procedure number. */
  readonly versions: ReadonlyMap<number, readonly (ServedProcedure | undefined)[]>
  readonly low: number
  readonly high: number
}

/** A call whose reply comes later. */
interface Deferred extends BugContext {
  readonly peer: RpcPeer
  readonly running: RunningCall | undefined
  readonly counter: ProcedureCounter
  /** On the meter's clock. */
  readonly sinceMs: number
}

/** Answers calls: finds the procedure, runs it, and makes a reply of whatever comes of it. */
export class RpcDispatcher {
  /** Whoever has calls answered tells it when they come, when each has ended, and when there are no more for now. */
  readonly meter = new CallMeter()
  readonly #programs = new Map<number, ServedProgram>()
  readonly #statistics: RpcStatistics
  readonly #onBug: BugObserver
  readonly #batches: ReplyBatches
  // One each for all calls: a procedure uses them until it returns, and then comes the next call.
  readonly #reader = new XdrReader(Buffer.alloc(0))
  readonly #header = new CallHeader()

  constructor(
    programs: readonly RpcProgram[],
    statistics: RpcStatistics,
    onBug: BugObserver,
    batches: ReplyBatches,
  ) {
    this.#statistics = statistics
    this.#onBug = onBug
    this.#batches = batches
    for (const program of programs) this.#add(program)
  }

  /**
   * Answers the call in bytes `start` to `end` of `buffer`: writes the reply into `batch`, or later into the peer's.
   * Errors: RecordError for bytes that are no call, with nothing written.
   */
  answer(buffer: Buffer, start: number, end: number, peer: RpcPeer, batch: ReplyBatch): void {
    const header = this.#header
    this.#reader.reset(buffer, start, end)
    header.decode(this.#reader)
    this.#statistics.callsTotal++
    if (header.rpcVersion !== rpcVersion) {
      this.#statistics.rpcMismatches++
      batch.startReply()
      writeRpcMismatch(batch, header.xid)
      batch.finishReply()
      return
    }
    if (this.#authenticate(peer, batch)) this.#dispatch(peer, batch)
  }

  #add({ name, program, versions }: RpcProgram): void {
    if (this.#programs.has(program)) throw new Error(`RPC program ${program} is given twice`)
    const served = new Map<number, readonly (ServedProcedure | undefined)[]>()
    for (const { version, procedures } of versions) {
      const counted = Array.from(
        procedures,
        (procedure) =>
          procedure && { procedure, counter: new ProcedureCounter(procedure.name, procedure.statuses) },
      )
      served.set(version, counted)
      const counters = counted.map((each) => each?.counter)
      this.#statistics.versions.push({ program, name, version, procedures: counters })
    }
    const low = Math.min(...served.keys())
    this.#programs.set(program, { versions: served, low, high: Math.max(...served.keys()) })
  }

  /** Whether the caller's credential is taken; if not, the call has been answered. */
  #authenticate(peer: RpcPeer, batch: ReplyBatch): boolean {
    const { xid } = this.#header
    try {
      peer.call.xid = xid
      peer.call.credentials = peer.credentialDecoder.decode(this.#reader)
      return true
    } catch (error) {
      if (error instanceof XdrError)
        throw new RecordError('call ends inside its credential', { cause: error })
      if (!(error instanceof AuthError)) throw error
      this.#statistics.authErrors++
      batch.startReply()
      writeAuthError(batch, xid, error.stat)
      batch.finishReply()
      return false
    }
  }

  #dispatch(peer: RpcPeer, batch: ReplyBatch): void {
    const { program: number, version, procedure } = this.#header
    const program = this.#programs.get(number)
    if (program === undefined) {
      this.#statistics.programUnavailable++
      this.#refuse(batch, AcceptStat.PROG_UNAVAIL)
      return
    }
    const procedures = program.versions.get(version)
    if (procedures === undefined) {
      this.#refuseVersion(program, batch)
      return
    }
    const found = procedures[procedure]
    if (found === undefined) {
      this.#statistics.procedureUnavailable++
      this.#refuse(batch, AcceptStat.PROC_UNAVAIL)
      return
    }
    if (found.procedure.replyCached) this.#runOnce(found, peer, batch)
    else this.#run(found, peer, batch)
  }

  #refuseVersion({ low, high }: ServedProgram, batch: ReplyBatch): void {
    this.#statistics.programMismatches++
    batch.startReply()
    writeProgramMismatch(batch, this.#header.xid, low, high)
    batch.finishReply()
  }

  #refuse(batch: ReplyBatch, stat: AcceptStat): void {
    batch.startReply()
    writeAccepted(batch, this.#header.xid, stat)
    batch.finishReply()
  }

  #run(served: ServedProcedure, peer: RpcPeer, batch: ReplyBatch): void {
    const late = this.#execute(served, peer, batch)
    if (late !== undefined) this.#await(late, peer, served, undefined)
  }

  /** Runs a procedure unless this call is the retransmission of one that was run. */
  #runOnce(served: ServedProcedure, peer: RpcPeer, batch: ReplyBatch): void {
    const { replies } = peer
    const checksum = checksumOf(this.#reader.buffer, this.#reader.offset, this.#reader.end)
    const first = replies.begin(this.#header, checksum)
    if (first === undefined) {
      const late = this.#execute(served, peer, batch)
      if (late === undefined) replies.keep(this.#header, checksum, batch.reply())
      else this.#await(late, peer, served, replies.start(this.#header, checksum))
      return
    }
    this.#statistics.replyCacheHits++
    const { reply } = first
    if (reply !== undefined) batch.appendReply(reply)
    // However often a connection asks meanwhile, it waits for one more reply.
    else if (first.wait(peer)) peer.defer()
  }

  /** Runs a procedure. The reply has been written, unless a promise is returned. */
  #execute(
    { procedure, counter }: ServedProcedure,
    peer: RpcPeer,
    batch: ReplyBatch,
  ): Promise<DeferredReply> | undefined {
    const { call } = peer
    batch.startReply()
    writeAccepted(batch, call.xid, AcceptStat.SUCCESS)
    const start = batch.offset
    let outcome: number
    try {
      const late = procedure.run(this.#reader, call, batch)
      if (late instanceof Promise) {
        batch.dropReply()
        return late
      }
      outcome = counter.outcomeOf(batch, start)
    } catch (error) {
      const { program, version, procedure: number } = this.#header
      const { xid, client } = call
      outcome = this.#writeFailure(batch, error, { program, version, procedure: number, xid, client })
    }
    batch.finishReply()
    this.meter.answered(counter, outcome)
    return undefined
  }

  #await(
    late: Promise<DeferredReply>,
    peer: RpcPeer,
    { counter }: ServedProcedure,
    running: RunningCall | undefined,
  ): void {
    const { program, version, procedure } = this.#header
    const { xid, client } = peer.call
    const { sinceMs } = this.meter
    const deferred: Deferred = { program, version, procedure, xid, client, peer, running, counter, sinceMs }
    peer.defer()
    this.#follow(late, deferred)
  }

  #follow(late: Promise<DeferredReply>, deferred: Deferred): void {
    late.then(
      (write) => this.#settle(deferred, write),
      (error: unknown) =>
        this.#settle(deferred, () => {
          throw error
        }),
    )
  }

  #settle(deferred: Deferred, write: DeferredReply): void {
    const { peer, running, xid, counter, sinceMs } = deferred
    let outcome: number = Outcome.CLIENT_GONE
    const peerBatch = peer.lateBatch()
    // The client has gone, but it may come back and ask again.
    const batch = peerBatch ?? (running && this.#batches.take())
    if (batch !== undefined) {
      batch.startReply()
      writeAccepted(batch, xid, AcceptStat.SUCCESS)
      const start = batch.offset
      try {
        const later = write(batch)
        if (later instanceof Promise) {
          batch.dropReply()
          if (batch !== peerBatch) this.#batches.give(batch)
          this.#follow(later, deferred)
          return
        }
        outcome = counter.outcomeOf(batch, start)
      } catch (error) {
        outcome = this.#writeFailure(batch, error, deferred)
      }
      batch.finishReply()
      running?.finish(batch.reply())
      if (batch !== peerBatch) this.#batches.give(batch)
    }
    counter.add(outcome, this.meter.now() - sinceMs)
    peer.settle()
  }

  /** Replaces what a procedure has written by what its error means. Answers the outcome. */
  #writeFailure(batch: ReplyBatch, error: unknown, context: BugContext): number {
    batch.restartReply()
    if (error instanceof XdrError) {
      this.#statistics.garbageArgs++
      writeAccepted(batch, context.xid, AcceptStat.GARBAGE_ARGS)
      return Outcome.GARBAGE_ARGS
    }
    this.#statistics.bugs++
    writeAccepted(batch, context.xid, AcceptStat.SYSTEM_ERR)
    const { program, version, procedure, xid, client } = context
    this.#onBug(error, { program, version, procedure, xid, client })
    return Outcome.SYSTEM_ERR
  }
}

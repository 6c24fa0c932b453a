import type { CallHeader } from './message.ts'

/** What tells calls of one client apart, with a checksum of the arguments. */
export type CallIdentity = Pick<CallHeader, 'xid' | 'program' | 'version' | 'procedure'>

/** Someone who sent a call again while its first copy was still running. */
export interface ReplyWaiter {
  /** Sends the reply: a record without its mark. */
  deliver(reply: Buffer): void
  /** There will be no reply to send. */
  settle(): void
}

/** The first copy of a call that has come again. */
export interface FirstCopy {
  /** Its reply, a view without record mark; undefined while it is running. */
  readonly reply: Buffer | undefined
  /** Tells `waiter` when it is done, once, however often it asks; false: it waits already. For one that is running. */
  wait(waiter: ReplyWaiter): boolean
}

/** A call whose reply comes later. */
export interface RunningCall {
  /** Keeps its reply, and tells everyone who waits for it. */
  finish(reply: Buffer): void
}

/** The kept replies of one client address. A connection holds it, so that no call looks up an address. */
export interface ClientReplies {
  /** The first copy of a call; undefined: this is the first, and {@link keep} or {@link start} must follow in this turn. */
  begin(call: CallIdentity, checksum: number): FirstCopy | undefined
  /** The call begun last is done. */
  keep(call: CallIdentity, checksum: number, reply: Buffer): void
  /** The reply of the call begun last comes later. */
  start(call: CallIdentity, checksum: number): RunningCall
  /** The connection holds it no more. */
  release(): void
}

/**
 * Replies to calls that must not be done twice, for clients that ask again because they lost the answer: the same
 * address, xid, program, version, procedure and checksum of the arguments gets the very bytes of the first reply.
 */
export interface ReplyCache {
  /** Replies that are kept. */
  readonly count: number
  /** The replies of an address, until they are released. */
  acquire(address: string): ClientReplies
}

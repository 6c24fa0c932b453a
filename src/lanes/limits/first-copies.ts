import type { DeferredReply, RpcCall } from 'nfs-server-ts'

/**
 * WRITEs that wait. A client that has lost its connection sends them again: who waits already is not booked and done twice.
 * Of other calls that change something, the reply cache knows.
 */
export class FirstCopies {
  readonly #byCall = new Map<string, { readonly args: Buffer; readonly reply: Promise<DeferredReply> }>()

  /** The reply to the first copy of a call with these arguments; undefined: there is none. */
  of(call: RpcCall, args: Buffer): Promise<DeferredReply> | undefined {
    if (this.#byCall.size === 0) return undefined
    const first = this.#byCall.get(keyOf(call))
    return first?.args.equals(args) === true ? first.reply : undefined
  }

  /** A call whose result comes later. */
  add(call: RpcCall, args: Buffer, result: Promise<Buffer>): Promise<DeferredReply> {
    const key = keyOf(call)
    const reply = result
      .finally(() => {
        if (this.#byCall.get(key)?.args === args) this.#byCall.delete(key)
      })
      .then(
        (bytes): DeferredReply =>
          (writer) =>
            writer.fixedOpaque(bytes),
      )
    this.#byCall.set(key, { args, reply })
    return reply
  }
}

function keyOf({ client, xid }: RpcCall): string {
  return `${client.address} ${xid}`
}

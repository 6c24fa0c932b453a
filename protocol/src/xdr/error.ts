/** Bytes that are not XDR of the type asked for (RFC 4506). The RPC layer answers it with GARBAGE_ARGS. */
export class XdrError extends Error {
  override readonly name = 'XdrError'
  /** Byte offset in the buffer at which decoding stopped. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`)
    this.offset = offset
  }
}

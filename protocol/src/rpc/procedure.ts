import type { XdrWriter } from '../xdr/index.ts'
import type { DeferredReply, MaybePromise } from './program.ts'

/** Writes a result: now if it is there, else when it comes. */
export function answerWith<Result>(
  result: MaybePromise<Result>,
  writer: XdrWriter,
  encode: (writer: XdrWriter, result: Result) => void,
): void | Promise<DeferredReply> {
  if (result instanceof Promise) return result.then((value) => (late) => encode(late, value))
  encode(writer, result)
}

/** Most bytes of a list in a reply over TCP. */
const listSizeMax = 1024 * 1024
/** Over UDP the sender's address can be forged: a list must not be a weapon against whoever has that address. */
const datagramListSizeMax = 1024

/**
 * Writes an XDR list (RFC 4506 §4.19): each item behind a TRUE, and a FALSE at the end. It ends early, at the last item
 * that fits, when it would be too long to send.
 */
export function writeList<Item>(
  writer: XdrWriter,
  items: Iterable<Item>,
  transport: 'tcp' | 'udp',
  encode: (writer: XdrWriter, item: Item) => void,
): void {
  const end = writer.offset + (transport === 'udp' ? datagramListSizeMax : listSizeMax)
  for (const item of items) {
    const start = writer.offset
    writer.bool(true)
    encode(writer, item)
    if (writer.offset > end) {
      writer.offset = start
      break
    }
  }
  writer.bool(false)
}

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'

/** What receives from a socket: where the next bytes go, and that they have come. */
export interface Receiver {
  /** Where the next bytes are to be put. Asked after each {@link received}, and once before the first. */
  nextRoom(): Buffer
  /** `size` bytes are in `room`, which `nextRoom` answered. */
  received(room: Buffer, size: number): void
}

/**
 * System calls that Node does not offer, from who has an addon. Each answers as the call does, or a negative errno; none
 * waits for the client.
 */
export interface DescriptorCalls {
  /** dup(2). */
  duplicate(fd: number): number
  /** send(2) of bytes `start` to `end`, without waiting: bytes sent, or the negative errno. */
  send(socketFd: number, bytes: Buffer, start: number, end: number): number
  /** send(2) of bytes `start` to `end` of `head`, then sendfile(2): bytes sent in all, fewer when the socket is full. */
  sendFile(
    socketFd: number,
    head: Buffer,
    start: number,
    end: number,
    fileFd: number,
    position: number,
    count: number,
  ): number
  /**
   * Moves the calling thread to the processor where the socket's packets arrive, without binding it there: 1 if it was
   * elsewhere, else 0.
   */
  approach(socketFd: number): number
  /** pread(2). */
  pread(fd: number, buffer: Buffer, start: number, count: number, position: number): number
}

/** A socket that receives in place, and its descriptor. */
export interface InPlaceSocket {
  readonly socket: Socket
  readonly fd: number
}

/**
 * The same connection as a socket that puts what it receives where `receiver` says, instead of into a new buffer a
 * time: no allocation a read, and a large record arrives in its place. Node does so only for sockets made from a
 * descriptor (net.Socket, `onread`), so the accepted one's is duplicated, and it is closed.
 *
 * Answers undefined where that cannot be done: then `socket` is as it was.
 */
export function receiveInPlace(
  socket: Socket,
  calls: DescriptorCalls,
  receiver: Receiver,
): InPlaceSocket | undefined {
  const fd = descriptorOf(socket)
  const copy = fd === undefined ? -1 : calls.duplicate(fd)
  if (copy < 0) return undefined
  // The types of Node 20 know `onread` for connect() only.
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: copy,
    readable: true,
    writable: true,
    allowHalfOpen: true,
    onread: {
      buffer: () => receiver.nextRoom(),
      callback(size, room) {
        receiver.received(room as Buffer, size)
        return true
      },
    },
  }
  const same = new Socket(options)
  socket.destroy()
  return { socket: same, fd: copy }
}

/** The descriptor of a socket: no documented property tells it. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } }
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}

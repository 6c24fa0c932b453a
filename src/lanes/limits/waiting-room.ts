import type { RpcClient } from 'nfs-server-ts'

/** Calls that wait in a lane, and bytes of their arguments: what comes beyond is put off. */
const laneCountMax = 4096
const laneBytesMax = 64 * 1024 * 1024
/** The same of one share or grant that is limited: there are others. */
export const limitCountMax = 512
export const limitBytesMax = 16 * 1024 * 1024

/** A call that waits, and which limits make it wait. */
export interface WaitingCall {
  readonly client: RpcClient
  /** 0: no share's. */
  readonly shareId: number
  /** 0: no grant's. */
  readonly grant: number
  /** Bytes of its arguments. */
  readonly size: number
}

interface Tally {
  count: number
  bytes: number
}

/** Where calls wait for their time, in one lane. Those of one millisecond go together, so that their replies do. */
export class WaitingRoom {
  readonly #connectionCountMax: number
  readonly #all: Tally = { count: 0, bytes: 0 }
  readonly #shares = new Map<number, Tally>()
  readonly #grants = new Map<number, Tally>()
  readonly #connections = new Map<RpcClient, Tally>()
  /** By the millisecond in which they go. */
  readonly #departures = new Map<number, { readonly timer: NodeJS.Timeout; readonly calls: (() => void)[] }>()

  /** `connectionCountMax`: calls of one connection, which has others that need not wait. */
  constructor(connectionCountMax: number) {
    this.#connectionCountMax = connectionCountMax
  }

  /** Resolves in `ms`, or when {@link clear} is called; undefined: more wait than may. */
  wait(call: WaitingCall, ms: number): Promise<void> | undefined {
    const { client, shareId, grant, size } = call
    const isFull =
      !hasRoom(this.#all, size, laneCountMax, laneBytesMax) ||
      !hasRoom(this.#shares.get(shareId), size, limitCountMax, limitBytesMax) ||
      !hasRoom(this.#grants.get(grant), size, limitCountMax, limitBytesMax) ||
      !hasRoom(this.#connections.get(client), size, this.#connectionCountMax, limitBytesMax)
    if (isFull) return undefined
    this.#enter(call)
    return new Promise((resolve) => {
      this.#departAt(Math.ceil(performance.now() + ms), () => {
        this.#leave(call)
        resolve()
      })
    })
  }

  /** All go now. */
  clear(): void {
    for (const [at, { timer }] of this.#departures) {
      clearTimeout(timer)
      this.#depart(at)
    }
  }

  #departAt(at: number, leave: () => void): void {
    const departure = this.#departures.get(at)
    if (departure === undefined) {
      const timer = setTimeout(() => this.#depart(at), at - performance.now())
      this.#departures.set(at, { timer, calls: [leave] })
    } else departure.calls.push(leave)
  }

  #depart(at: number): void {
    const { calls } = this.#departures.get(at)!
    this.#departures.delete(at)
    for (const leave of calls) leave()
  }

  #enter({ client, shareId, grant, size }: WaitingCall): void {
    this.#all.count++
    this.#all.bytes += size
    if (shareId !== 0) enter(this.#shares, shareId, size)
    if (grant !== 0) enter(this.#grants, grant, size)
    enter(this.#connections, client, size)
  }

  #leave({ client, shareId, grant, size }: WaitingCall): void {
    this.#all.count--
    this.#all.bytes -= size
    leave(this.#shares, shareId, size)
    leave(this.#grants, grant, size)
    leave(this.#connections, client, size)
  }
}

/** The first is let in whatever its size. */
function hasRoom(tally: Tally | undefined, size: number, countMax: number, bytesMax: number): boolean {
  return tally === undefined || (tally.count < countMax && tally.bytes + size <= bytesMax)
}

function enter<Key>(tallies: Map<Key, Tally>, key: Key, size: number): void {
  const tally = tallies.get(key)
  if (tally === undefined) tallies.set(key, { count: 1, bytes: size })
  else {
    tally.count++
    tally.bytes += size
  }
}

function leave<Key>(tallies: Map<Key, Tally>, key: Key, size: number): void {
  const tally = tallies.get(key)
  if (tally === undefined) return
  tally.count--
  tally.bytes -= size
  if (tally.count === 0) tallies.delete(key)
}

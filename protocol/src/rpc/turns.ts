import type { CallMeter } from './call-meter.ts'

/**
 * For how long a client is served before others that wait. A turn ends with a write and a look for what has come
 * meanwhile, which costs about ten microseconds; and who comes during a turn waits for its end.
 */
export const turnMs = 0.5
/** While there is somebody else whose calls at a time take no more than this. */
export const shortTurnMs = 0.02
/** So long after somebody had so few calls, the next are expected. */
const expectedMs = 100
/** What a client can owe to others: calls of one client that take longer keep it waiting no longer. */
const debtMaxMs = 100 * turnMs
/** Connections that are read again after a turn: what they have received comes before the turn after. */
export const readAgainCount = 16
/** After a short one. */
const readAgainShortCount = 2

/** A connection, as far as turns are concerned. */
export interface TurnTaker {
  /** Answers calls until {@link Turns.isOver}. One that has calls left then waits again. */
  takeTurn(): void
  /** Receives nothing until {@link readAgain}. */
  readNoMore(): void
  readAgain(): void
}

/** All connections of one address, served in turns with those of others. */
export class ClientTurns {
  readonly address: string
  /** Its connections are in one of these each. From the one whose turn is next: those with calls that wait; */
  readonly waiting = new Set<TurnTaker>()
  /** those that are not read meanwhile: receiving from many at once would take longer than a turn; */
  readonly unread = new Set<TurnTaker>()
  readonly reading = new Set<TurnTaker>()
  /** What is left of the client's time in `round`; negative when it took more. */
  creditMs = turnMs
  round = 0

  constructor(address: string) {
    this.address = address
  }
}

/**
 * Who is served when, so that no client has to wait for all that another has sent. Each has the same time in a round
 * (deficit round robin, by time since calls differ a thousandfold): who has time left is served as soon as its calls
 * are received, and else waits for the next round. Who took more than its time owes it to the rounds after.
 *
 * While all connections are one client's, there are no turns: it is served until nothing is left.
 */
export class Turns {
  readonly #meter: CallMeter
  readonly #schedule: (run: () => void) => void
  readonly #clients = new Map<string, ClientTurns>()
  /** Clients with connections that wait, from the one whose turn is next. */
  readonly #queue = new Set<ClientTurns>()
  #isScheduled = false
  #round = 0
  /** Turns until everyone who waited when this round began has had one. */
  #turnsLeft = 0
  /** When the turn under way began, and when it ends: Infinity without other clients. */
  #beganMs = 0
  #endMs = Infinity
  #turnMs = turnMs
  /** Who last had more calls than a turn answers. */
  #busiest: ClientTurns | undefined
  /** When somebody else last had few. */
  #fewCallsAtMs = -Infinity

  /** `schedule`: runs a function once new calls have been looked for. */
  constructor(meter: CallMeter, schedule: (run: () => void) => void = setImmediate) {
    this.#meter = meter
    this.#schedule = schedule
  }

  /** Whether there is more than one client. */
  get areTaken(): boolean {
    return this.#clients.size > 1
  }

  /** The turns of an address, of which a connection has come; until {@link leave}. */
  join(address: string, connection: TurnTaker): ClientTurns {
    let client = this.#clients.get(address)
    if (client === undefined) {
      client = new ClientTurns(address)
      this.#clients.set(address, client)
    }
    client.reading.add(connection)
    return client
  }

  /** A connection has gone. */
  leave(client: ClientTurns, connection: TurnTaker): void {
    const { waiting, unread, reading } = client
    waiting.delete(connection)
    unread.delete(connection)
    reading.delete(connection)
    if (waiting.size + unread.size + reading.size === 0) this.#clients.delete(client.address)
  }

  /** Whether a client whose connection has received calls may have a turn right away. */
  mayServe(client: ClientTurns): boolean {
    if (!this.areTaken) return true
    return client.waiting.size === 0 && this.#credit(client) > 0
  }

  /** A connection waits for a turn of its client. */
  wait(client: ClientTurns, connection: TurnTaker): void {
    const { waiting, unread, reading } = client
    reading.delete(connection)
    waiting.add(connection)
    for (const other of reading) {
      reading.delete(other)
      unread.add(other)
      other.readNoMore()
    }
    this.#queue.add(client)
    this.#scheduleNext()
  }

  /** The meter has begun: so does the turn of a client. */
  begin(client: ClientTurns): void {
    this.#beganMs = this.#meter.sinceMs
    this.#turnMs = this.#beganMs < this.#fewCallsAtMs + expectedMs ? shortTurnMs : turnMs
    client.creditMs = Math.min(this.#credit(client), this.#turnMs)
    this.#endMs = this.areTaken ? this.#beganMs + client.creditMs : Infinity
  }

  /** Whether the turn under way has taken its time; as of the meter's last reading of the clock, which costs nothing. */
  get isOver(): boolean {
    return this.#meter.sinceMs >= this.#endMs
  }

  /** The turn of a client has ended, with its replies sent; `isCutShort`: it has calls left. */
  end(client: ClientTurns, isCutShort: boolean): void {
    if (this.#endMs === Infinity) return
    const servedMs = this.#meter.sinceMs
    // Who was cut short has no time left, however the differences are rounded.
    const spentMs = this.#meter.now() - this.#beganMs
    this.charge(client, isCutShort ? Math.max(spentMs, client.creditMs) : spentMs)
    if (isCutShort) this.#busiest = client
    else if (client !== this.#busiest && servedMs - this.#beganMs <= shortTurnMs)
      this.#fewCallsAtMs = servedMs
  }

  /** Takes time from what a client has left. */
  charge(client: ClientTurns, spentMs: number): void {
    client.creditMs = Math.max(this.#credit(client) - spentMs, -debtMaxMs)
    // Then it is seen whether anybody else has come: if not, nothing is owed.
    if (client.creditMs <= 0) this.#scheduleNext()
  }

  #credit(client: ClientTurns): number {
    if (client.round !== this.#round) {
      client.creditMs = Math.min(this.#turnMs, client.creditMs + (this.#round - client.round) * this.#turnMs)
      client.round = this.#round
    }
    return client.creditMs
  }

  #scheduleNext(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#schedule(this.#next)
  }

  readonly #next = (): void => {
    this.#isScheduled = false
    const client = this.#nextClient()
    if (client !== undefined) this.#serve(client)
    if (this.#queue.size === 0) this.#forgive()
    else this.#scheduleNext()
  }

  /** Takes the next client that has time from the queue. */
  #nextClient(): ClientTurns | undefined {
    // Who has none goes to the end of the queue, and is found again: every round gives some to all.
    for (const client of this.#queue) {
      this.#queue.delete(client)
      if (client.waiting.size + client.unread.size === 0) continue
      // Nobody waits but this one: what it owes, it owes to nobody.
      if (this.#queue.size === 0) this.#forgive()
      else if (this.#turnsLeft === 0) this.#beginRound()
      else this.#turnsLeft--
      if (this.#credit(client) > 0) return client
      this.#queue.add(client)
    }
    return undefined
  }

  /** A client has just been taken from the queue. */
  #beginRound(): void {
    this.#round++
    this.#turnsLeft = this.#queue.size
  }

  /** Nobody owes anything any more. */
  #forgive(): void {
    this.#round += debtMaxMs / shortTurnMs + 1
    this.#turnsLeft = 0
  }

  /** Serves connections of a client one after the other, until its time is over. */
  #serve(client: ClientTurns): void {
    const { waiting, unread, reading } = client
    for (const connection of waiting) {
      waiting.delete(connection)
      reading.add(connection)
      connection.takeTurn()
      if (client.creditMs <= 0) break
    }
    let count = this.#turnMs === shortTurnMs ? readAgainShortCount : readAgainCount
    for (const connection of unread) {
      if (count-- === 0) break
      unread.delete(connection)
      reading.add(connection)
      connection.readAgain()
    }
    if (waiting.size + unread.size > 0) this.#queue.add(client)
  }
}

import { describe, expect, it } from 'vitest'
import { CallMeter } from '../../src/rpc/call-meter.ts'
import {
  readAgainCount,
  shortTurnMs,
  turnMs,
  Turns,
  type ClientTurns,
  type TurnTaker,
} from '../../src/rpc/turns.ts'

/** Time that passes when calls are served, and the looks for new calls that were asked for. */
class World {
  nowMs = 0
  readonly looks: (() => void)[] = []
  readonly meter = new CallMeter({ now: () => this.nowMs })
  readonly turns = new Turns(this.meter, (run) => this.looks.push(run))
  /** What was served, in order. */
  readonly served: string[] = []

  connect(address: string, name = address): TestConnection {
    return new TestConnection(this, address, name)
  }

  look(): void {
    this.looks.shift()?.()
  }

  lookUntilServed(): void {
    for (let count = 0; this.looks.length > 0; count++) {
      if (count > 10_000) throw new Error('turns never end')
      this.look()
    }
  }

  /** How often each has been served so far. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const name of this.served) counts[name] = (counts[name] ?? 0) + 1
    return counts
  }
}

/** What a connection does with turns, its calls numbers: how long each takes. */
class TestConnection implements TurnTaker {
  readonly calls: number[] = []
  isRead = true
  readonly #world: World
  readonly #name: string
  readonly #client: ClientTurns
  #waits = false

  constructor(world: World, address: string, name: string) {
    this.#world = world
    this.#name = name
    this.#client = world.turns.join(address, this)
  }

  receive(count: number, callMs: number): void {
    for (let i = 0; i < count; i++) this.calls.push(callMs)
    if (this.#waits) return
    if (this.#world.turns.mayServe(this.#client)) this.takeTurn()
    else this.#wait()
  }

  takeTurn(): void {
    const { turns, meter, served } = this.#world
    this.#waits = false
    meter.begin()
    turns.begin(this.#client)
    while (!turns.isOver && this.calls.length > 0) {
      this.#world.nowMs += this.calls.shift()!
      served.push(this.#name)
      meter.end()
    }
    meter.rest()
    const isCutShort = turns.isOver && this.calls.length > 0
    turns.end(this.#client, isCutShort)
    if (isCutShort) this.#wait()
  }

  readNoMore(): void {
    this.isRead = false
  }

  readAgain(): void {
    this.isRead = true
  }

  leave(): void {
    this.#world.turns.leave(this.#client, this)
  }

  #wait(): void {
    this.#waits = true
    this.#world.turns.wait(this.#client, this)
  }
}

describe('one client', () => {
  it('is served until nothing is left, on all its connections', () => {
    const world = new World()
    const [first, second] = [world.connect('a'), world.connect('a')]
    first.receive(500, turnMs)
    second.receive(500, turnMs)
    expect(world.counts()).toEqual({ a: 1000 })
    expect(world.looks).toHaveLength(0)
  })

  it('is served so again when the others have gone', () => {
    const world = new World()
    const [stays, goes] = [world.connect('a'), world.connect('b')]
    goes.leave()
    stays.receive(500, turnMs)
    expect(world.counts()).toEqual({ a: 500 })
  })
})

describe('clients with calls that wait', () => {
  it('are served one after the other, a turn each', () => {
    const world = new World()
    const [a, b, c] = [world.connect('a'), world.connect('b'), world.connect('c')]
    for (const each of [a, b, c]) each.receive(3, turnMs)
    world.lookUntilServed()
    expect(world.served.join('')).toBe('abcabcabc')
  })

  it('have the same time, not the same calls', () => {
    const world = new World()
    const [quick, slow] = [world.connect('quick'), world.connect('slow')]
    quick.receive(100, turnMs / 10)
    slow.receive(100, turnMs)
    while (quick.calls.length > 0) world.look()
    expect(world.counts().slow).toBeGreaterThanOrEqual(9)
    expect(world.counts().slow).toBeLessThanOrEqual(11)
  })

  it('wait the longer the more they have taken over their time', () => {
    const world = new World()
    const [heavy, light] = [world.connect('heavy'), world.connect('light')]
    heavy.receive(2, 10 * turnMs)
    light.receive(100, turnMs)
    while (heavy.calls.length > 0) world.look()
    expect(world.counts()).toEqual({ heavy: 2, light: 10 })
  })

  it('have no more for having more connections', () => {
    const world = new World()
    const many = Array.from({ length: 32 }, (_, i) => world.connect('many', `${i}`))
    const one = world.connect('one')
    for (const each of many) each.receive(100, turnMs)
    one.receive(20, turnMs)
    while (one.calls.length > 0) world.look()
    const { one: ofOne, ...ofMany } = world.counts()
    expect(ofOne).toBe(20)
    const counts = Object.values(ofMany)
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(21)
    // And those have the turns of their client one after the other; the first had one before the others came.
    expect(Math.max(...counts)).toBe(2)
  })

  it('wait for no debts when nobody else waits', () => {
    const world = new World()
    const [heavy] = [world.connect('heavy'), world.connect('idle')]
    heavy.receive(3, 1000 * turnMs)
    world.look()
    world.look()
    expect(world.counts()).toEqual({ heavy: 3 })
  })
})

describe('a client with few calls', () => {
  it('is served as it comes, whatever of others waits', () => {
    const world = new World()
    const [flood, polite] = [world.connect('flood'), world.connect('polite')]
    flood.receive(1000, turnMs / 4)
    for (let i = 0; i < 10; i++) {
      world.look()
      const before = world.nowMs
      polite.receive(1, turnMs / 100)
      expect(polite.calls).toHaveLength(0)
      expect(world.nowMs).toBe(before + turnMs / 100)
    }
  })

  it('makes the turns of others short, as long as it comes again', () => {
    const world = new World()
    const [flood, polite] = [world.connect('flood'), world.connect('polite')]
    flood.receive(10_000, turnMs / 500)
    const lookFor = () => {
      const before = world.nowMs
      world.look()
      return world.nowMs - before
    }
    // Quick calls share a reading of the clock: a turn is as exact as eight of them.
    const runMs = (8 * turnMs) / 500
    expect(lookFor()).toBeGreaterThanOrEqual(turnMs - 1e-9)
    polite.receive(1, turnMs / 500)
    expect(lookFor()).toBeLessThanOrEqual(shortTurnMs + runMs)
    world.nowMs += 1000
    world.look()
    expect(lookFor()).toBeGreaterThanOrEqual(turnMs - 1e-9)
  })
})

describe('connections of a client that waits', () => {
  it('are not read until it has had turns, some more after each', () => {
    const world = new World()
    const many = Array.from({ length: 40 }, (_, i) => world.connect('many', `${i}`))
    world.connect('other')
    many[0]!.receive(2, turnMs)
    expect(many.filter(({ isRead }) => isRead)).toEqual([many[0]])
    world.look()
    expect(many.filter(({ isRead }) => isRead)).toHaveLength(1 + readAgainCount)
    world.lookUntilServed()
    expect(many.every(({ isRead }) => isRead)).toBe(true)
  })

  it('may go at any time', () => {
    const world = new World()
    const [first, second, third] = [world.connect('a'), world.connect('a'), world.connect('a', 'third')]
    const other = world.connect('b')
    first.receive(3, turnMs)
    third.receive(1, turnMs)
    other.receive(3, turnMs)
    first.leave()
    second.leave()
    world.lookUntilServed()
    expect(world.counts()).toEqual({ a: 1, b: 3, third: 1 })
  })
})

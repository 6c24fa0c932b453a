import { beforeEach, describe, expect, test } from 'vitest'
import { ThreadPlacement } from '../../src/rpc/thread-placement.ts'

const callCount = 64
let moves: number[]
let placement: ThreadPlacement
/** What looking where the client is comes to: 1, it was elsewhere. */
let found: number
let nowMs: number

beforeEach(() => {
  moves = []
  nowMs = 1000
  found = 1
  placement = new ThreadPlacement((fd) => {
    moves.push(fd)
    return found
  })
})

/** Chunks of `calls` calls, each after `idleMs`, answered in 10 µs. */
function serve(fd: number, chunks: number, idleMs: number, calls = 1): void {
  for (let i = 0; i < chunks; i++) {
    nowMs += idleMs
    placement.received(fd)
    placement.served(fd, calls, nowMs, (nowMs += 0.01))
  }
}

describe('the thread', () => {
  test('goes to a client that waits for each reply, and looks again later', () => {
    serve(5, callCount + 1, 0.06)
    expect(moves).toEqual([])
    serve(5, 1, 0.06)
    expect(moves).toEqual([5])
    serve(5, callCount - 1, 0.06)
    expect(moves).toEqual([5])
    serve(5, 1, 0.06)
    expect(moves).toEqual([5, 5])
  })

  test('looks several times when the client seems to be here, as acknowledgements are', () => {
    found = 0
    serve(5, callCount + 4, 0.06)
    expect(moves).toEqual([5, 5, 5])
    found = 1
    serve(5, 10, 0.06)
    expect(moves).toEqual([5, 5, 5, 5])
  })

  test('looks no more for a client that another has come after', () => {
    serve(5, callCount + 1, 0.06)
    serve(6, 10, 0.06)
    expect(moves).toEqual([])
  })

  test.each([
    ['is near already', 0.012, 1],
    ['rests between calls', 2, 1],
    ['sends many calls at once', 0.06, 2],
  ])('stays when the client %s', (_, idleMs, calls) => {
    serve(5, 10 * callCount, idleMs, calls)
    expect(moves).toEqual([])
  })

  test('stays when clients take turns', () => {
    for (let i = 0; i < 10 * callCount; i++) serve(5 + (i % 2), 1, 0.06)
    expect(moves).toEqual([])
  })
})

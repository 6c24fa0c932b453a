import { beforeEach, describe, expect, test } from 'vitest'
import { ThreadPlacement } from '../../src/rpc/thread-placement.ts'

const callCount = 64
let moves: number[]
let placement: ThreadPlacement
let nowMs: number

beforeEach(() => {
  moves = []
  nowMs = 1000
  placement = new ThreadPlacement((fd) => moves.push(fd))
})

/** Chunks of `calls` calls, each after `idleMs`, answered in 10 µs. */
function serve(fd: number, chunks: number, idleMs: number, calls = 1): void {
  for (let i = 0; i < chunks; i++) {
    nowMs += idleMs
    placement.served(fd, calls, nowMs, (nowMs += 0.01))
  }
}

describe('the thread', () => {
  test('goes to a client that waits for each reply, and looks again later', () => {
    serve(5, callCount, 0.06)
    expect(moves).toEqual([])
    serve(5, 1, 0.06)
    expect(moves).toEqual([5])
    serve(5, callCount - 1, 0.06)
    expect(moves).toEqual([5])
    serve(5, 1, 0.06)
    expect(moves).toEqual([5, 5])
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

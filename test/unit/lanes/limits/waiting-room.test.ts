import type { RpcClient } from 'nfs-server-ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  limitBytesMax,
  limitCountMax,
  WaitingRoom,
  type WaitingCall,
} from '../../../../src/lanes/limits/waiting-room.ts'

const connectionCountMax = 64

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

const connection = (): RpcClient => ({ address: '127.0.0.1', port: 700, transport: 'tcp' })
const callOf = (change: Partial<WaitingCall>): WaitingCall => ({
  ...{ client: connection(), shareId: 1, grant: 0, size: 100 },
  ...change,
})

/** How many of `count` calls are let in. */
function letIn(room: WaitingRoom, count: number, call: () => Partial<WaitingCall>): number {
  return Array.from({ length: count }, () => room.wait(callOf(call()), 1000)).filter(
    (due) => due !== undefined,
  ).length
}

it('lets so many calls of a connection, a share and a grant wait', () => {
  const room = new WaitingRoom(connectionCountMax)
  const client = connection()
  expect(letIn(room, 100, () => ({ client, shareId: 9 }))).toBe(connectionCountMax)
  expect(letIn(room, 600, () => ({ shareId: 1 }))).toBe(limitCountMax)
  expect(letIn(room, 600, () => ({ shareId: 0, grant: 1 }))).toBe(limitCountMax)
  expect(letIn(room, 600, () => ({ shareId: 2, grant: 1 }))).toBe(0)
  expect(letIn(room, 5, () => ({ shareId: 2, grant: 2 }))).toBe(5)
})

it('lets so many bytes of a share wait, and of all', () => {
  const room = new WaitingRoom(connectionCountMax)
  const size = 1024 * 1024
  expect(letIn(room, 100, () => ({ shareId: 1, size }))).toBe(limitBytesMax / size)
  const all = [2, 3, 4, 5].map((shareId) => letIn(room, 100, () => ({ shareId, size })))
  expect(all).toEqual([16, 16, 16, 0])
})

it('has room again when they have gone, each at its time', async () => {
  const room = new WaitingRoom(1)
  const client = connection()
  const gone: number[] = []
  for (const ms of [30.2, 10, 20, 10]) void room.wait(callOf({}), ms)?.then(() => gone.push(ms))
  const due = room.wait(callOf({ client }), 15)
  expect(room.wait(callOf({ client }), 1)).toBeUndefined()
  await vi.advanceTimersByTimeAsync(12)
  expect(gone).toEqual([10, 10])
  await vi.advanceTimersByTimeAsync(20)
  expect(gone).toEqual([10, 10, 20, 30.2])
  await due
  expect(room.wait(callOf({ client }), 1)).toBeDefined()
})

it('is emptied at once', async () => {
  const room = new WaitingRoom(connectionCountMax)
  const due = [10, 5000, 20].map(async (ms) => room.wait(callOf({}), ms))
  room.clear()
  expect(vi.getTimerCount()).toBe(0)
  expect(await Promise.all(due)).toHaveLength(3)
})

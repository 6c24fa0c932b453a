import { expect, test } from 'vitest'
import type { DescriptorCalls } from '../../src/rpc/receiver.ts'
import { boundSendBuffer } from '../../src/rpc/send-buffer.ts'

const KiB = 1024

/** What a socket was set to, and whether its client is taken for near. */
function bound(rttUs: number, answer = 0): { near: boolean; sizes: number[] } {
  const sizes: number[] = []
  const calls = {
    minRtt: () => rttUs,
    setSendBuffer: (_: number, size: number) => sizes.push(size) && answer,
  } as Partial<DescriptorCalls> as DescriptorCalls
  return { near: boundSendBuffer(calls, 5), sizes }
}

test.each([
  ['on this machine', 8, 128 * KiB],
  ['in this rack', 100, 250_000],
])('a client %s gets a small buffer', (_, rttUs, size) => {
  expect(bound(rttUs)).toEqual({ near: true, sizes: [size] })
})

test.each([
  ['far away', 1000],
  ['not heard of yet', 2 ** 32 - 1],
  ['whose socket is closed', -9],
])('of a client %s the kernel chooses the size', (_, rttUs) => {
  expect(bound(rttUs)).toEqual({ near: false, sizes: [] })
})

test('a socket that refuses is as it was', () => {
  expect(bound(8, -9).near).toBe(false)
})

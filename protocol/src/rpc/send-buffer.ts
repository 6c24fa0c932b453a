import type { DescriptorCalls } from './receiver.ts'

/** The least that a send buffer is set to, in bytes. */
const sizeMin = 128 * 1024
/** The most; further away, the kernel finds the size by itself. */
const sizeMax = 512 * 1024
/** What a thread that serves sends at most, in bytes a microsecond. */
const sendRateMax = 2500

/**
 * Has the kernel keep no more for a client that is near than can be sent to it in a round trip. Left to itself it lets
 * megabytes wait, and what is sent is out of the processors' caches when the client takes it. Answers whether it is near;
 * a client further away needs all that is under way to it.
 */
export function boundSendBuffer(calls: DescriptorCalls, socketFd: number): boolean {
  const rttUs = calls.minRtt(socketFd)
  const size = Math.max(sizeMin, rttUs * sendRateMax)
  return rttUs >= 0 && size <= sizeMax && calls.setSendBuffer(socketFd, size) === 0
}

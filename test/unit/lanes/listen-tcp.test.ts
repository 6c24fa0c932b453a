import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { constants } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { native } from '../../../src/native/index.ts'

const { EADDRINUSE, ENOENT } = constants.errno
const host = Buffer.from('127.0.0.1')
const system = Buffer.alloc(0)

/** A listener, its port in `address`. */
async function listening(share: 0 | 1): Promise<Server> {
  const fd = native.listenTcp(host, 0, 8, share, system)
  expect(fd).toBeGreaterThanOrEqual(0)
  const server = createServer().listen({ fd })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return server
}

test.each([
  ['a port that is one socket’s alone is joined by no other', 0, -EADDRINUSE],
  ['the first of several is joined', 1, undefined],
] as const)('%s', async (_, share, refusal) => {
  const { port } = (await listening(share)).address() as AddressInfo
  const joined = native.listenTcp(host, port, 8, 2, system)
  if (refusal !== undefined) expect(joined).toBe(refusal)
  else {
    expect(joined).toBeGreaterThanOrEqual(0)
    createServer().listen({ fd: joined }).close()
  }
})

test('a congestion control that the kernel does not have is refused', () => {
  expect(native.listenTcp(host, 0, 8, 0, Buffer.from('telepathy'))).toBe(-ENOENT)
})

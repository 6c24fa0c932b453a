import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { native } from '../../../src/native/index.ts'

const status = readFileSync('/proc/thread-self/status', 'utf8')
const [, allowed] = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)!
const processors = allowed!.split(',').flatMap((range) => {
  const [first, last = first] = range.split('-').map(Number)
  return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i)
})

function processorOfThread(): number {
  const fields = readFileSync('/proc/thread-self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return Number(fields[36])
}

/** A connection whose packet was sent by this processor, and so came in there: loopback has no other. */
async function connectionFrom(processor: number): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const send = `echo >/dev/tcp/127.0.0.1/${port}`
  expect(spawnSync('taskset', ['-c', String(processor), 'bash', '-c', send]).status).toBe(0)
  const [socket] = (await accepted) as [Socket]
  server.close()
  return socket
}

const fdOf = (socket: Socket) => (socket as unknown as { _handle: { fd: number } })._handle.fd

test.each(processors)('the thread goes to processor %i, and may leave it', async (processor) => {
  const socket = await connectionFrom(processor)
  // The scheduler may take it elsewhere at any time: so more than once.
  await expect
    .poll(() => {
      native.approach(fdOf(socket))
      return processorOfThread()
    })
    .toBe(processor)
  expect(readFileSync('/proc/thread-self/status', 'utf8')).toContain(`Cpus_allowed_list:\t${allowed}\n`)
  socket.destroy()
})

test('of what is no socket, the errno', () => {
  expect(native.approach(-1)).toBe(-9)
})

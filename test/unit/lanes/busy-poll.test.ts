import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'

const addon = fileURLToPath(new URL('../../../build/berth.node', import.meta.url))
const EALREADY = 114
/** Answers each string with what the thread has to tell. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads')
  const native = require(workerData)
  const first = native.busyPoll(50)
  parentPort.on('message', (message) => {
    if (message === 'end') parentPort.close()
    if (message !== 'tell') return
    const { idle } = performance.eventLoopUtilization()
    parentPort.postMessage({ first, again: native.busyPoll(50), polled: native.busyPolled(), idle })
  })
`

interface Told {
  readonly first: number
  readonly again: number
  readonly polled: number
  readonly idle: number
}

let worker: Worker
let exitCode: Promise<number>

beforeEach(() => {
  worker = new Worker(program, { eval: true, workerData: addon })
  exitCode = once(worker, 'exit').then(([code]) => code as number)
})

afterEach(() => worker.terminate())

async function tell(): Promise<Told> {
  const answer = once(worker, 'message')
  worker.postMessage('tell')
  const [told] = (await answer) as [Told]
  return told
}

/** Messages that come every 60 µs. */
function send(count: number): void {
  for (let i = 0; i < count; i++) {
    const until = performance.now() + 0.06
    while (performance.now() < until);
    worker.postMessage('')
  }
}

test.runIf(availableParallelism() > 1)('a thread polls when what it waits for comes quickly', async () => {
  await expect
    .poll(
      async () => {
        send(500)
        return (await tell()).polled
      },
      { timeout: 30_000, interval: 10 },
    )
    .toBeGreaterThan(0)
})

test('a thread for which nothing comes sleeps, however quickly it came before', async () => {
  send(2000)
  const before = await tell()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect((await tell()).idle - before.idle).toBeGreaterThan(500)
})

test('a thread that has ended leaves nothing open', async () => {
  send(500)
  worker.postMessage('end')
  expect(await exitCode).toBe(0)
})

test('it begins once', async () => {
  expect(await tell()).toMatchObject({ first: 0, again: -EALREADY })
})

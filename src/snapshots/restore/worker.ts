import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { ServiceError } from '../../config/service-error.ts'
import { makeRoot } from '../../namespace/share-maker.ts'
import { cloneSubvolume } from './clone-work.ts'
import type { RestoreAnswer, RestoreSetup } from './messages.ts'
import { Tally } from './report.ts'
import { RestoreWork } from './work.ts'

// The thread that restores one snapshot or part of it. An error that nobody caught ends it: see RestoreThread.

const progressIntervalMs = 250
/** Breaths between two looks at the clock. */
const looksEvery = 64

async function work(plane: MessagePort, { order, cloneInto, stop }: RestoreSetup): Promise<void> {
  const stopping = new Int32Array(stop)
  const tell = (answer: RestoreAnswer): void => plane.postMessage(answer)
  let breaths = 0
  let toldAt = performance.now()
  try {
    if (cloneInto !== undefined) {
      if (await cloneSubvolume(order.source, cloneInto)) {
        const { counts, paths } = new Tally()
        tell({ kind: 'done', report: { counts, paths, to: '' } })
        return
      }
      await makeRoot(cloneInto)
    }
    const restore = new RestoreWork(order, () => {
      if (++breaths % looksEvery !== 0) return
      if (Atomics.load(stopping, 0) !== 0) throw new Error('it was ended early')
      const now = performance.now()
      if (now - toldAt < progressIntervalMs) return
      toldAt = now
      tell({ kind: 'progress', counts: { ...restore.tally.counts } })
    })
    tell({ kind: 'done', report: await restore.run() })
  } catch (error) {
    const code = error instanceof ServiceError ? error.code : undefined
    tell({ kind: 'failed', message: (error as Error).message, ...(code === undefined ? {} : { code }) })
  } finally {
    plane.close()
  }
}

const plane = parentPort
if (plane === null) throw new Error('this file is the thread of a restore: it is started by one')
await work(plane, workerData as RestoreSetup)

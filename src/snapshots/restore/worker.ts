import { workerData } from 'node:worker_threads'
import { makeRoot } from '../../namespace/share-maker.ts'
import { AnsweringThread } from '../answering-thread.ts'
import { cloneSubvolume } from './clone-work.ts'
import type { RestoreQuestion, RestoreSetup } from './messages.ts'
import { Tally, type RestoreCounts, type RestoreReport } from './report.ts'
import { RestoreWork } from './work.ts'

// The thread that restores one snapshot or part of it.

const { order, cloneInto, stop } = workerData as RestoreSetup
const thread = new AnsweringThread<RestoreQuestion, RestoreReport, RestoreCounts>(stop)
thread.serve({ answer: restore })

async function restore(): Promise<RestoreReport> {
  if (cloneInto !== undefined) {
    if (await cloneSubvolume(order.source, cloneInto)) {
      const { counts, paths } = new Tally()
      return { counts, paths, to: '' }
    }
    await makeRoot(cloneInto)
  }
  const work = new RestoreWork(order, () => thread.breathe(() => ({ ...work.tally.counts })))
  return work.run()
}

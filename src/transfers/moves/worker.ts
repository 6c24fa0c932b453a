import { workerData } from 'node:worker_threads'
import { AnsweringThread } from '../../snapshots/answering-thread.ts'
import type { MoveCounts, MoveQuestion, MoveSetup } from './messages.ts'
import { MoveWork } from './move-work.ts'

// The thread that makes a share in another store: see MoveThread.

const setup = workerData as MoveSetup
const thread = new AnsweringThread<MoveQuestion, MoveCounts, MoveCounts>(setup.stop)
let work: MoveWork | undefined
thread.serve({
  answer: async (question) => {
    work ??= new MoveWork(setup, (files, bytes) => thread.breathe(() => ({ files, bytes })))
    await carryOut(work, question)
    return work.counts
  },
  close: () => work?.end(),
})

function carryOut(work: MoveWork, question: MoveQuestion): void | Promise<void> {
  switch (question.kind) {
    case 'copy': {
      work.copy()
      return
    }
    case 'round': {
      work.round(question.changed)
      return
    }
    case 'map':
      return work.map()
    case 'close':
      return work.close(question.changed)
  }
}

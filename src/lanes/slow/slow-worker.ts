import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { LogEvent } from '../../telemetry/log.ts'
import { ControlPlane } from '../control-plane.ts'
import type { SlowThreadAnswer, SlowThreadMessage, SlowThreadSetup } from './messages.ts'
import { SlowServer } from './slow-server.ts'

// A thread that does the calls on one remote store, for the lane that has started it. An error that nobody caught ends it,
// and with it the process.

const port = parentPort
if (port === null || isMainThread) throw new Error('this file is a slow thread: it is started by SlowThread')

const tell = (answer: SlowThreadAnswer, moved: readonly ArrayBuffer[] = []) => port.postMessage(answer, moved)
const plane = new ControlPlane((id, question) => tell({ kind: 'question', id, question }))
const onLog = (event: LogEvent) => tell({ kind: 'log', event })

// In a thread, process.exit ends that thread, at once.
const server = new SlowServer(workerData as SlowThreadSetup, plane, {
  tell,
  onLog,
  onUnsafe: () => process.exit(1),
})

port.on('message', (message: SlowThreadMessage) => {
  switch (message.kind) {
    case 'request': {
      server.serve(message.id, message.request)
      return
    }
    case 'order':
      return void server
        .carryOut(message.order)
        .then((result) => tell({ kind: 'done', id: message.id, result }))
    case 'answer': {
      plane.answered(message.id, message.answer)
      return
    }
    case 'end':
      return void server.close().then(() => process.exit(0))
  }
})
tell({ kind: 'ready' })

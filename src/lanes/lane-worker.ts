import { parentPort, workerData } from 'node:worker_threads'
import { OperatorError } from '../config/error.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { startLaneServer, type LaneServer } from './lane-server.ts'
import type { LaneAnswer, LaneRequest, LaneSetup } from './messages.ts'

// The thread of a lane. An error that nobody caught ends it, and with it the process: see Lane.

const plane = parentPort
if (plane === null) throw new Error('this file is the thread of a lane: it is started by Lane')

const tell = (answer: LaneAnswer) => plane.postMessage(answer)

function serve(server: LaneServer): void {
  plane?.on('message', (request: LaneRequest) => {
    if (request.kind === 'statistics') tell({ kind: 'statistics', statistics: server.statistics() })
    else void drain(server, request.timeoutMs)
  })
  tell({ kind: 'ready', ready: server.ready })
}

async function drain(server: LaneServer, timeoutMs: number): Promise<void> {
  await server.drain(timeoutMs)
  // A timer that someone forgot would otherwise keep the thread, and the process, waiting.
  process.exit(0)
}

try {
  const setup = workerData as LaneSetup
  // In a thread, process.exit ends that thread, at once.
  const observer = {
    onLog: (event: LogEvent) => tell({ kind: 'log', event }),
    onUnsafe: () => process.exit(1),
  }
  serve(await startLaneServer(setup, observer))
} catch (error) {
  if (!(error instanceof OperatorError)) throw error
  tell({ kind: 'failed', message: error.message })
}

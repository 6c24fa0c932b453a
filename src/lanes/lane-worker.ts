import { parentPort, workerData } from 'node:worker_threads'
import { OperatorError } from '../config/error.ts'
import { errnoName } from '../filesystem/index.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { native } from '../native/index.ts'
import { ControlPlane } from './control-plane.ts'
import { startLaneServer, type LaneServer } from './lane-server.ts'
import type { LaneAnswer, LaneRequest, LaneSetup, Order } from './messages.ts'

// The thread of a lane. An error that nobody caught ends it, and with it the process: see Lane.

const port = parentPort
if (port === null) throw new Error('this file is the thread of a lane: it is started by Lane')

const tell = (answer: LaneAnswer) => port.postMessage(answer)
const plane = new ControlPlane((id, question) => tell({ kind: 'question', id, question }))

function handle(request: LaneRequest, server: LaneServer): void {
  switch (request.kind) {
    case 'answer': {
      plane.answered(request.id, request.answer)
      return
    }
    case 'statistics': {
      tell({ kind: 'statistics', statistics: server.statistics() })
      return
    }
    case 'clients': {
      tell({ kind: 'clients', clients: server.clients() })
      return
    }
    case 'disconnect': {
      server.disconnect(request.address)
      return
    }
    case 'order':
      return void carryOut(server, request.id, request.order)
    case 'close-share':
      return void server.closeShare(request.shareId)
    case 'drain':
      return void drain(server, request.timeoutMs)
  }
}

async function carryOut(server: LaneServer, id: number, order: Order): Promise<void> {
  tell({ kind: 'done', id, result: await server.carryOut(order) })
}

async function drain(server: LaneServer, timeoutMs: number): Promise<void> {
  tell({ kind: 'drained', isSilent: !(await server.drain(timeoutMs)) })
  // A timer that someone forgot would otherwise keep the thread, and the process, waiting.
  process.exit(0)
}

try {
  const setup = workerData as LaneSetup
  // In a thread, process.exit ends that thread, at once.
  const observer = {
    onLog: (event: LogEvent) => tell({ kind: 'log', event }),
    onChanges: (entries: Uint8Array) => tell({ kind: 'changes', entries }),
    onUnsafe: () => process.exit(1),
  }
  const server = await startLaneServer(setup, plane, observer)
  const polls = setup.network.busyPollUs > 0 ? native.busyPoll(setup.network.busyPollUs) : 0
  if (polls < 0)
    observer.onLog({
      level: 'warn',
      message: `does not poll before it sleeps: ${errnoName(polls)}`,
      fields: {},
    })
  port.on('message', (request: LaneRequest) => handle(request, server))
  tell({ kind: 'ready', ready: server.ready })
} catch (error) {
  if (!(error instanceof OperatorError)) throw error
  tell({ kind: 'failed', message: error.message })
}

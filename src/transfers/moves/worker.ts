import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { MoveAnswer, MoveRequest, MoveSetup } from './messages.ts'
import { MoveWork } from './move-work.ts'

// The thread that makes a share in another store. An error that nobody caught ends it: see MoveThread.

const progressIntervalMs = 250
/** Objects between two looks at the clock. */
const looksEvery = 64

class Mover {
  readonly #plane: MessagePort
  readonly #setup: MoveSetup
  readonly #stop: Int32Array
  #work: MoveWork | undefined
  #objects = 0
  #toldAt = performance.now()

  constructor(plane: MessagePort, setup: MoveSetup) {
    this.#plane = plane
    this.#setup = setup
    this.#stop = new Int32Array(setup.stop)
    plane.on('message', (request: MoveRequest) => void this.#take(request))
  }

  async #take(request: MoveRequest): Promise<void> {
    if (request.kind === 'end') {
      this.#work?.end()
      this.#plane.close()
      return
    }
    try {
      this.#work ??= new MoveWork(this.#setup, (files, bytes) => this.#breath(files, bytes))
      await this.#carryOut(this.#work, request)
      this.#tell({ kind: 'done', ...this.#work.counts })
    } catch (error) {
      this.#tell({ kind: 'failed', message: (error as Error).message })
    }
  }

  #carryOut(work: MoveWork, request: Exclude<MoveRequest, { kind: 'end' }>): void | Promise<void> {
    switch (request.kind) {
      case 'copy': {
        work.copy()
        return
      }
      case 'round': {
        work.round(request.changed)
        return
      }
      case 'map':
        return work.map()
      case 'close':
        return work.close(request.changed)
    }
  }

  /** Tells how far it has come now and then. @throws {Error} when it is to end. */
  #breath(files: number, bytes: number): void {
    if (++this.#objects % looksEvery !== 0) return
    if (Atomics.load(this.#stop, 0) !== 0) throw new Error('it was ended early')
    const now = performance.now()
    if (now - this.#toldAt < progressIntervalMs) return
    this.#toldAt = now
    this.#tell({ kind: 'progress', files, bytes })
  }

  #tell(answer: MoveAnswer): void {
    this.#plane.postMessage(answer)
  }
}

const plane = parentPort
if (plane === null) throw new Error('this file is the thread of a move: it is started by MoveThread')
new Mover(plane, workerData as MoveSetup)

import { parentPort } from 'node:worker_threads'
import { ServiceError } from '../config/service-error.ts'
import { endOfQuestions, type ThreadAnswer, type ThreadProgress } from './asked-thread.ts'

const progressIntervalMs = 250
/** Breaths between two looks at the clock. */
const looksEvery = 64

export interface Answering<Question, Done> {
  answer(question: Question): Done | Promise<Done>
  /** Lets go of what it has open, wherever it stands. */
  close?(): void
}

/** What an {@link AskedThread} is in its own thread. An error that nobody caught ends it. */
export class AnsweringThread<Question, Done, Progress = never> {
  readonly #plane = planeOf()
  readonly #stop: Int32Array
  #breaths = 0
  #toldAt = performance.now()

  /** Of the thread's `workerData`: `stop`. */
  constructor(stop: SharedArrayBuffer) {
    this.#stop = new Int32Array(stop)
  }

  /** Answers until there is no further question. */
  serve({ answer, close }: Answering<Question, Done>): void {
    this.#plane.on('message', (question: Question | typeof endOfQuestions) => {
      if (question !== endOfQuestions) {
        void this.#answer(() => answer(question))
        return
      }
      close?.()
      this.#plane.close()
    })
  }

  /** Tells how far it has come now and then: to be called for each object. @throws {Error} when it is to end */
  breathe(progress: () => Progress): void {
    if (++this.#breaths % looksEvery === 0) this.breatheNow(progress)
  }

  /** As {@link breathe}, after what took long. */
  breatheNow(progress: () => Progress): void {
    this.look()
    const now = performance.now()
    if (now - this.#toldAt < progressIntervalMs) return
    this.#toldAt = now
    this.#tell({ kind: 'progress', progress: progress() })
  }

  /** @throws {Error} when it is to end */
  look(): void {
    if (Atomics.load(this.#stop, 0) !== 0) throw new Error('it was ended early')
  }

  async #answer(work: () => Done | Promise<Done>): Promise<void> {
    try {
      this.#tell({ kind: 'done', done: await work() })
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : undefined
      this.#tell({ kind: 'failed', message: (error as Error).message, code })
    }
  }

  #tell(answer: ThreadAnswer<Done> | ThreadProgress<Progress>): void {
    this.#plane.postMessage(answer)
  }
}

function planeOf() {
  if (parentPort === null) throw new Error('this file is a thread: it is started by one that asks')
  return parentPort
}

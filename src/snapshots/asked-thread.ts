import { Worker } from 'node:worker_threads'
import { ServiceError, type ServiceErrorCode } from '../config/service-error.ts'

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 4

/** How an {@link AnsweringThread} answers a question. With a code: it refuses. */
export type ThreadAnswer<Done> =
  | { readonly kind: 'done'; readonly done: Done }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: ServiceErrorCode | undefined }

/** What it tells before it answers. */
export interface ThreadProgress<Progress> {
  readonly kind: 'progress'
  readonly progress: Progress
}

export interface AskedThreadOptions<Progress> {
  /** Of the thread, which answers by an {@link AnsweringThread}. */
  readonly module: URL
  /** What it is a thread of: `snapshot`. */
  readonly name: string
  /** Its `workerData`, with `stop`: the shared memory of one flag, not 0 once it is to end. */
  readonly setup: object
  /** Ends what it does early. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** A thread that walks trees, does one thing after the other as it is asked to, and ends early when it is told to. */
export class AskedThread<Question, Done, Progress = never> {
  readonly #worker: Worker
  readonly #signal: AbortSignal
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(4))
  readonly #stop = (): void => void Atomics.store(this.#stopFlag, 0, 1)
  /** Resolves with what to say about it when it has ended, in whatever way. */
  readonly #ended: Promise<Error>
  #settle: ((answer: ThreadAnswer<Done>) => void) | undefined

  constructor({ module, name, setup, signal, onProgress }: AskedThreadOptions<Progress>) {
    this.#signal = signal
    if (signal.aborted) this.#stop()
    else signal.addEventListener('abort', this.#stop)
    this.#worker = new Worker(module, {
      workerData: { ...setup, stop: this.#stopFlag.buffer },
      name,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    this.#worker.on('message', (answer: ThreadAnswer<Done> | ThreadProgress<Progress>) => {
      if (answer.kind === 'progress') onProgress?.(answer.progress)
      else this.#settle?.(answer)
    })
    this.#ended = new Promise((resolve) => {
      this.#worker.on('error', (cause) =>
        resolve(new Error(`the thread of a ${name} died: ${cause.message}`, { cause })),
      )
      this.#worker.on('exit', (code) =>
        resolve(new Error(`the thread of a ${name} ended without an answer, with code ${code}`)),
      )
    })
  }

  /**
   * One question at a time.
   * @throws the signal's reason, a {@link ServiceError}, or an Error with what came in the way
   */
  async ask(question: Question): Promise<Done> {
    this.#signal.throwIfAborted()
    const answered = new Promise<ThreadAnswer<Done>>((resolve) => (this.#settle = resolve))
    this.#worker.postMessage(question)
    const answer = await Promise.race([answered, this.#ended])
    this.#settle = undefined
    if (!(answer instanceof Error) && answer.kind === 'done') return answer.done
    this.#signal.throwIfAborted()
    if (answer instanceof Error) throw answer
    const { message, code } = answer
    throw code === undefined ? new Error(message) : new ServiceError(code, message)
  }

  /** Has it end, wherever it stands. Resolves when it works on nothing any more. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop)
    // It is not terminated: its descriptors would stay open.
    this.#stop()
    this.#worker.postMessage(endOfQuestions)
    await this.#ended
  }
}

/** The last message to such a thread. */
export const endOfQuestions = null

import { Worker } from 'node:worker_threads'
import type { Progress, SnapshotDriver, SnapshotOrder, Taken, Taking } from './driver.ts'
import type { WorkerAnswer, WorkerRequest, WorkerSetup, WorkKind } from './messages.ts'

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 4

type Done = Extract<WorkerAnswer, { kind: 'done' }>

interface ThreadOptions {
  readonly kind: WorkKind
  readonly source: string
  readonly directory: string
  readonly name: string
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** A thread that does one thing after the other for one snapshot. To be closed. */
class SnapshotThread {
  readonly #worker: Worker
  readonly #signal: AbortSignal
  readonly #stop = new Int32Array(new SharedArrayBuffer(4))
  readonly #onAbort = (): void => void Atomics.store(this.#stop, 0, 1)
  readonly #ended: Promise<Error>
  #settle: ((answer: Done | Error) => void) | undefined

  constructor({ kind, source, directory, name, onProgress, signal }: ThreadOptions) {
    this.#signal = signal
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort)
    const setup: WorkerSetup = { kind, source, directory, name, stop: this.#stop.buffer }
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: setup,
      name: 'snapshot',
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    this.#worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'progress') onProgress({ files: answer.files, bytes: answer.bytes })
      else this.#settle?.(answer.kind === 'done' ? answer : new Error(answer.message))
    })
    this.#ended = endOf(this.#worker)
  }

  /** One at a time. */
  async ask(request: WorkerRequest): Promise<Done> {
    this.#signal.throwIfAborted()
    const answered = new Promise<Done | Error>((resolve) => (this.#settle = resolve))
    this.#post(request)
    const answer = await Promise.race([answered, this.#ended])
    this.#settle = undefined
    if (!(answer instanceof Error)) return answer
    this.#signal.throwIfAborted()
    throw answer
  }

  #post(request: WorkerRequest): void {
    this.#worker.postMessage(request)
  }

  /** Resolves when the thread works on nothing any more. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#onAbort()
    // Not terminated: its descriptors would stay open.
    this.#post({ kind: 'close' })
    await this.#ended
  }
}

/** A snapshot that is taken in a thread of its own, which lives from `prepare` to `finish` or `discard`. */
export class WorkerTaking implements Taking {
  readonly #driver: Pick<SnapshotDriver, 'remove'>
  readonly #order: SnapshotOrder
  readonly #thread: SnapshotThread

  constructor(driver: Pick<SnapshotDriver, 'remove'>, kind: WorkKind, order: SnapshotOrder) {
    this.#driver = driver
    this.#order = order
    this.#thread = new SnapshotThread({ kind, ...order })
  }

  async prepare(): Promise<void> {
    await this.#thread.ask({ kind: 'prepare' })
  }

  async cut(changed: ReadonlySet<number> | undefined): Promise<void> {
    await this.#thread.ask({ kind: 'cut', changed: changed && Float64Array.from(changed) })
  }

  async finish(): Promise<Taken> {
    const { taken } = await this.#thread.ask({ kind: 'finish' })
    await this.#thread.close()
    return taken!
  }

  async discard(signal?: AbortSignal): Promise<void> {
    await this.#thread.close()
    await this.#driver.remove(this.#order, signal)
  }
}

/** Bytes that only the files of a tree hold; see {@link SnapshotDriver.usage}. */
export async function exclusiveBytesOf(tree: string, signal?: AbortSignal): Promise<number | undefined> {
  const thread = new SnapshotThread({
    kind: 'copy',
    source: tree,
    directory: '',
    name: '',
    onProgress: () => {},
    signal: signal ?? new AbortController().signal,
  })
  try {
    return (await thread.ask({ kind: 'usage' })).bytes
  } finally {
    await thread.close()
  }
}

/** Resolves with the reason when the thread has ended, in whatever way. */
function endOf(worker: Worker): Promise<Error> {
  return new Promise((resolve) => {
    worker.on('error', (cause) =>
      resolve(new Error(`the thread of a snapshot died: ${cause.message}`, { cause })),
    )
    worker.on('exit', (code) => resolve(new Error(`the thread of a snapshot ended with code ${code}`)))
  })
}

import type { Worker } from 'node:worker_threads'
import type { ChangeList } from '../../filesystem/change-list.ts'
import { startStoppableThread, type StoppableThread } from '../stoppable-thread.ts'
import type { Progress, SnapshotDriver, SnapshotOrder, Taken, Taking } from './driver.ts'
import type { WorkerAnswer, WorkerRequest, WorkerSetup, WorkKind } from './messages.ts'

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
  readonly #thread: StoppableThread
  readonly #signal: AbortSignal
  readonly #ended: Promise<Error>
  #settle: ((answer: Done | Error) => void) | undefined

  constructor({ kind, source, directory, name, onProgress, signal }: ThreadOptions) {
    this.#signal = signal
    const setup: Omit<WorkerSetup, 'stop'> = { kind, source, directory, name }
    this.#thread = startStoppableThread(new URL('./worker.js', import.meta.url), 'snapshot', setup, signal)
    this.#thread.worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'progress') onProgress({ files: answer.files, bytes: answer.bytes })
      else this.#settle?.(answer.kind === 'done' ? answer : new Error(answer.message))
    })
    this.#ended = endOf(this.#thread.worker)
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
    this.#thread.worker.postMessage(request)
  }

  /** Resolves when the thread works on nothing any more. */
  async close(): Promise<void> {
    this.#thread.forget()
    this.#thread.stop()
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

  async catchUp(changed: ChangeList | undefined): Promise<void> {
    await this.#thread.ask({ kind: 'catch-up', changed })
  }

  async cut(changed: ChangeList | undefined): Promise<void> {
    await this.#thread.ask({ kind: 'cut', changed })
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

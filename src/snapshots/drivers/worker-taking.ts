import type { ChangeList } from '../../filesystem/change-list.ts'
import { AskedThread } from '../asked-thread.ts'
import type { Progress, SnapshotDriver, SnapshotOrder, Taken, Taking } from './driver.ts'
import type { WorkDone, WorkerQuestion, WorkerSetup, WorkKind } from './messages.ts'

function threadFor({
  signal,
  onProgress,
  ...setup
}: Omit<WorkerSetup, 'stop' | 'pause'> & { readonly pause?: SharedArrayBuffer } & Pick<
    SnapshotOrder,
    'signal' | 'onProgress'
  >) {
  return new AskedThread<WorkerQuestion, WorkDone, Progress>({
    module: new URL('./worker.js', import.meta.url),
    name: 'snapshot',
    ...{ setup: { pause: new SharedArrayBuffer(4), ...setup }, signal, onProgress },
  })
}

/** A snapshot that is taken in a thread of its own, which lives from `prepare` to `finish` or `discard`. */
export class WorkerTaking implements Taking {
  readonly #driver: Pick<SnapshotDriver, 'remove'>
  readonly #order: SnapshotOrder
  readonly #pause = new SharedArrayBuffer(4)
  readonly #thread: ReturnType<typeof threadFor>

  constructor(driver: Pick<SnapshotDriver, 'remove'>, kind: WorkKind, order: SnapshotOrder) {
    this.#driver = driver
    this.#order = order
    this.#thread = threadFor({ kind, pause: this.#pause, ...order })
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

  async pause(): Promise<void> {
    Atomics.store(new Int32Array(this.#pause), 0, 1)
    await this.#thread.close()
  }
}

/** Bytes that only the files of a tree hold; see {@link SnapshotDriver.usage}. */
export async function exclusiveBytesOf(tree: string, signal?: AbortSignal): Promise<number | undefined> {
  return (await askedOf(tree, { kind: 'usage' }, signal)).bytes
}

/** Objects of a tree that may change meanwhile, and bytes that its files take up on the disk. */
export async function countOf(tree: string, signal?: AbortSignal): Promise<Progress> {
  const { files, bytes } = await askedOf(tree, { kind: 'count' }, signal)
  return { files: files!, bytes: bytes! }
}

async function askedOf(source: string, question: WorkerQuestion, signal?: AbortSignal): Promise<WorkDone> {
  const thread = threadFor({
    ...{ kind: 'copy', source, directory: '', name: '', onProgress: () => {} },
    signal: signal ?? new AbortController().signal,
  })
  try {
    return await thread.ask(question)
  } finally {
    await thread.close()
  }
}

import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { Candidates } from './candidates.ts'
import { ChangeWriter } from './change.ts'
import { changesBetween } from './compare.ts'
import { JournalWriter } from './journal-writer.ts'
import type { ComparisonAnswer, ComparisonSetup } from './messages.ts'
import { Tree } from './tree.ts'

// The thread that compares two snapshots. It goes no further than it is asked to. An error that nobody caught ends it.

/** Changes on their way at once. */
const batchCountMax = 1000
/** Bytes of a batch from which on it takes no further change. */
const batchSizeMin = 256 * 1024
/** Time after which a batch takes no further change. */
const batchMs = 500
/** Breaths between two looks at whether to go on. */
const looksEvery = 16

class ComparisonThread {
  readonly #plane: MessagePort
  readonly #stop: Int32Array
  readonly #writer: ChangeWriter
  readonly #trees: Tree[] = []
  readonly #setup: ComparisonSetup
  #changes: ReturnType<typeof changesBetween> | undefined
  #breaths = 0
  #journal: JournalWriter | undefined

  constructor(plane: MessagePort, setup: ComparisonSetup) {
    this.#plane = plane
    this.#setup = setup
    this.#stop = new Int32Array(setup.stop)
    this.#writer = new ChangeWriter(setup.format)
    plane.on('message', () => this.#answer())
  }

  #answer(): void {
    let answer: ComparisonAnswer
    try {
      answer = this.#next()
    } catch (error) {
      answer = { kind: 'failed', message: (error as Error).message }
    }
    this.#plane.postMessage(answer)
    if (answer.kind === 'failed' || answer.isLast) this.#close()
  }

  #next(): ComparisonAnswer {
    if (this.#changes === undefined) {
      this.#changes = this.#begin()
      return { kind: 'changes', bytes: new Uint8Array(), isLast: false }
    }
    const pieces: Buffer[] = []
    let [count, size] = [0, 0]
    const startedAt = performance.now()
    const isLate = (): boolean => performance.now() - startedAt > batchMs
    while (count < batchCountMax && size < batchSizeMin && !isLate()) {
      this.#look()
      const next = this.#changes.next()
      if (next.done === true) {
        const journal = this.#journal && { journal: this.#journal.entries }
        return { kind: 'changes', bytes: Buffer.concat(pieces), isLast: true, ...journal }
      }
      this.#journal?.add(next.value)
      const bytes = this.#writer.write(next.value)
      pieces.push(bytes)
      count++
      size += bytes.length
    }
    return { kind: 'changes', bytes: Buffer.concat(pieces), isLast: false }
  }

  #begin(): ReturnType<typeof changesBetween> {
    const { older, newer, trustedBefore, journal, journalOf } = this.#setup
    for (const source of [older, newer]) this.#trees.push(new Tree(source))
    const [before, after] = this.#trees as [Tree, Tree]
    const breath = (): void => {
      if (++this.#breaths % looksEvery === 0) this.#look()
    }
    if (journalOf !== undefined) this.#journal = new JournalWriter(before, after, journalOf)
    const candidates = journal && { candidates: Candidates.of(journal, after, breath) }
    return changesBetween(before, after, { trustedBefore, breath, ...candidates })
  }

  /** @throws {Error} when it is to end. */
  #look(): void {
    if (Atomics.load(this.#stop, 0) !== 0) throw new Error('it was ended early')
  }

  #close(): void {
    // It has descriptors open wherever it stands.
    this.#changes?.return(undefined)
    for (const tree of this.#trees) tree.close()
    this.#plane.close()
  }
}

const plane = parentPort
if (plane === null) throw new Error('this file is the thread of a comparison: it is started by one')
new ComparisonThread(plane, workerData as ComparisonSetup)

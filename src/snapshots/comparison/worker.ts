import { workerData } from 'node:worker_threads'
import { AnsweringThread } from '../answering-thread.ts'
import { Candidates } from './candidates.ts'
import { ChangeWriter } from './change.ts'
import { changesBetween, type ComparisonOptions } from './compare.ts'
import { JournalWriter } from './journal-writer.ts'
import type { ComparedPiece, ComparisonQuestion, ComparisonSetup } from './messages.ts'
import { Tree } from './tree.ts'

// The thread that compares two snapshots. It goes no further than it is asked to.

/** Changes on their way at once. */
const batchCountMax = 1000
/** Bytes of a batch from which on it takes no further change. */
const batchSizeMin = 256 * 1024
/** Time after which a batch takes no further change. */
const batchMs = 500
/** Breaths between two looks at whether to go on. */
const looksEvery = 16

class Comparison {
  readonly #thread: AnsweringThread<ComparisonQuestion, ComparedPiece>
  readonly #writer: ChangeWriter
  readonly #trees: Tree[] = []
  readonly #setup: ComparisonSetup
  #changes: ReturnType<typeof changesBetween> | undefined
  #breaths = 0
  #journal: JournalWriter | undefined

  constructor(setup: ComparisonSetup) {
    this.#setup = setup
    this.#writer = new ChangeWriter(setup.format)
    this.#thread = new AnsweringThread(setup.stop)
    this.#thread.serve({ answer: () => this.#next(), close: () => this.#close() })
  }

  #next(): ComparedPiece {
    if (this.#changes === undefined) {
      this.#changes = this.#begin()
      return { bytes: new Uint8Array(), isLast: false }
    }
    const pieces: Buffer[] = []
    let [count, size] = [0, 0]
    const startedAt = performance.now()
    const isLate = (): boolean => performance.now() - startedAt > batchMs
    while (count < batchCountMax && size < batchSizeMin && !isLate()) {
      this.#thread.look()
      const next = this.#changes.next()
      if (next.done === true) {
        const journal = this.#journal && { journal: this.#journal.entries }
        return { bytes: Buffer.concat(pieces), isLast: true, ...journal }
      }
      this.#journal?.add(next.value)
      const bytes = this.#writer.write(next.value)
      pieces.push(bytes)
      count++
      size += bytes.length
    }
    return { bytes: Buffer.concat(pieces), isLast: false }
  }

  #begin(): ReturnType<typeof changesBetween> {
    const { older, newer, trustedBefore, journal, journalOf } = this.#setup
    for (const source of [older, newer]) this.#trees.push(new Tree(source))
    const [before, after] = this.#trees as [Tree, Tree]
    const breath = (): void => {
      if (++this.#breaths % looksEvery === 0) this.#thread.look()
    }
    if (journalOf !== undefined) this.#journal = new JournalWriter(before, after, journalOf)
    const candidates = journal && { candidates: Candidates.of(journal, after, breath) }
    const onReplaced: ComparisonOptions['onReplaced'] = (was, is) => this.#journal?.addReplaced(was, is)
    return changesBetween(before, after, { trustedBefore, breath, onReplaced, ...candidates })
  }

  #close(): void {
    // It has descriptors open wherever it stands.
    this.#changes?.return(undefined)
    for (const tree of this.#trees) tree.close()
  }
}

new Comparison(workerData as ComparisonSetup)

/** How long an answer is good, in ms: long enough for a burst of the same question, short enough not to be noticed. */
const keptMs = 1000
/** Answers kept; at the limit all are forgotten. */
const keptCountMax = 1000

/** Answers to questions that cost much and come again at once: a client that lists asks for attributes of all it sees. */
export class ShortMemory<Answer> {
  readonly #kept = new Map<string, { readonly answer: Answer; readonly at: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** The answer of a moment ago, or what `find` finds. */
  recall(question: string, find: () => Answer): Answer {
    const now = this.#now()
    const kept = this.#kept.get(question)
    if (kept !== undefined && now >= kept.at && now - kept.at < keptMs) return kept.answer
    const answer = find()
    if (this.#kept.size >= keptCountMax) this.#kept.clear()
    this.#kept.set(question, { answer, at: now })
    return answer
  }

  forget(): void {
    this.#kept.clear()
  }
}

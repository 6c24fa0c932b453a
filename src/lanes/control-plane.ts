import type { AnswerTo, Question } from './messages.ts'

/** The control plane as a lane sees it: someone in another thread who knows more, and may take a while to answer. */
export class ControlPlane {
  readonly #post: (id: number, question: Question) => void
  readonly #waiting = new Map<number, (answer: never) => void>()
  #lastId = 0

  /** `post`: sends a question on its way. */
  constructor(post: (id: number, question: Question) => void) {
    this.#post = post
  }

  ask<Asked extends Question>(question: Asked): Promise<AnswerTo<Asked>> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#post(id, question)
    })
  }

  /** An answer has come. */
  answered(id: number, answer: unknown): void {
    const resolve = this.#waiting.get(id)
    if (resolve === undefined) throw new Error(`an answer came to question ${id}, which is not open`)
    this.#waiting.delete(id)
    resolve(answer as never)
  }
}

import type { Adapter } from 'casbin'
import { ServiceError } from '../../config/service-error.ts'
import { shown } from '../../service/shown.ts'
import { breathe } from '../../service/breath.ts'
import { isRole, isSubject } from '../subjects.ts'
import { actions, isAction, type Action } from './action.ts'
import { Judge } from './judge.ts'
import { patternFault } from './path-pattern.ts'
import type { PolicyLine } from './rule-index.ts'
import { policyLine, type Rule } from './rule.ts'

/** Answers remembered until a rule changes; at the limit all are forgotten. */
const answerCountMax = 50_000

/** May `subject` do `action` to `path`? */
export interface Question {
  readonly subject: string
  /** A logical path in its one spelling. */
  readonly path: string
  readonly action: Action
}

export type Decide = (question: Question) => boolean

export interface Explanation {
  readonly allowed: boolean
  /** The rule that decided; none where no rule allows. */
  readonly rule?: Rule
  /** The subject and all it belongs to, the nearest first. */
  readonly groups: readonly string[]
  /** All rules that match the question, those that deny first. */
  readonly candidates: readonly Rule[]
}

/** Who may do what: asked once for each mount, and again for all grants when a rule changes, never in a call. */
export class Policy {
  /** Until the rules are loaded nothing is allowed. */
  #judge: Judge | undefined
  readonly #ruleOf: (id: string) => Rule
  readonly #answers = new Map<string, boolean>()

  /** `ruleOf`: the rule of an id that was loaded or added. */
  constructor(ruleOf: (id: string) => Rule) {
    this.#ruleOf = ruleOf
  }

  decide({ subject, path, action }: Question): boolean {
    const key = `${action}\0${subject}\0${path}`
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      answer = this.#judge?.decide(subject, path, action) ?? false
      if (this.#answers.size >= answerCountMax) this.#answers.clear()
      this.#answers.set(key, answer)
    }
    return answer
  }

  /** As many {@link decide}, in slices that let others run between; by the rules at the time of each. */
  async decideMany(questions: readonly Question[]): Promise<boolean[]> {
    const breath = breathe()
    const answers: boolean[] = []
    for (const question of questions) {
      answers.push(this.decide(question))
      await breath()
    }
    return answers
  }

  /** As {@link decide} with all that led to it, for people. @throws {ServiceError} `invalid`. */
  explain(subject: string, path: string, action: string): Explanation {
    if (!isSubject(subject) && !isRole(subject))
      throw new ServiceError('invalid', `${shown(subject)} is no subject and no role`)
    const fault = patternFault(path)
    if (fault !== undefined) throw new ServiceError('invalid', `${shown(path)} is no logical path: ${fault}`)
    if (!isAction(action))
      throw new ServiceError(
        'invalid',
        `${shown(action)} is no action: it must be one of ${actions.join(', ')}`,
      )
    const judge = this.#judge
    if (judge === undefined) return { allowed: false, groups: [], candidates: [] }
    const { allowed, line } = judge.verdict(subject, path, action)
    const toRule = ([, , , , id]: PolicyLine): Rule => this.#ruleOf(id)
    return {
      allowed,
      ...(line === undefined ? {} : { rule: toRule(line) }),
      groups: [...judge.groupsOf(subject)],
      candidates: judge.candidates(subject, path, action).map(toRule),
    }
  }

  /** Takes over all rules of an adapter; until it has them all, the ones before hold. */
  async load(adapter: Adapter): Promise<void> {
    this.use(await Judge.load(adapter))
  }

  use(judge: Judge): void {
    this.#judge = judge
    this.#answers.clear()
  }

  /** Shows `look` what would be decided with one more rule. Nobody else is answered by it. */
  lookWith(rule: Rule, look: (decide: Decide) => void): void {
    this.add(rule)
    try {
      look((question) => this.decide(question))
    } finally {
      this.remove(rule)
    }
  }

  /** As {@link lookWith}, with one rule less. */
  lookWithout(rule: Rule, look: (decide: Decide) => void): void {
    this.remove(rule)
    try {
      look((question) => this.decide(question))
    } finally {
      this.add(rule)
    }
  }

  add(rule: Rule): void {
    if (rule.kind === 'p') this.#judge?.add(policyLine(rule))
    else this.#judge?.link(rule.subject, rule.object)
    this.#answers.clear()
  }

  remove(rule: Rule): void {
    if (rule.kind === 'p') this.#judge?.remove(policyLine(rule))
    else this.#judge?.unlink(rule.subject, rule.object)
    this.#answers.clear()
  }
}

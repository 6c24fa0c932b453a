import type { Adapter, Enforcer } from 'casbin'
import { breathe } from '../../service/breath.ts'
import type { Action } from './action.ts'
import { loadEnforcer } from './model.ts'
import { RuleIndex, type PolicyLine } from './rule-index.ts'
import { SubjectRoles } from './subject-roles.ts'

/** A decision, and the line that made it; none when no line allows. */
export interface Verdict {
  readonly allowed: boolean
  readonly line: PolicyLine | undefined
}

/**
 * casbin over one set of rules. casbin tries every line it has for each question, which with 20,000 takes tens of
 * milliseconds: so it is given just those that the index finds.
 */
export class Judge {
  readonly #enforcer: Enforcer
  readonly #roles: SubjectRoles
  readonly #index: RuleIndex
  /** casbin's assertion `p`, whose lines it tries. */
  readonly #tried: { policy: PolicyLine[] }

  private constructor(enforcer: Enforcer, roles: SubjectRoles, index: RuleIndex) {
    this.#enforcer = enforcer
    this.#roles = roles
    this.#index = index
    this.#tried = linesOf(enforcer)
    this.#tried.policy = []
  }

  /** Loads all rules through a casbin adapter, without holding the event loop for long. */
  static async load(adapter: Adapter): Promise<Judge> {
    const roles = new SubjectRoles()
    const enforcer = await loadEnforcer(adapter, roles)
    const index = new RuleIndex()
    const breath = breathe()
    for (const line of linesOf(enforcer).policy) {
      index.add(line)
      await breath()
    }
    return new Judge(enforcer, roles, index)
  }

  add(line: PolicyLine): void {
    this.#index.add(line)
  }

  remove(line: PolicyLine): void {
    this.#index.remove(line)
  }

  link(member: string, role: string): void {
    this.#roles.link(member, role)
  }

  unlink(member: string, role: string): void {
    this.#roles.unlink(member, role)
  }

  /** The subject and all it belongs to. */
  groupsOf(subject: string): ReadonlySet<string> {
    return this.#roles.groupsOf(subject)
  }

  /** All lines that may decide, the denying ones first, and among each the most specific pattern first. */
  candidates(subject: string, path: string, action: Action): PolicyLine[] {
    const { denies, allows } = this.#index.candidates(this.groupsOf(subject), path, action)
    return [...denies.sort(bySpecificity), ...allows.sort(bySpecificity)]
  }

  decide(subject: string, path: string, action: Action): boolean {
    const { denies, allows } = this.#index.candidates(this.groupsOf(subject), path, action)
    return this.#judge(denies, allows, subject, path, action).allowed
  }

  /** As {@link decide}, with the line that decided: the most specific one where several would. */
  verdict(subject: string, path: string, action: Action): Verdict {
    const { denies, allows } = this.#index.candidates(this.groupsOf(subject), path, action)
    return this.#judge(denies.sort(bySpecificity), allows.sort(bySpecificity), subject, path, action)
  }

  /**
   * One allowing line is enough and all denying ones count: so casbin is shown these with one allowing line after the
   * other until it says something, not thousands that all allow.
   */
  #judge(
    denies: readonly PolicyLine[],
    allows: readonly PolicyLine[],
    subject: string,
    path: string,
    action: Action,
  ): Verdict {
    for (const allow of allows) {
      this.#tried.policy = [...denies, allow]
      const verdict = this.#ask(subject, path, action)
      if (verdict.line !== undefined) return verdict
    }
    if (denies.length === 0) return { allowed: false, line: undefined }
    this.#tried.policy = [...denies]
    return this.#ask(subject, path, action)
  }

  #ask(subject: string, path: string, action: Action): Verdict {
    // Typed as [boolean, string[]]: the lines are those that were given.
    const [allowed, line] = this.#enforcer.enforceExSync(subject, path, action) as unknown as [
      boolean,
      PolicyLine | [],
    ]
    return { allowed, line: line.length === 0 ? undefined : line }
  }
}

function linesOf(enforcer: Enforcer): { policy: PolicyLine[] } {
  // casbin types a line as string[]; the adapter makes each of five.
  return enforcer.getModel().model.get('p')!.get('p') as unknown as { policy: PolicyLine[] }
}

/** Longer patterns first, and of two as long the one without `*`: names before wildcards. */
function bySpecificity([, a, , , idA]: PolicyLine, [, b, , , idB]: PolicyLine): number {
  const byStars = Number(a.includes('*')) - Number(b.includes('*'))
  return b.split('/').length - a.split('/').length || byStars || b.length - a.length || (idA < idB ? -1 : 1)
}

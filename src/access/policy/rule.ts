import type { RuleRow } from '../../catalog/schema.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkDescription } from '../../service/checks.ts'
import { shown } from '../../service/shown.ts'
import { everyone, isRole, isSubject } from '../subjects.ts'
import { actions, everyAction, isAction } from './action.ts'
import { patternFault } from './path-pattern.ts'
import type { PolicyLine } from './rule-index.ts'

/** A rule of the policy, stored or built in. */
export interface Rule extends Readonly<RuleRow> {
  /** Given at start, by the program or the config file: not in the catalog, and not to be removed. */
  readonly builtIn: boolean
}

/** A rule to be made. */
export type RuleInput =
  | {
      readonly kind: 'p'
      /** A subject, a role, or `*` for every subject. */
      readonly subject: string
      /** A path pattern, see {@link patternFault}. */
      readonly object: string
      /** An action, or `*` for all. */
      readonly action: string
      readonly effect: 'allow' | 'deny'
      readonly description?: string
    }
  | {
      readonly kind: 'g'
      /** Who gets the role: a subject, another role, or `*`. */
      readonly subject: string
      /** The role. */
      readonly object: string
      readonly description?: string
    }

/** What a rule says, without who made it and when. */
export type RuleBody = Pick<Rule, 'kind' | 'subject' | 'object' | 'action' | 'effect' | 'description'>

/** @throws {ServiceError} `invalid`, when the input is no rule. */
export function ruleBody(input: RuleInput): RuleBody {
  const { kind, subject, object, description = '' } = input
  if (!isSubject(subject) && !isRole(subject) && subject !== everyone)
    throw invalid(
      `${shown(subject)} is no subject, role or ${everyone}: subjects are such as app:NAME or user:NAME`,
    )
  checkDescription(description)
  if (kind === 'g') {
    if (!isRole(object)) throw invalid(`${shown(object)} is no role: it must be role:NAME`)
    return { kind, subject, object, action: '', effect: '', description }
  }
  const { action, effect } = input
  const fault = patternFault(object)
  if (fault !== undefined) throw invalid(`${shown(object)} is no path pattern: ${fault}`)
  if (!isAction(action) && action !== everyAction)
    throw invalid(`${shown(action)} is no action: it must be one of ${actions.join(', ')} or ${everyAction}`)
  // Comes from documents of people too.
  if (!['allow', 'deny'].includes(effect))
    throw invalid(`${shown(effect)} is no effect: it must be allow or deny`)
  return { kind, subject, object, action, effect, description }
}

/** The same for two rules that say the same. */
export function ruleKey({ kind, subject, object, action, effect }: Omit<RuleBody, 'description'>): string {
  return JSON.stringify([kind, subject, object, action, effect])
}

/** A `p` rule as casbin sees it. */
export function policyLine({ subject, object, action, effect, id }: Rule): PolicyLine {
  return [subject, object, action, effect, id]
}

function invalid(message: string): ServiceError {
  return new ServiceError('invalid', message)
}

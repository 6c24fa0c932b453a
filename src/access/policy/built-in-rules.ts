import type { RuleInput } from './rule.ts'

/** What the roles that every gateway has may do, everywhere. */
export const builtInRules: readonly RuleInput[] = [
  ...role('role:viewer', ['list']),
  ...role('role:operator', ['list', 'read', 'snapshot', 'restore', 'manage']),
  ...role('role:owner', ['*']),
]

function role(subject: string, actions: readonly string[]): RuleInput[] {
  return actions.map((action) => ({ kind: 'p', subject, object: '/**', action, effect: 'allow' }))
}

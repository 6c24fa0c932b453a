/** What a subject may do to a path. `administer` is for who may do what: administrators, rules, the whole catalog. */
export const actions = [
  'list',
  'read',
  'write',
  'snapshot',
  'restore',
  'backup',
  'manage',
  'administer',
] as const

export type Action = (typeof actions)[number]

/** In a rule: all of them. */
export const everyAction = '*'

export function isAction(text: string): text is Action {
  return (actions as readonly string[]).includes(text)
}

import { Type, type Static } from 'typebox'
import { actions, everyAction } from '../../access/policy/action.ts'
import type { Rule, RuleInput } from '../../access/policy/rule.ts'
import { ruleCountMax } from '../../access/policy/rules.ts'
import type { LastAdministrator } from '../last-administrator.ts'
import { rulesBodySizeMax } from '../limits.ts'
import { defined, exactly, operation, type AnyOperation, type Call } from '../operation.ts'
import { RequestError } from '../problem.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  description,
  pageIn,
  pageOf,
  pageQuery,
  pageRequest,
  pageView,
  time,
  timeView,
  version,
} from '../values.ts'

const kind = Type.Enum(['p', 'g'], {
  type: 'string',
  description: 'p: who may do what; g: who has which role',
})
const subject = Type.String({ minLength: 1, maxLength: 400, description: 'A subject, a role, or * for all' })
const object = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: 'p: a path pattern such as /finance/**; g: the role',
})
const ruleAction = Type.Enum([...actions, everyAction], { type: 'string' })
const effect = Type.Enum(['allow', 'deny'], { type: 'string' })
/** A UUID, or `built-in-N`. */
const id = Type.String({ minLength: 1, maxLength: 36 })

const ruleSchema = exactly(
  {
    id,
    kind,
    subject,
    object,
    action: Type.Optional(ruleAction),
    effect: Type.Optional(effect),
    description,
    builtIn: Type.Boolean({ description: 'Of the program or the configuration file: not to be removed' }),
    createdAt: time,
    createdBy: Type.String(),
    version,
  },
  { title: 'Rule' },
)

const newRuleSchema = exactly(
  {
    kind,
    subject,
    object,
    action: Type.Optional(ruleAction),
    effect: Type.Optional(effect),
    description: Type.Optional(description),
  },
  { title: 'NewRule', description: 'A rule of kind p has an action and an effect, one of kind g neither' },
)

const rulesSchema = exactly(
  { rules: Type.Array(newRuleSchema, { maxItems: ruleCountMax }) },
  { title: 'RuleDocument' },
)

const changesSchema = exactly({ added: count, removed: count, kept: count }, { title: 'RuleChanges' })

const explanationSchema = exactly(
  {
    allowed: Type.Boolean(),
    rule: Type.Optional(ruleSchema),
    groups: Type.Array(Type.String(), {
      description: 'The subject and all it belongs to, the nearest first',
    }),
    candidates: Type.Array(ruleSchema, { description: 'All rules that match, those that deny first' }),
  },
  { title: 'Explanation' },
)

const roleSchema = exactly(
  {
    role: Type.String(),
    members: Type.Array(Type.String(), { description: 'Who has it, not through other roles' }),
    rules: Type.Array(ruleSchema, { description: 'What it may do, not through other roles' }),
  },
  { title: 'Role' },
)

const parameter = { id }
const tag = 'policy'
const see = { area: 'rules', action: 'list' } as const
const change = { area: 'rules', action: 'administer' } as const

type Replacement = Call<unknown, unknown, Static<typeof rulesSchema>>
type Removal = Call<{ readonly id: string }, unknown, unknown>

export function ruleOperations(
  { rules }: AdminServices,
  lastAdministrator: LastAdministrator,
): AnyOperation[] {
  const replace = ({ body, caller }: Replacement, dryRun: boolean) =>
    lastAdministrator.changeRules((guard) =>
      rules.replaceAll(inputsOf(body), caller.subject, { guard, dryRun }),
    )
  const remove = ({ params: { id }, ifVersion }: Removal, dryRun: boolean) =>
    lastAdministrator.changeRules((guard) => rules.remove(id, ifVersion, { guard, dryRun }))
  return [
    operation({
      id: 'listRules',
      method: 'GET',
      path: '/v1/rules',
      tag,
      summary: 'Rules of the policy, built-in ones too',
      access: see,
      query: {
        ...pageQuery,
        kind: Type.Optional(kind),
        subject: Type.Optional(subject),
        object: Type.Optional(object),
      },
      answer: pageOf(ruleSchema),
      run({ query: { kind, subject, object, ...page } }) {
        return pageView(rules.list({ ...pageRequest(page), ...defined({ kind, subject, object }) }), ruleView)
      },
    }),
    operation({
      id: 'addRule',
      method: 'POST',
      path: '/v1/rules',
      tag,
      summary: 'Add a rule; it holds for all grants at once',
      access: change,
      body: newRuleSchema,
      creates: true,
      answer: ruleSchema,
      async run({ body, caller }) {
        const input = ruleInput(body, 'body')
        return ruleView(
          await lastAdministrator.changeRules((guard) => rules.add(input, caller.subject, guard)),
        )
      },
    }),
    operation({
      id: 'replaceRules',
      method: 'PUT',
      path: '/v1/rules',
      tag,
      summary: 'Put these rules in the place of all that are not built in',
      access: change,
      body: rulesSchema,
      bodySizeMax: rulesBodySizeMax,
      answer: changesSchema,
      run: async (call) => ({ ...(await replace(call, false)) }),
      dryRun: {
        answer: changesSchema,
        run: (call) => replace(call, true),
      },
    }),
    operation({
      id: 'getRule',
      method: 'GET',
      path: '/v1/rules/{id}',
      tag,
      summary: 'One rule',
      access: see,
      params: parameter,
      answer: ruleSchema,
      run: ({ params }) => ruleView(rules.get(params.id)),
    }),
    operation({
      id: 'removeRule',
      method: 'DELETE',
      path: '/v1/rules/{id}',
      tag,
      summary: 'Remove a rule; what it alone allowed ends at once',
      access: change,
      params: parameter,
      versioned: true,
      run: (call) => remove(call, false),
      dryRun: {
        answer: ruleSchema,
        async run(call) {
          const rule = rules.get(call.params.id)
          await remove(call, true)
          return ruleView(rule)
        },
      },
    }),
    operation({
      id: 'explainPolicy',
      method: 'GET',
      path: '/v1/policy/explain',
      tag,
      summary: 'Whether a subject may do something to a path, and which rule decides',
      access: see,
      query: {
        subject,
        path: Type.String({ maxLength: 1024 }),
        action: Type.Enum([...actions], { type: 'string' }),
      },
      answer: explanationSchema,
      run({ query: { subject, path, action } }) {
        const { allowed, rule, groups, candidates } = rules.policy.explain(subject, path, action)
        return {
          allowed,
          ...defined({ rule: rule && ruleView(rule) }),
          groups: [...groups],
          candidates: candidates.map(ruleView),
        }
      },
    }),
    operation({
      id: 'listRoles',
      method: 'GET',
      path: '/v1/roles',
      tag,
      summary: 'Roles, who has them, and what they may do',
      access: see,
      query: pageQuery,
      answer: pageOf(roleSchema),
      run: ({ query }) =>
        pageView(
          pageIn(rolesOf(rules.all()), ({ role }) => role, query),
          (role) => role,
        ),
    }),
  ]
}

interface RoleView {
  readonly role: string
  readonly members: string[]
  readonly rules: ReturnType<typeof ruleView>[]
}

function rolesOf(rules: readonly Rule[]): Iterable<RoleView> {
  const roles = new Map<string, RoleView>()
  const known = (role: string): RoleView => {
    const view = roles.get(role) ?? { role, members: [], rules: [] }
    roles.set(role, view)
    return view
  }
  for (const rule of rules) {
    if (rule.kind === 'g') known(rule.object).members.push(rule.subject)
    if (rule.kind === 'p' && rule.subject.startsWith('role:')) known(rule.subject).rules.push(ruleView(rule))
  }
  return roles.values()
}

function inputsOf({ rules }: Static<typeof rulesSchema>): RuleInput[] {
  return rules.map((rule, index) => ruleInput(rule, `body.rules.${index}`))
}

/** @throws {RequestError} where what belongs to the one kind is with the other. */
function ruleInput(
  { kind, action, effect, ...rest }: Static<typeof newRuleSchema>,
  place: string,
): RuleInput {
  if (kind === 'g' && action === undefined && effect === undefined) return { kind, ...rest }
  if (kind === 'p' && action !== undefined && effect !== undefined) return { kind, action, effect, ...rest }
  throw new RequestError(
    'invalid',
    `${place}: a rule of kind p has an action and an effect, one of kind g neither`,
    `${place}.kind`,
  )
}

function ruleView(rule: Rule) {
  const { id, kind, subject, object, description, builtIn, createdBy, version, action, effect } = rule
  return {
    id,
    kind,
    subject,
    object,
    // Of a rule that gives a role both are empty.
    ...(kind === 'p' && effect !== '' ? { action: action as Static<typeof ruleAction>, effect } : {}),
    description,
    builtIn,
    createdAt: timeView(rule.createdAt),
    createdBy,
    version,
  }
}

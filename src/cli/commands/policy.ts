import type { Command } from 'commander'
import { dataOf, planOf, type Schemas } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import { tableLines, type Column } from '../output/table.ts'
import { allPages } from '../pages.ts'
import { yamlIn, yamlOf } from '../yaml.ts'
import { textOf } from './manifest.ts'

/** `berth policy`: who may do what where. */
export function policyCommands(program: Command): void {
  const policy = group(program, 'policy', 'policy: who may do what where')
  listCommand(policy)
  explainCommand(policy)
  addCommand(policy, 'allow', 'let a subject or role do something')
  addCommand(policy, 'deny', 'keep a subject or role from something; wins over every allow')
  grantRoleCommand(policy)
  removeCommand(policy)
  rolesCommand(policy)
  exportCommand(policy)
  applyCommand(policy)
}

interface ListFlags extends GatewayFlags {
  readonly subject?: string
  readonly path?: string
}

function listCommand(policy: Command): void {
  gatewayCommand(policy, 'list', 'list rules, built-in ones too')
    .option('--subject <subject>', 'of this subject or role')
    .option('--path <pattern>', 'with exactly this path pattern, or role')
    .action(async (flags: ListFlags) => {
      const { api, out } = openSession(flags)
      const filter = given({ subject: flags.subject, object: flags.path })
      const items = await allPages((page) =>
        dataOf(api.GET('/v1/rules', { params: { query: { ...filter, ...page } } })),
      )
      out.list(items, columns, { empty: 'No rules.' })
    })
}

const columns: [Column<Schemas['Rule']>, ...Column<Schemas['Rule']>[]] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'EFFECT', of: ({ kind, effect }) => (kind === 'g' ? 'has' : effect) },
  { title: 'SUBJECT', of: ({ subject }) => subject },
  { title: 'ACTION', of: ({ action }) => action },
  { title: 'PATH OR ROLE', of: ({ object }) => object },
  { title: 'BY', of: ({ builtIn, createdBy }) => (builtIn ? '(built in)' : createdBy) },
  { title: 'DESCRIPTION', of: ({ description }) => description },
]

type Action = NonNullable<Schemas['NewRule']['action']>

function explainCommand(policy: Command): void {
  gatewayCommand(policy, 'explain', 'tell whether a subject may do something, and which rule decides')
    .argument('<subject>', 'app:NAME, app:NAME/WORKLOAD, user:NAME, host:NAME, admin:NAME')
    .argument('<path>', 'logical path')
    .argument('<action>', 'list, read, write, snapshot, restore, backup, manage')
    .action(async (subject: string, path: string, action: Exclude<Action, '*'>, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const params = { query: { subject, path, action } }
      const answer = await dataOf(api.GET('/v1/policy/explain', { params }))
      const { allowed, rule, groups, candidates } = answer
      const verdict = allowed ? out.paint('green', 'yes') : out.paint('red', 'no')
      const why = rule === undefined ? 'no rule allows it' : `rule ${rule.id}: ${ruleText(rule)}`
      const others = candidates.filter(({ id }) => id !== rule?.id)
      out.show(
        answer,
        [
          ['question', `may ${subject} ${action} ${path}?`],
          ['because', why],
          ['who', groups.join(', ')],
        ],
        [`${out.paint('dim', 'answer')}    ${verdict}`],
      )
      if (!out.isJson && others.length > 0)
        out.lines(['', 'Other rules that match:', ...tableLines(others, columns, out.paint)])
    })
}

function ruleText({ kind, subject, object, action, effect, builtIn }: Schemas['Rule']): string {
  const text =
    kind === 'g' ? `${subject} has ${object}` : `${effect ?? ''} ${subject} ${action ?? ''} ${object}`
  return builtIn ? `${text} (built in)` : text
}

interface AddFlags extends GatewayFlags {
  readonly description?: string
}

function addCommand(policy: Command, effect: 'allow' | 'deny', description: string): void {
  gatewayCommand(policy, effect, description)
    .argument('<subject>', 'app:NAME, user:NAME, host:NAME, role:NAME, or * for everybody')
    .argument('<path>', 'path pattern: /finance/*/db, /finance/** with all below')
    .argument('<actions...>', 'list, read, write, snapshot, restore, backup, manage, or *')
    .option('--description <text>', 'why')
    .action(async (subject: string, path: string, actions: Action[], flags: AddFlags) => {
      const { api, out } = openSession(flags)
      const about = given({ description: flags.description })
      const items: Schemas['Rule'][] = []
      for (const action of actions) {
        const body = { kind: 'p', subject, object: path, action, effect, ...about } as const
        items.push(await dataOf(api.POST('/v1/rules', { body })))
      }
      const sentences = items.map((rule) => `rule ${rule.id}: ${ruleText(rule)}`)
      out.done({ items }, sentences.join('\n'), items.map(({ id }) => id).join('\n'))
    })
}

function grantRoleCommand(policy: Command): void {
  gatewayCommand(policy, 'role', 'give a subject or role a role')
    .argument('<subject>', 'app:NAME, user:NAME, host:NAME, admin:NAME, role:NAME')
    .argument('<role>', 'role:NAME')
    .option('--description <text>', 'why')
    .action(async (subject: string, role: string, flags: AddFlags) => {
      const { api, out } = openSession(flags)
      const body = {
        kind: 'g',
        subject,
        object: role,
        ...given({ description: flags.description }),
      } as const
      const made = await dataOf(api.POST('/v1/rules', { body }))
      out.done(made, `rule ${made.id}: ${ruleText(made)}`, made.id)
    })
}

function removeCommand(policy: Command): void {
  const command = gatewayCommand(policy, 'remove', 'remove a rule; what it alone allowed ends at once')
  withDeletion(command.alias('delete').argument('<rule>', 'id of the rule')).action(
    async (id: string, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const rule = await dataOf(api.GET('/v1/rules/{id}', { params: { path: { id } } }))
      if (flags.dryRun) {
        const params = { path: { id }, query: { dryRun: true } }
        const plan = await planOf(api.DELETE('/v1/rules/{id}', { params }))
        out.done(plan, `would remove: ${ruleText(plan)}`, id)
        return
      }
      await requireConsent(`remove: ${ruleText(rule)}`, flags)
      await dataOf(api.DELETE('/v1/rules/{id}', { params: { path: { id }, header: ifVersion(rule) } }))
      out.done(undefined, `removed: ${ruleText(rule)}`, id)
    },
  )
}

function rolesCommand(policy: Command): void {
  gatewayCommand(policy, 'roles', 'list roles, who has them and what they may').action(
    async (flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const items = await allPages((query) => dataOf(api.GET('/v1/roles', { params: { query } })))
      out.list(
        items,
        [
          { title: 'ROLE', of: ({ role }) => role },
          { title: 'WHO HAS IT', of: ({ members }) => members.join(', ') },
          { title: 'RULES', of: ({ rules }) => rules.length, align: 'right' },
        ],
        { empty: 'No roles.' },
      )
    },
  )
}

function exportCommand(policy: Command): void {
  gatewayCommand(
    policy,
    'export',
    'print the rules that are not built in, as YAML for berth policy apply',
  ).action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const all = await allPages((query) => dataOf(api.GET('/v1/rules', { params: { query } })))
    const rules = all.filter(({ builtIn }) => !builtIn).map(documentRule)
    if (out.isJson) out.show({ rules }, [])
    else out.text(yamlOf({ rules }))
  })
}

function documentRule({ kind, subject, object, action, effect, description }: Schemas['Rule']) {
  const text = description === '' ? undefined : description
  return { kind, subject, object, ...given({ action, effect, description: text }) }
}

function applyCommand(policy: Command): void {
  const command = gatewayCommand(
    policy,
    'apply',
    'put the rules of a file in the place of all that are not built in',
  )
  withDeletion(
    command.argument('<file>', 'YAML or JSON, as berth policy export prints it; - reads standard input'),
  ).action(async (file: string, flags: GatewayFlags & DeletionFlags) => {
    const { api, out } = openSession(flags)
    // Whether it is right, the API says.
    const body = yamlIn(textOf(file), file) as Schemas['RuleDocument']
    const params = { query: { dryRun: true } }
    const plan = await dataOf(api.PUT('/v1/rules', { params, body }))
    const changes = `${plan.added} rules added, ${plan.removed} removed, ${plan.kept} kept`
    if (flags.dryRun) {
      out.done(plan, `would change the policy: ${changes}`)
      return
    }
    if (plan.removed > 0) await requireConsent(`change the policy: ${changes}`, flags)
    const changed = await dataOf(api.PUT('/v1/rules', { body }))
    out.done(changed, `the policy is changed: ${changes}`)
  })
}

import { newEnforcer, newModelFromString, type Enforcer } from 'casbin'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actions, type Action } from '../../../../src/access/policy/action.ts'
import { CatalogAdapter } from '../../../../src/access/policy/catalog-adapter.ts'
import { modelText } from '../../../../src/access/policy/model.ts'
import { pathMatches } from '../../../../src/access/policy/path-pattern.ts'
import type { Rule, RuleInput } from '../../../../src/access/policy/rule.ts'
import { Rules } from '../../../../src/access/policy/rules.ts'
import { temporaryCatalog } from '../../catalog/fixture.ts'

const subjects = ['app:a', 'app:a/w', 'app:b/w', 'host:h', 'user:u'] as const
const roles = ['role:1', 'role:2', 'role:3', 'role:4'] as const

const segment = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '*a*')
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
  .map(([segments, isSubtree]) => `/${[...segments, ...(isSubtree ? ['**'] : [])].join('/')}`)
const policyRule: fc.Arbitrary<RuleInput> = fc.record({
  kind: fc.constant('p'),
  subject: fc.constantFrom(...subjects, ...roles, '*'),
  object: pattern,
  action: fc.constantFrom('list', 'read', '*'),
  effect: fc.constantFrom('allow', 'allow', 'deny'),
})
/** A role only of a higher number: no circles. */
const membership: fc.Arbitrary<RuleInput> = fc
  .tuple(fc.constantFrom(...subjects, '*', ...roles), fc.constantFrom(...roles))
  .filter(([member, role]) => !member.startsWith('role:') || member < role)
  .map(([subject, object]) => ({ kind: 'g', subject, object }))
const ruleSet = fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: policyRule }, membership), {
  maxLength: 30,
  selector: (rule) => JSON.stringify(rule),
})
const question = fc.record({
  subject: fc.constantFrom(...subjects),
  path: fc
    .array(fc.constantFrom('a', 'b', 'ab', 'abb', '*'), { maxLength: 4 })
    .map((names) => `/${names.join('/')}`),
  action: fc.constantFrom<Action>('list', 'read', 'write'),
})

/** casbin as it comes, with its own role manager and every rule; what is implicit with us are links here. */
async function plainCasbin(rules: readonly Rule[]): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(modelText))
  await enforcer.addFunction('pathMatches', pathMatches)
  for (const [index, rule] of rules.entries()) {
    if (rule.kind === 'g') await enforcer.addGroupingPolicy(rule.subject, rule.object)
    else await enforcer.addPolicy(rule.subject, rule.object, rule.action, rule.effect, String(index))
  }
  for (const subject of subjects) await enforcer.addGroupingPolicy(subject, '*')
  await enforcer.addGroupingPolicy('app:a/w', 'app:a')
  await enforcer.addGroupingPolicy('app:b/w', 'app:b')
  return enforcer
}

async function withRules<T>(rules: readonly RuleInput[], run: (rules: Rules) => Promise<T> | T): Promise<T> {
  const temporary = await temporaryCatalog()
  try {
    return await run(await Rules.open({ catalog: temporary.catalog, builtIn: rules }))
  } finally {
    await temporary.remove()
  }
}

describe('a decision', () => {
  test('is that of plain casbin over all rules, also after rules came and went', async () => {
    const temporary = await temporaryCatalog()
    const book = await Rules.open({ catalog: temporary.catalog })
    await fc.assert(
      fc.asyncProperty(
        ruleSet,
        ruleSet,
        fc.array(question, { maxLength: 20 }),
        async (first, then, questions) => {
          await book.replaceAll(first, 'user:t')
          for (const rule of then) {
            const known = book.find(rule)
            if (known === undefined) await book.add(rule, 'user:t')
            else await book.remove(known.id)
          }
          const plain = await plainCasbin(book.all())
          for (const asked of questions) {
            const { subject, path, action } = asked
            const expected = plain.enforceSync(subject, path, action)
            expect(book.policy.decide(asked)).toBe(expected)
            expect(book.policy.explain(subject, path, action).allowed).toBe(expected)
          }
        },
      ),
      { numRuns: 150 },
    )
    await temporary.remove()
  })

  test('is no without a rule, and no before the deny of any group', () =>
    withRules(
      [
        { kind: 'p', subject: '*', object: '/open/**', action: 'read', effect: 'allow' },
        { kind: 'p', subject: 'app:a', object: '/open/a', action: '*', effect: 'allow' },
        { kind: 'p', subject: 'role:banned', object: '/**', action: '*', effect: 'deny' },
        { kind: 'g', subject: 'app:a/bad', object: 'role:banned' },
      ],
      ({ policy }) => {
        const may = (subject: string, path: string, action: Action) =>
          policy.decide({ subject, path, action })
        expect(may('user:u', '/open', 'read')).toBe(true)
        expect(may('user:u', '/open/a', 'write')).toBe(false)
        expect(may('app:a', '/open/a', 'write')).toBe(true)
        expect(may('app:a/w', '/open/a', 'write')).toBe(true)
        expect(may('app:a/bad', '/open/a', 'write')).toBe(false)
        expect(may('app:a/bad', '/open', 'read')).toBe(false)
        expect(may('app:ab', '/open/a', 'write')).toBe(false)
        for (const action of actions) expect(may('app:a', '/other', action)).toBe(false)
      },
    ))

  test('of many questions is that of each', () =>
    withRules(
      [{ kind: 'p', subject: 'app:a', object: '/a-*', action: 'read', effect: 'allow' }],
      async ({ policy }) => {
        const questions = Array.from({ length: 1000 }, (_, index) => ({
          subject: index % 2 === 0 ? 'app:a' : 'app:b',
          path: `/${index % 3 === 0 ? 'a' : 'b'}-${index}`,
          action: 'read' as const,
        }))
        expect(await policy.decideMany(questions)).toEqual(questions.map((asked) => policy.decide(asked)))
      },
    ))
})

describe('an explanation', () => {
  const rules: RuleInput[] = [
    { kind: 'p', subject: '*', object: '/**', action: 'list', effect: 'allow' },
    { kind: 'p', subject: 'role:reader', object: '/finance/**', action: 'read', effect: 'allow' },
    { kind: 'p', subject: 'role:reader', object: '/finance/payroll/*', action: 'read', effect: 'allow' },
    { kind: 'p', subject: 'app:payroll', object: '/finance/payroll/secret', action: '*', effect: 'deny' },
    { kind: 'g', subject: 'app:payroll', object: 'role:reader' },
  ]

  test('names the most specific rule that allows, and all that match', () =>
    withRules(rules, ({ policy }) => {
      const explanation = policy.explain('app:payroll/worker', '/finance/payroll/db', 'read')
      expect(explanation).toMatchObject({ allowed: true, rule: { object: '/finance/payroll/*' } })
      expect(explanation.candidates.map(({ object }) => object)).toEqual([
        '/finance/payroll/*',
        '/finance/**',
      ])
      expect(explanation.groups).toEqual(['app:payroll/worker', 'app:payroll', '*', 'role:reader'])
    }))

  test('names the rule that denies', () =>
    withRules(rules, ({ policy }) =>
      expect(policy.explain('app:payroll', '/finance/payroll/secret', 'read')).toMatchObject({
        allowed: false,
        rule: { effect: 'deny', subject: 'app:payroll' },
        candidates: [{ effect: 'deny' }, { effect: 'allow' }, { effect: 'allow' }],
      }),
    ))

  test('names none where none allows', () =>
    withRules(rules, ({ policy }) => {
      const explanation = policy.explain('user:u', '/finance/payroll/db', 'write')
      expect(explanation).toEqual({ allowed: false, groups: ['user:u', '*'], candidates: [] })
    }))

  test('refuses what is no question', () =>
    withRules(rules, ({ policy }) => {
      expect(() => policy.explain('payroll', '/a', 'read')).toThrow('is no subject')
      expect(() => policy.explain('app:a', 'a', 'read')).toThrow('is no logical path')
      expect(() => policy.explain('app:a', '/a', '*')).toThrow('is no action')
    }))
})

test('a casbin enforcer of anybody works on the rules by the adapter', async () => {
  const temporary = await temporaryCatalog()
  const rules = await Rules.open({ catalog: temporary.catalog })
  const enforcer = await newEnforcer(newModelFromString(modelText), new CatalogAdapter(rules))
  await enforcer.addFunction('pathMatches', pathMatches)
  await enforcer.addPolicy('role:r', '/a/**', 'read', 'allow')
  await enforcer.addGroupingPolicy('user:u', 'role:r')
  expect(rules.policy.decide({ subject: 'user:u', path: '/a/b', action: 'read' })).toBe(true)

  const again = await Rules.open({ catalog: temporary.catalog })
  const other = await newEnforcer(newModelFromString(modelText), new CatalogAdapter(again))
  await other.addFunction('pathMatches', pathMatches)
  expect(other.enforceSync('user:u', '/a/b', 'read')).toBe(true)
  await enforcer.removeFilteredPolicy(0, 'role:r')
  expect(rules.policy.decide({ subject: 'user:u', path: '/a/b', action: 'read' })).toBe(false)
  await enforcer.removeGroupingPolicy('user:u', 'role:r')
  expect(rules.all()).toEqual([])

  enforcer.enableAutoSave(false)
  await enforcer.addPolicy('user:u', '/b', 'read', 'allow')
  expect(rules.all()).toEqual([])
  await enforcer.savePolicy()
  expect(rules.all()).toMatchObject([{ subject: 'user:u', object: '/b', createdBy: 'casbin' }])
  enforcer.enableAutoSave(true)
  await expect(enforcer.addPolicy('nobody', '/a', 'read', 'allow')).rejects.toThrow('is no subject')
  await temporary.remove()
})

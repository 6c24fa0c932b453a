import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { builtInRules } from '../../../../src/access/policy/built-in-rules.ts'
import type { Decide } from '../../../../src/access/policy/policy.ts'
import { roleDepthMax } from '../../../../src/access/policy/role-graph.ts'
import type { RuleInput } from '../../../../src/access/policy/rule.ts'
import { Rules } from '../../../../src/access/policy/rules.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../../catalog/fixture.ts'

let temporary: TemporaryCatalog
let rules: Rules
const open = () => Rules.open({ catalog: temporary.catalog, builtIn: builtInRules, now: () => 1000 })
beforeEach(async () => {
  temporary = await temporaryCatalog()
  rules = await open()
})
afterEach(() => temporary.remove())

const allow = (subject: string, object: string, action = 'read'): RuleInput => ({
  kind: 'p',
  subject,
  object,
  action,
  effect: 'allow',
})
const member = (subject: string, object: string): RuleInput => ({ kind: 'g', subject, object })
const stored = () => rules.all().filter(({ builtIn }) => !builtIn)
const mayRead = (subject: string, path: string) => rules.policy.decide({ subject, path, action: 'read' })

describe('a rule', () => {
  test('is kept with who made it, and holds at once and after a restart', async () => {
    const rule = await rules.add({ ...allow('app:a', '/a/**'), description: 'why' }, 'admin:first')
    expect(rule).toMatchObject({
      kind: 'p',
      subject: 'app:a',
      object: '/a/**',
      action: 'read',
      effect: 'allow',
      description: 'why',
      createdAt: 1000,
      createdBy: 'admin:first',
      version: 1,
      builtIn: false,
    })
    expect(mayRead('app:a', '/a/b')).toBe(true)
    rules = await open()
    expect(rules.get(rule.id)).toEqual(rule)
    expect(mayRead('app:a', '/a/b')).toBe(true)
    await rules.remove(rule.id, 1)
    expect(mayRead('app:a', '/a/b')).toBe(false)
    rules = await open()
    expect(stored()).toEqual([])
  })

  test('of a role holds for its members as long as they are members', async () => {
    await rules.add(allow('role:r', '/a'), 'user:t')
    const first = await rules.add(member('app:a', 'role:r'), 'user:t')
    expect(mayRead('app:a/w', '/a')).toBe(true)
    await rules.remove(first.id)
    expect(mayRead('app:a/w', '/a')).toBe(false)
  })

  test.each([
    [allow('a', '/a'), 'is no subject'],
    [allow('app:A', '/a'), 'is no subject'],
    [allow('app:a,b', '/a'), 'is no subject'],
    [allow('app:a/b/c', '/a'), 'is no subject'],
    [allow('app:*', '/a'), 'is no subject'],
    [allow('app:a', 'a'), 'is no path pattern: it must begin with /'],
    [allow('app:a', '/**/a'), 'is no path pattern'],
    [allow('app:a', '/a', 'delete'), 'is no action'],
    [{ ...allow('app:a', '/a'), effect: 'maybe' } as unknown as RuleInput, 'is no effect'],
    [{ ...allow('app:a', '/a'), description: 'a\u0000' }, 'control characters'],
    [member('app:a', 'app:b'), 'is no role'],
  ])('%j is refused', async (input, message) => {
    await expect(rules.add(input, 'user:t')).rejects.toThrow(message)
    expect(stored()).toEqual([])
  })

  test('is there once', async () => {
    await rules.add(allow('app:a', '/a'), 'user:t')
    await expect(rules.add(allow('app:a', '/a'), 'user:t')).rejects.toMatchObject({ code: 'exists' })
    const both = await Promise.allSettled([1, 2].map(() => rules.add(allow('app:b', '/b'), 'user:t')))
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('is removed only in the version that was seen, and never when built in', async () => {
    const { id } = await rules.add(allow('app:a', '/a'), 'user:t')
    await expect(rules.remove(id, 2)).rejects.toMatchObject({ code: 'stale' })
    await expect(rules.remove('none')).rejects.toMatchObject({ code: 'not-found' })
    const builtIn = rules.all().find((rule) => rule.builtIn)!
    await expect(rules.remove(builtIn.id)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('roles', () => {
  test('are never in a circle', async () => {
    await rules.add(member('role:a', 'role:b'), 'user:t')
    await rules.add(member('role:b', 'role:c'), 'user:t')
    await expect(rules.add(member('role:c', 'role:a'), 'user:t')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('role:a → role:b → role:c → role:a') as string,
    })
    await expect(rules.add(member('role:a', 'role:a'), 'user:t')).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      rules.replaceAll([member('role:x', 'role:y'), member('role:y', 'role:x')], 'user:t'),
    ).rejects.toMatchObject({ code: 'conflict' })
    expect(stored()).toHaveLength(2)
  })

  test('go through others as deep as the limit', async () => {
    await rules.add(allow(`role:${roleDepthMax}`, '/deep'), 'user:t')
    // From the middle to both ends, so that no order of adding gets around the limit.
    const links = Array.from({ length: roleDepthMax - 1 }, (_, index) => index + 1)
    for (const from of links.toSorted((a, b) => (a % 3) - (b % 3)))
      await rules.add(member(`role:${from}`, `role:${from + 1}`), 'user:t')
    await rules.add(member('app:a', 'role:1'), 'user:t')
    expect(mayRead('app:a/w', '/deep')).toBe(true)
    await expect(rules.add(member('role:0', 'role:1'), 'user:t')).rejects.toMatchObject({ code: 'limit' })
  })

  test('that every gateway has do what they say', async () => {
    await rules.add(member('admin:first', 'role:owner'), 'user:t')
    await rules.add(member('admin:night', 'role:operator'), 'user:t')
    await rules.add(member('admin:guest', 'role:viewer'), 'user:t')
    const may = (subject: string) =>
      (['list', 'read', 'write', 'snapshot', 'restore', 'backup', 'manage'] as const).filter((action) =>
        rules.policy.decide({ subject, path: '/any/where', action }),
      )
    expect(may('admin:first')).toEqual(['list', 'read', 'write', 'snapshot', 'restore', 'backup', 'manage'])
    expect(may('admin:night')).toEqual(['list', 'read', 'snapshot', 'restore', 'manage'])
    expect(may('admin:guest')).toEqual(['list'])
    expect(may('admin:nobody')).toEqual([])
  })
})

describe('replaceAll', () => {
  test('keeps what stays, with its id, and says what changed', async () => {
    const kept = await rules.add(allow('app:a', '/a'), 'user:t')
    const gone = await rules.add(allow('app:a', '/b'), 'user:t')
    const document = [{ ...allow('app:a', '/a'), description: 'new' }, allow('app:a', '/c')]
    const changes = { added: 1, removed: 1, kept: 1 }
    expect(await rules.replaceAll(document, 'user:t', { dryRun: true })).toEqual(changes)
    expect(rules.get(gone.id)).toEqual(gone)
    expect(await rules.replaceAll(document, 'user:t')).toEqual(changes)
    expect(rules.get(kept.id)).toEqual({ ...kept, description: 'new', version: 2 })
    expect(['/a', '/b', '/c'].filter((path) => mayRead('app:a', path))).toEqual(['/a', '/c'])
    const before = stored()
    rules = await open()
    expect(new Set(stored())).toEqual(new Set(before))
  })

  test('takes more rules than one statement inserts', async () => {
    const many = Array.from({ length: 250 }, (_, index) => allow('app:a', `/${index}`))
    await rules.replaceAll(many, 'user:t')
    rules = await open()
    expect(stored()).toHaveLength(250)
    expect(mayRead('app:a', '/249')).toBe(true)
  })

  test('changes nothing when one rule is wrong or there twice', async () => {
    await rules.add(allow('app:a', '/a'), 'user:t')
    await expect(rules.replaceAll([allow('app:a', '/b'), allow('x', '/')], 'user:t')).rejects.toThrow(
      'is no subject',
    )
    await expect(rules.replaceAll([allow('app:a', '/b'), allow('app:a', '/b')], 'user:t')).rejects.toThrow(
      'rule 2',
    )
    expect(mayRead('app:a', '/a')).toBe(true)
  })
})

describe('a guard', () => {
  const may = (decide: Decide) => decide({ subject: 'app:a', path: '/a', action: 'read' })

  test('sees what would be decided, before anybody else is answered by it', async () => {
    const seen: (readonly [after: boolean, now: boolean])[] = []
    const guard = (decide: Decide) => seen.push([may(decide), mayRead('app:a', '/b')])
    await rules.add(allow('app:a', '/b'), 'user:t')
    const { id } = await rules.add(allow('app:a', '/a'), 'user:t', guard)
    await rules.replaceAll([allow('app:a', '/b')], 'user:t', { guard, dryRun: true })
    await rules.replaceAll([allow('app:a', '/a')], 'user:t', { guard })
    await rules.remove(id, 1, { guard, dryRun: true })
    await rules.remove(id, 1, { guard })
    expect(seen).toEqual([
      [true, true],
      [false, true],
      [true, true],
      [false, false],
      [false, false],
    ])
  })

  test('that throws keeps everything as it was', async () => {
    const { id } = await rules.add(allow('app:a', '/a'), 'user:t')
    const before = stored()
    const guard = () => {
      throw new Error('guarded')
    }
    await expect(rules.add(allow('app:a', '/b'), 'user:t', guard)).rejects.toThrow('guarded')
    await expect(rules.remove(id, 1, { guard })).rejects.toThrow('guarded')
    await expect(rules.replaceAll([], 'user:t', { guard })).rejects.toThrow('guarded')
    expect(stored()).toEqual(before)
    expect(['/a', '/b'].filter((path) => mayRead('app:a', path))).toEqual(['/a'])
    rules = await open()
    expect(stored()).toEqual(before)
  })
})

test('listeners hear of each change when the policy answers by it', async () => {
  const heard: boolean[] = []
  const stop = rules.onChange(() => heard.push(mayRead('app:a', '/a')))
  const { id } = await rules.add(allow('app:a', '/a'), 'user:t')
  await rules.remove(id)
  await rules.replaceAll([allow('app:a', '/**')], 'user:t')
  stop()
  await rules.replaceAll([], 'user:t')
  expect(heard).toEqual([true, false, true])
})

test('a list has all rules once, page by page, and can be narrowed', async () => {
  await rules.replaceAll([allow('app:a', '/a'), allow('app:a', '/b'), allow('app:b', '/a')], 'user:t')
  const seen: string[] = []
  let after: string | undefined = ''
  while (after !== undefined) {
    const page = rules.list({ after, limit: 2 })
    expect(page.items.length).toBeLessThanOrEqual(2)
    seen.push(...page.items.map(({ id }) => id))
    after = page.next
  }
  expect(seen).toEqual(
    rules
      .all()
      .map(({ id }) => id)
      .toSorted(),
  )
  expect(rules.list({ limit: 9, subject: 'app:a' }).items).toHaveLength(2)
  expect(rules.list({ limit: 9, subject: 'app:a', object: '/a' }).items).toHaveLength(1)
  expect(() => rules.list({ limit: 0 })).toThrow('limit must be')
})

import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../../service/page.ts'
import { allRules, deleteRule, describeRule, insertRule, insertRules } from '../../catalog/rules.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkCount, checkVersion } from '../../service/checks.ts'
import { Turns } from '../../service/turns.ts'
import { breathe } from '../../service/breath.ts'
import { Listeners } from '../listeners.ts'
import { CatalogAdapter } from './catalog-adapter.ts'
import { Judge } from './judge.ts'
import { Policy, type Decide } from './policy.ts'
import { requireSoundRoles, type Membership } from './role-graph.ts'
import { ruleBody, ruleKey, type Rule, type RuleBody, type RuleInput } from './rule.ts'

/** Most rules, built in or not. */
export const ruleCountMax = 50_000

export interface RulesOptions {
  readonly catalog: Catalog
  /** Rules that hold without being in the catalog: the program's own roles, and what the config file gives. */
  readonly builtIn?: readonly RuleInput[]
  readonly now?: () => number
}

export interface RuleFilter extends PageRequest {
  readonly kind?: 'p' | 'g'
  readonly subject?: string
  readonly object?: string
}

/** Asked before a change, with what would be decided after it: throws to refuse it. */
export type RuleGuard = (decide: Decide) => void

export interface ChangeOptions {
  readonly guard?: RuleGuard
  readonly dryRun?: boolean
}

/** How many rules {@link Rules.replaceAll} touched. */
export interface RuleChanges {
  readonly added: number
  readonly removed: number
  readonly kept: number
}

/** The rules of the policy: all in memory, and in the catalog those that are not built in. */
export class Rules {
  readonly policy = new Policy((id) => this.get(id))
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #byId = new Map<string, Rule>()
  readonly #byKey = new Map<string, Rule>()
  /** In the order of ids, for pages; undefined after a change. */
  #sorted: readonly Rule[] | undefined
  readonly #turns = new Turns()
  readonly #listeners = new Listeners<[]>()

  private constructor(catalog: Catalog, now: () => number, rules: Iterable<Rule>) {
    this.#catalog = catalog
    this.#now = now
    for (const rule of rules) this.#keep(rule)
  }

  /** @throws {ServiceError} when a rule given as built in is none. */
  static async open({ catalog, builtIn = [], now = Date.now }: RulesOptions): Promise<Rules> {
    const stored = (await allRules(catalog.db)).map((row) => ({ ...row, builtIn: false }))
    // Built-in rules come last: they win over a stored rule that says the same.
    const rules = new Rules(catalog, now, [...stored, ...builtIn.map(builtInRule)])
    requireSoundRoles(rules.#memberships())
    await rules.policy.load(new CatalogAdapter(rules))
    return rules
  }

  /** Told after each change, when the policy already answers by it. Returns what ends that. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** All rules, in no certain order. */
  all(): readonly Rule[] {
    return [...this.#byKey.values()]
  }

  /** The rule that says the same; undefined if none does. @throws {ServiceError} `invalid`. */
  find(input: RuleInput): Rule | undefined {
    return this.#byKey.get(ruleKey(ruleBody(input)))
  }

  /** @throws {ServiceError} `not-found`. */
  get(id: string): Rule {
    const rule = this.#byId.get(id)
    if (rule === undefined) throw new ServiceError('not-found', `there is no rule ${id}`)
    return rule
  }

  /** @throws {ServiceError} `invalid`. */
  list({ after = '', limit, kind, subject, object }: RuleFilter): Page<Rule> {
    checkCount('limit', limit, 1, pageLimitMax)
    this.#sorted ??= this.all().toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const rest = this.#sorted.filter(
      (rule) =>
        rule.id > after &&
        (kind === undefined || rule.kind === kind) &&
        (subject === undefined || rule.subject === subject) &&
        (object === undefined || rule.object === object),
    )
    return pageOf(rest, limit, ({ id }) => id)
  }

  /** @throws {ServiceError} `invalid`, `exists`, `limit`, or `conflict` when roles would go in a circle. */
  async add(input: RuleInput, actor: string, guard?: RuleGuard): Promise<Rule> {
    const body = ruleBody(input)
    return this.#turns.take(async () => {
      const twin = this.#byKey.get(ruleKey(body))
      if (twin !== undefined) throw new ServiceError('exists', `rule ${twin.id} says the same`)
      requireRoom(this.#byKey.size + 1)
      if (body.kind === 'g') requireSoundRoles([...this.#memberships(), body])
      const rule = this.#made(body, actor)
      if (guard !== undefined) this.policy.lookWith(rule, guard)
      await insertRule(this.#catalog.db, rowOf(rule))
      this.#keep(rule)
      this.policy.add(rule)
      this.#listeners.tell()
      return rule
    })
  }

  /**
   * With `dryRun` it only refuses what it would refuse.
   * @throws {ServiceError} `not-found`, `stale`, or `conflict` for a rule that is built in.
   */
  async remove(id: string, ifVersion?: number, { guard, dryRun = false }: ChangeOptions = {}): Promise<void> {
    return this.#turns.take(async () => {
      const rule = this.get(id)
      if (rule.builtIn)
        throw new ServiceError(
          'conflict',
          `rule ${id} is built in, or given by the config file: it cannot be removed`,
        )
      checkVersion(`rule ${id}`, rule.version, ifVersion)
      if (guard !== undefined) this.policy.lookWithout(rule, guard)
      if (dryRun) return
      await deleteRule(this.#catalog.db, id)
      this.#drop(rule)
      this.policy.remove(rule)
      this.#listeners.tell()
    })
  }

  /**
   * Puts these rules in the place of all that are not built in, or changes nothing. A rule that is there already stays
   * with its id. With `dryRun` it only says what it would do.
   * @throws {ServiceError} as {@link add}.
   */
  async replaceAll(
    inputs: readonly RuleInput[],
    actor: string,
    { guard, dryRun = false }: ChangeOptions = {},
  ): Promise<RuleChanges> {
    const wanted = bodiesByKey(inputs)
    return this.#turns.take(async () => {
      const { added, removed, described, kept } = this.#difference(wanted, actor)
      const changes = { added: added.length, removed: removed.length, kept }
      const gone = new Set(removed)
      const after = [...this.all().filter((rule) => !gone.has(rule)), ...added]
      const judge = await Judge.load(new CatalogAdapter(this, () => after))
      guard?.(({ subject, path, action }) => judge.decide(subject, path, action))
      if (dryRun) return changes
      const breath = breathe()
      await this.#catalog.transaction(async (db) => {
        for (const { id } of removed) {
          await deleteRule(db, id)
          await breath()
        }
        for (const rule of described) await describeRule(db, rule)
        await insertRules(db, added.map(rowOf), breath)
      })
      for (const rule of removed) this.#byKey.delete(ruleKey(rule))
      for (const rule of [...described, ...added]) this.#keep(rule)
      for (const rule of removed) this.#byId.delete(rule.id)
      this.policy.use(judge)
      this.#listeners.tell()
      return changes
    })
  }

  #difference(wanted: ReadonlyMap<string, RuleBody>, actor: string) {
    const added: Rule[] = []
    const described: Rule[] = []
    let kept = 0
    for (const [key, body] of wanted) {
      const known = this.#byKey.get(key)
      if (known === undefined) added.push(this.#made(body, actor))
      else {
        kept += 1
        if (!known.builtIn && known.description !== body.description)
          described.push({ ...known, description: body.description, version: known.version + 1 })
      }
    }
    const removed = this.all().filter((rule) => !rule.builtIn && !wanted.has(ruleKey(rule)))
    requireRoom(this.#byKey.size + added.length - removed.length)
    requireSoundRoles([
      ...this.#memberships().filter((rule) => rule.builtIn),
      ...[...wanted.values()].filter(({ kind }) => kind === 'g'),
    ])
    return { added, removed, described, kept }
  }

  #memberships(): (Membership & Rule)[] {
    return this.all().filter(({ kind }) => kind === 'g')
  }

  #made(body: RuleBody, actor: string): Rule {
    return { id: uuid(), ...body, createdAt: this.#now(), createdBy: actor, version: 1, builtIn: false }
  }

  #keep(rule: Rule): void {
    const key = ruleKey(rule)
    const twin = this.#byKey.get(key)
    if (twin !== undefined) this.#byId.delete(twin.id)
    this.#byId.set(rule.id, rule)
    this.#byKey.set(key, rule)
    this.#sorted = undefined
  }

  #drop(rule: Rule): void {
    this.#byId.delete(rule.id)
    this.#byKey.delete(ruleKey(rule))
    this.#sorted = undefined
  }
}

/** @throws {ServiceError} `invalid`, also when two say the same. */
function bodiesByKey(inputs: readonly RuleInput[]): Map<string, RuleBody> {
  const bodies = new Map<string, RuleBody>()
  for (const [index, input] of inputs.entries()) {
    const body = ruleBody(input)
    const key = ruleKey(body)
    if (bodies.has(key))
      throw new ServiceError('invalid', `rule ${index + 1} says the same as one before: ${key}`)
    bodies.set(key, body)
  }
  return bodies
}

function requireRoom(count: number): void {
  if (count > ruleCountMax)
    throw new ServiceError(
      'limit',
      `at most ${ruleCountMax} rules: use patterns and roles to say the same with fewer`,
    )
}

function builtInRule(input: RuleInput, index: number): Rule {
  const number = String(index + 1).padStart(6, '0')
  return {
    id: `built-in-${number}`,
    ...ruleBody(input),
    createdAt: 0,
    createdBy: 'berth',
    version: 1,
    builtIn: true,
  }
}

function rowOf({ builtIn: _, ...row }: Rule) {
  return row
}

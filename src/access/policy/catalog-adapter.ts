import type { Adapter, Model } from 'casbin'
import { policyLine, type Rule, type RuleInput } from './rule.ts'
import type { Rules } from './rules.ts'

/** Who makes the rules that casbin itself adds. */
const casbinActor = 'casbin'

/**
 * casbin's way to the rules in the catalog. Berth loads its policy through it; a casbin enforcer that adds and removes
 * rules (auto-save) does so by way of {@link Rules}, with all its checks.
 */
export class CatalogAdapter implements Adapter {
  readonly #rules: Rules
  readonly #loaded: () => Iterable<Rule>

  /** `loaded`: the rules that are loaded; absent: all. */
  constructor(rules: Rules, loaded: () => Iterable<Rule> = () => rules.all()) {
    this.#rules = rules
    this.#loaded = loaded
  }

  async loadPolicy(model: Model): Promise<void> {
    // Model.addPolicy looks for a twin among all lines each time; the catalog has none.
    const policies = model.model.get('p')!.get('p')!.policy
    const groupings = model.model.get('g')!.get('g')!.policy
    for (const rule of this.#loaded()) {
      if (rule.kind === 'p') policies.push([...policyLine(rule)])
      else groupings.push([rule.subject, rule.object])
    }
  }

  /** The model's lines in place of all stored rules. */
  async savePolicy(model: Model): Promise<boolean> {
    const inputs = (['p', 'g'] as const).flatMap((kind) =>
      model.model
        .get(kind)!
        .get(kind)!
        .policy.map((line) => ruleInput(kind, line)),
    )
    await this.#rules.replaceAll(
      inputs.filter((input) => !this.#rules.find(input)?.builtIn),
      casbinActor,
    )
    return true
  }

  async addPolicy(_section: string, kind: string, line: string[]): Promise<void> {
    await this.#rules.add(ruleInput(kind, line), casbinActor)
  }

  async removePolicy(_section: string, kind: string, line: string[]): Promise<void> {
    const rule = this.#rules.find(ruleInput(kind, line))
    if (rule !== undefined) await this.#rules.remove(rule.id)
  }

  /** Removes the rules whose fields from `fieldIndex` on have these values; an empty value is any. */
  async removeFilteredPolicy(
    _section: string,
    kind: string,
    fieldIndex: number,
    ...values: string[]
  ): Promise<void> {
    const matching = this.#rules.all().filter((rule) => {
      const line: readonly string[] = rule.kind === 'p' ? policyLine(rule) : [rule.subject, rule.object]
      return rule.kind === kind && values.every((value, i) => value === '' || line[fieldIndex + i] === value)
    })
    for (const rule of matching) await this.#rules.remove(rule.id)
  }
}

/** A line of casbin: subject, pattern, action, effect, perhaps an id; or member, role. */
function ruleInput(kind: string, [subject = '', object = '', action = '', effect = '']: string[]): RuleInput {
  if (kind === 'g') return { kind, subject, object }
  // What is no effect is refused where the rule is checked.
  return { kind: 'p', subject, object, action, effect: effect as 'allow' | 'deny' }
}

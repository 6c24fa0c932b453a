import type { RuleGuard } from '../access/policy/rules.ts'
import type { TokenRecord } from '../catalog/tokens.ts'
import { ServiceError } from '../config/service-error.ts'
import { Turns } from '../service/turns.ts'
import { administrators, type Access } from './admins.ts'

/** Subjects that a refusal names. */
const namedCountMax = 3

/** Sees to it that the API never takes away the last valid token that can make administrators: somebody can come in. */
export class LastAdministrator {
  readonly #access: Access
  /** Of two changes that each leave one administrator, both together could leave none. */
  readonly #turns = new Turns()

  constructor(access: Access) {
    this.#access = access
  }

  /** @throws {ServiceError} `conflict` for the last one, or as `Tokens.revoke`. */
  async revoke({ id }: TokenRecord, ifVersion?: number): Promise<void> {
    await this.#turns.take(() => {
      const [first, second] = administrators(this.#access)
      if (second === undefined && first?.id === id)
        throw new ServiceError(
          'conflict',
          `token ${id} is the last that can make administrators: make another one first`,
        )
      return this.#access.tokens.revoke(id, ifVersion)
    })
  }

  /** Runs a change of rules, with the guard that refuses it by `conflict` where no administrator would be left. */
  changeRules<T>(run: (guard: RuleGuard) => Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      const before = administrators(this.#access)
      return run((decide) => {
        if (before.length > 0 && administrators(this.#access, decide).length === 0) throw noneLeft(before)
      })
    })
  }
}

function noneLeft(before: readonly TokenRecord[]): ServiceError {
  const subjects = [...new Set(before.map(({ subject }) => subject))]
  const named = subjects.slice(0, namedCountMax).join(', ') + (subjects.length > namedCountMax ? ', …' : '')
  return new ServiceError(
    'conflict',
    `${named} could make administrators no more, and nobody else can: keep a rule that gives role:owner to one who has a valid admin token`,
  )
}

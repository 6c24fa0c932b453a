import { join } from 'node:path'
import type { Decide } from '../access/policy/policy.ts'
import type { RuleGuard, Rules } from '../access/policy/rules.ts'
import type { TokenInput } from '../access/tokens/token-input.ts'
import type { NewToken, Tokens } from '../access/tokens/tokens.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { fact, putFact } from '../catalog/facts.ts'
import type { TokenRecord } from '../catalog/tokens.ts'
import { adminTokenFile } from '../state/admin-files.ts'
import { writeDurably } from '../state/durable-file.ts'
import { areaPath } from './authorization.ts'

export interface Access {
  readonly tokens: Tokens
  readonly rules: Rules
}

/** An administrator to be. */
export interface NewAdmin extends Omit<TokenInput, 'kind' | 'subject' | 'scope' | 'identity'> {
  /** The subject is `admin:NAME`. */
  readonly name: string
  /** Roles that the subject gets, beside those that it has. */
  readonly roles?: readonly string[]
}

/** @throws {ServiceError} as `Tokens.create` and `Rules.add`. */
export async function createAdmin(
  { tokens, rules }: Access,
  { roles = [], ...wanted }: NewAdmin,
  actor: string,
  guard?: RuleGuard,
): Promise<NewToken> {
  const subject = `admin:${wanted.name}`
  // Before the token: a role without a token does no harm, and a token whose text was never told is of no use.
  for (const object of roles) {
    const rule = { kind: 'g', subject, object } as const
    if (rules.find(rule) === undefined) await rules.add(rule, actor, guard)
  }
  return tokens.create({ ...wanted, kind: 'admin', subject }, actor)
}

/** Valid admin tokens whose owners may make others, by the policy as it is or would be. */
export function administrators({ tokens, rules }: Access, decide?: Decide): TokenRecord[] {
  const may = decide ?? ((question) => rules.policy.decide(question))
  return tokens
    .allLiving('admin')
    .filter(({ subject }) => may({ subject, path: areaPath('admins'), action: 'administer' }))
}

export interface FirstAdminOptions extends Access {
  readonly catalog: Catalog
  /** The data directory. */
  readonly directory: string
}

const firstAdminName = 'owner'
const gateway = 'berth'
/** The fact that names the token whose text the file has. */
const firstAdminKey = 'first-admin-token'

/**
 * Sees to it that somebody can come in: where no living token can make administrators, makes one for `admin:owner`, and
 * writes its text into the data directory, with mode 0600.
 * @returns the file, if it was written.
 */
export async function ensureFirstAdmin(options: FirstAdminOptions): Promise<string | undefined> {
  const { catalog, directory, tokens } = options
  const known = await fact(catalog.db, firstAdminKey)
  const all = administrators(options)
  // A crash came between token and file: nobody knows its text.
  const lost = all.filter(({ createdBy, id }) => createdBy === gateway && id !== known)
  if (all.length > lost.length) return undefined
  for (const { id } of lost) await tokens.revoke(id)
  const { record, text } = await createAdmin(
    options,
    { name: firstAdminName, roles: ['role:owner'] },
    gateway,
  )
  const file = join(directory, adminTokenFile)
  writeDurably(file, `${text}\n`)
  await putFact(catalog.db, firstAdminKey, record.id)
  return file
}

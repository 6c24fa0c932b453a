import { ServiceError } from '../../config/service-error.ts'
import { isRole } from '../subjects.ts'

/** Most roles from a member up to the last one that it has through others. */
export const roleDepthMax = 8

/** A member and its role. */
export type Membership = Pick<{ subject: string; object: string }, 'subject' | 'object'>

/**
 * Makes sure that no role is, through others, a member of itself, and that no chain of roles is too long.
 * @throws {ServiceError} `conflict` or `limit`.
 */
export function requireSoundRoles(memberships: Iterable<Membership>): void {
  const rolesOf = new Map<string, string[]>()
  for (const { subject, object } of memberships) {
    if (!isRole(subject)) continue
    const roles = rolesOf.get(subject)
    if (roles === undefined) rolesOf.set(subject, [object])
    else roles.push(object)
  }
  /** Roles in the longest chain from each role upwards, itself counted. */
  const depths = new Map<string, number>()
  for (const role of rolesOf.keys()) measure(role, [], rolesOf, depths)
}

function measure(
  role: string,
  below: readonly string[],
  rolesOf: ReadonlyMap<string, readonly string[]>,
  depths: Map<string, number>,
): number {
  const known = depths.get(role)
  if (known !== undefined) return known
  const chain = [...below, role]
  if (below.includes(role))
    throw new ServiceError(
      'conflict',
      `roles would go in a circle: ${chain.slice(below.indexOf(role)).join(' → ')}`,
    )
  if (chain.length > roleDepthMax) throw tooDeep(chain)
  const above = (rolesOf.get(role) ?? []).map((next) => measure(next, chain, rolesOf, depths))
  const depth = 1 + Math.max(0, ...above)
  // What is above was perhaps measured from elsewhere.
  if (below.length + depth > roleDepthMax) throw tooDeep(chain)
  depths.set(role, depth)
  return depth
}

function tooDeep(chain: readonly string[]): ServiceError {
  return new ServiceError(
    'limit',
    `a chain of over ${roleDepthMax} roles: ${chain.join(' → ')}; give the last role to the first directly`,
  )
}

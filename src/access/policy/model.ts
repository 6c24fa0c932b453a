import { newEnforcer, newModelFromString, type Adapter, type Enforcer } from 'casbin'
import { pathMatches } from './path-pattern.ts'
import { SubjectRoles } from './subject-roles.ts'

/**
 * The casbin model: deny goes first, and what no rule allows is denied. `id` decides nothing: it tells which rule a line
 * is. A `p.act` of `*` is every action, see action.ts; patterns of paths are in path-pattern.ts.
 */
export const modelText = `
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act, eft, id

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = (p.act == r.act || p.act == "*") && g(r.sub, p.sub) && pathMatches(r.obj, p.obj)
`

/** casbin with Berth's model, groups and path patterns, and the lines of `adapter`. */
export async function loadEnforcer(adapter: Adapter, roles = new SubjectRoles()): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(modelText))
  await enforcer.addFunction('pathMatches', pathMatches)
  enforcer.setRoleManager(roles)
  enforcer.setAdapter(adapter)
  await enforcer.loadPolicy()
  return enforcer
}

import type { Action } from '../access/policy/action.ts'
import type { Policy } from '../access/policy/policy.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Access, Area, Call, Caller } from './operation.ts'

/** The path by which the policy knows what is in no namespace. No folder can be there: `@` is reserved. */
export function areaPath(area: Area): string {
  return `/@admin/${area}`
}

interface Rules {
  readonly policy: Policy
}
type AnyCall = Call<never, never, never>

/** What can be told before the request is read. @throws {ServiceError} `forbidden` */
export function checkArea({ policy }: Rules, access: Access<AnyCall>, subject: string): void {
  if (typeof access === 'string' || !('area' in access)) return
  const { area, action } = access
  if (!policy.decide({ subject, path: areaPath(area), action }))
    throw forbidden(subject, action, `the ${area}`)
}

/**
 * Asks the policy about all paths that a request is about, in slices where they are many.
 * @returns the first of them, for the audit.
 * @throws {ServiceError} `forbidden`, `not-found`, or what access throws.
 */
export async function checkPaths(
  { policy }: Rules,
  access: Access<AnyCall>,
  call: AnyCall,
): Promise<string | undefined> {
  if (typeof access === 'string' || 'area' in access) return undefined
  const { subject } = call.caller
  const { action } = access
  const paths = [...objectsOf(policy, access, call), ...(access.paths?.(call) ?? [])]
  const answers = await policy.decideMany(paths.map((path) => ({ subject, path, action })))
  const refused = paths[answers.indexOf(false)]
  if (refused !== undefined) throw forbidden(subject, action, refused)
  return paths[0]
}

/** Asks the policy about a path that an operation is about beside what its access says. @throws {ServiceError} `forbidden` */
export async function requireAllowed(
  { policy }: Rules,
  { subject }: Caller,
  action: Action,
  path: string,
): Promise<void> {
  const [isAllowed] = await policy.decideMany([{ subject, path, action }])
  if (isAllowed !== true) throw forbidden(subject, action, path)
}

/** @throws {ServiceError} `not-found`, in the same words whether it is not there or must not be seen. */
function objectsOf(policy: Policy, access: PathAccess, call: AnyCall): string[] {
  const { subject } = call.caller
  try {
    const paths = [...(access.objects?.(call) ?? [])]
    if (paths.every((path) => policy.decide({ subject, path, action: 'list' }))) return paths
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'not-found') throw error
  }
  throw new ServiceError('not-found', 'nothing has this number or path, or you may not see it')
}

type PathAccess = Exclude<Access<AnyCall>, string | { readonly area: Area }>

function forbidden(subject: string, action: Action, what: string): ServiceError {
  return new ServiceError('forbidden', `${subject} may not ${action} ${what}`)
}

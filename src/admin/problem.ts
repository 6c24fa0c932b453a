import { Type, type Static } from 'typebox'
import { maskSecrets } from '../access/tokens/mask-secrets.ts'
import { ServiceError, type ServiceErrorCode } from '../config/service-error.ts'

/** RFC 9457. */
export const problemType = 'application/problem+json'

export const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'What kind of problem it is: a URI reference that stays the same' }),
    title: Type.String({ description: 'The same for all problems of this type' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What happened, to what, and what to do' }),
    instance: Type.String({ description: 'The request, as the log and the audit name it' }),
    field: Type.Optional(Type.String({ description: 'What of the request is wrong: `body.quotaBytes`' })),
  },
  { title: 'Problem', additionalProperties: false },
)

export type Problem = Static<typeof problemSchema>

/** A name for a kind of problem, in `type` and in the audit. */
export type ProblemName =
  | ServiceErrorCode
  | 'unauthorized'
  | 'too-many-requests'
  | 'too-large'
  | 'media-type'
  | 'key-reused'
  | 'secret-shown'
  | 'bad-request'
  | 'bug'

/** The one table from errors to HTTP statuses. */
const problems: Readonly<Record<ProblemName, readonly [status: number, title: string]>> = {
  invalid: [400, 'The request cannot be right'],
  'bad-request': [400, 'The request cannot be read'],
  unauthorized: [401, 'A valid token is needed'],
  forbidden: [403, 'Not allowed'],
  'not-found': [404, 'Not there'],
  exists: [409, 'There already'],
  conflict: [409, 'Not possible as things are'],
  limit: [409, 'A limit is reached'],
  'secret-shown': [409, 'The secret was shown once'],
  stale: [412, 'Changed meanwhile'],
  'too-large': [413, 'The request is too large'],
  'media-type': [415, 'The body has the wrong type'],
  'key-reused': [422, 'The idempotency key was used for another request'],
  'too-many-requests': [429, 'Too many requests'],
  bug: [500, 'An error of the server'],
  unavailable: [503, 'Not possible now'],
}

/** A refusal of the API itself, before any service was asked. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly problem: ProblemName
  /** What of the request is wrong. */
  readonly field: string | undefined

  constructor(problem: ProblemName, message: string, field?: string) {
    super(message)
    this.problem = problem
    this.field = field
  }
}

/** What an error is called; `bug` for one that nobody has foreseen. */
export function problemNameOf(error: unknown): ProblemName {
  if (error instanceof RequestError) return error.problem
  if (error instanceof ServiceError) return error.code
  if (isHostFailure(error)) return 'unavailable'
  const status = statusOf(error)
  if (status === undefined || status < 400 || status >= 500) return 'bug'
  return nameByStatus.get(status) ?? 'bad-request'
}

/** @param requestId a UUID. */
export function problemOf(error: unknown, requestId: string): Problem {
  const name = problemNameOf(error)
  const [status, title] = problems[name]
  const field = error instanceof RequestError ? error.field : undefined
  return {
    type: `/problems/${name}`,
    title,
    status,
    detail: detailOf(error, name),
    instance: `urn:uuid:${requestId}`,
    ...(field === undefined ? {} : { field }),
  }
}

function detailOf(error: unknown, name: ProblemName): string {
  if (name === 'bug') return 'the log of the server has more'
  if (isHostFailure(error)) return `the host of the gateway refused (${error.code}): its log has more`
  return maskSecrets((error as Error).message)
}

/** A disk that is full, broken or read-only: of files, or of the catalog. */
export function isHostFailure(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return false
  return syscall !== undefined || /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/.test(code)
}

/** What fastify and its plugins refuse carries a status. */
const nameByStatus: ReadonlyMap<number, ProblemName> = new Map([
  [404, 'not-found'],
  [413, 'too-large'],
  [415, 'media-type'],
  [429, 'too-many-requests'],
])

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode } = error as { statusCode?: unknown }
  return typeof statusCode === 'number' ? statusCode : undefined
}

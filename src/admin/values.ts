import { Type, type TProperties, type TSchema } from 'typebox'
import { pageLimitMax, type Page, type PageRequest } from '../service/page.ts'
import { pathSizeMax } from '../config/path-limits.ts'
import { rateBounds } from '../config/rate-bounds.ts'
import { ruleGroupCountMax, type IdentityRule } from '../shared-memory/identity-rule.ts'
import { pageLimitDefault } from './limits.ts'
import { defined, exactly } from './operation.ts'
import { RequestError } from './problem.ts'

// What several resources have in common. Schemas tell shapes; what is allowed beyond that, the services say.

export const time = Type.String({ format: 'date-time', description: 'RFC 3339' })
export const count = Type.Integer({ minimum: 0 })
export const uuid = Type.String({ format: 'uuid' })
/** Of a row that was made by an API: a version counts its changes. */
export const version = Type.Integer({ minimum: 1, description: 'Grows with each change; the ETag' })
export const path = Type.String({
  maxLength: pathSizeMax,
  description: 'Logical path: `/finance/payroll/db`',
})
export const subject = Type.String({
  maxLength: 400,
  description: 'app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME',
})
export const description = Type.String({ maxLength: 4096 })
export const labels = Type.Record(Type.String(), Type.String(), {
  maxProperties: 64,
  description: 'As Kubernetes has them',
})
/** 2^32-1 is no user: chown(2) reads it as "leave alone". */
const userId = Type.Integer({ minimum: 0, maximum: 0xffff_fffe })
export const shareNumber = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
/** Of a folder or link. */
export const nodeNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const identity = exactly(
  {
    squash: Type.Enum(['none', 'root', 'all'], { type: 'string' }),
    uid: userId,
    gid: userId,
    gids: Type.Array(userId, { maxItems: ruleGroupCountMax }),
  },
  { title: 'IdentityRule', description: 'Whom callers become: as sent, root squashed, or all squashed' },
)

const { callsPerSecondMin, callsPerSecondMax, bytesPerSecondMin, bytesPerSecondMax, burstSecondsMax } =
  rateBounds

/** The fields of a limit, as what has one shows it. */
export const rateLimit = {
  callsPerSecond: nullable(
    Type.Integer({
      minimum: callsPerSecondMin,
      maximum: callsPerSecondMax,
      description: 'Most NFS calls a second',
    }),
  ),
  bytesPerSecond: nullable(
    Type.Integer({
      minimum: bytesPerSecondMin,
      maximum: bytesPerSecondMax,
      description: 'Most bytes read and written a second',
    }),
  ),
  burstSeconds: Type.Number({
    minimum: 0,
    maximum: burstSecondsMax,
    description: 'What the limit allows in this time may come at once; default 1',
  }),
}

/** The same to be given. */
export const rateLimitWish = {
  callsPerSecond: Type.Optional(rateLimit.callsPerSecond),
  bytesPerSecond: Type.Optional(rateLimit.bytesPerSecond),
  burstSeconds: Type.Optional(rateLimit.burstSeconds),
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

export const pageQuery = {
  after: Type.Optional(Type.String({ maxLength: 1024, description: 'The `next` of the page before' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: pageLimitMax, description: `Default ${pageLimitDefault}` }),
  ),
} satisfies TProperties

export function pageOf<T extends TSchema>(item: T) {
  return exactly({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: 'Give it as `after`; absent: there is no more' })),
  })
}

export interface PageQuery {
  after?: string
  limit?: number
}

export function pageRequest({ after, limit = pageLimitDefault }: PageQuery): PageRequest {
  return { ...defined({ after }), limit }
}

/** A page as it is answered. */
export function pageView<T, V>(
  { items, next }: Page<T>,
  view: (item: T) => V,
): { items: V[]; next?: string } {
  return { items: items.map(view), ...defined({ next }) }
}

/** A page of a list that is all in memory, in the order of its keys. */
export function pageIn<T>(
  all: Iterable<T>,
  keyOf: (item: T) => number | string,
  { after, limit = pageLimitDefault }: PageQuery,
): Page<T> {
  const keyed = Array.from(all, (item) => ({ item, key: keyOf(item) }))
  const start = typeof keyed[0]?.key === 'number' && after !== undefined ? Number(after) : after
  const rest = keyed.filter(({ key }) => start === undefined || key > start)
  rest.sort((a, b) => (a.key < b.key ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const items = page.map(({ item }) => item)
  return rest.length > limit && last !== undefined ? { items, next: String(last.key) } : { items }
}

/** Of milliseconds since 1970. */
export function timeView(ms: number): string {
  return new Date(ms).toISOString()
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : timeView(ms)
}

/** Milliseconds since 1970 of a time that has the right shape. @throws {RequestError} for one that never was. */
export function msOf(text: string, field: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || ms < 0)
    throw new RequestError('invalid', `${field} is no time that can be used`, field)
  return ms
}

/** Of a query: `team=payroll,tier=db`. @throws {RequestError} for what is no list of labels. */
export function labelsOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='))
  if (pairs.some(({ length }) => length !== 2))
    throw new RequestError('invalid', 'query.labels must be written as team=payroll,tier=db', 'query.labels')
  return Object.fromEntries(pairs) as Record<string, string>
}

export function identityView({ squash, uid, gid, gids }: IdentityRule) {
  return { squash, uid, gid, gids: [...gids] }
}

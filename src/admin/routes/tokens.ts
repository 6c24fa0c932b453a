import { Type, type Static } from 'typebox'
import type { NewToken } from '../../access/tokens/tokens.ts'
import { overlapSecondsMax } from '../../access/tokens/tokens.ts'
import type { TokenRecord } from '../../catalog/tokens.ts'
import { ServiceError } from '../../config/service-error.ts'
import { rateLimitOf } from '../../service/rate-limit.ts'
import { defined, exactly, operation, type AnyOperation, type Call } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { identity, identityView, msOf, nullable, path, rateLimit, rateLimitWish } from '../values.ts'
import { subject, time, uuid, version } from '../values.ts'
import { pageOf, pageQuery, pageRequest, pageView, timeOrNull, timeView } from '../values.ts'

const name = Type.String({ minLength: 1, maxLength: 255, description: 'For people: what it was made for' })
const networks = Type.Array(Type.String({ maxLength: 64 }), {
  maxItems: 64,
  description: 'Addresses and networks it may be used from; none: any',
})
const mountsPerMinute = nullable(
  Type.Integer({ minimum: 1, maximum: 6000, description: 'Most uses a minute; null: no limit' }),
)
const expiresAt = nullable(time)

export const tokenSchema = exactly(
  {
    id: uuid,
    kind: Type.Enum(['workload', 'admin'], { type: 'string' }),
    name,
    subject,
    scope: nullable(path),
    networks,
    identity: nullable(identity),
    mountsPerMinute,
    ...rateLimit,
    createdAt: time,
    createdBy: Type.String(),
    expiresAt,
    revokedAt: nullable(time),
    replacedBy: nullable(uuid),
    lastUsedAt: nullable(time),
    version,
  },
  { title: 'Token' },
)

export const newTokenSchema = exactly(
  {
    token: tokenSchema,
    text: Type.String({ description: 'The secret. It is shown here and never again' }),
  },
  { title: 'TokenWithText' },
)

const tokenWishSchema = exactly(
  {
    name,
    subject,
    scope: Type.Optional(nullable(path)),
    networks: Type.Optional(networks),
    identity: Type.Optional(nullable(identity)),
    mountsPerMinute: Type.Optional(mountsPerMinute),
    ...rateLimitWish,
    expiresAt: Type.Optional(expiresAt),
  },
  { title: 'NewToken' },
)

const tokenChangeSchema = exactly(
  {
    name: Type.Optional(name),
    scope: Type.Optional(nullable(path)),
    networks: Type.Optional(networks),
    mountsPerMinute: Type.Optional(mountsPerMinute),
    ...rateLimitWish,
    expiresAt: Type.Optional(expiresAt),
  },
  { title: 'TokenChange', description: 'What is absent stays' },
)

export const rotationSchema = exactly(
  {
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: overlapSecondsMax,
      description: 'How long the old one goes on; 0: it ends at once',
    }),
    expiresAt: Type.Optional(expiresAt),
  },
  { title: 'Rotation' },
)

export const endingSchema = exactly(
  {
    token: tokenSchema,
    grants: Type.Integer({ minimum: 0, description: 'Grants that would end with it' }),
  },
  { title: 'TokenEnding' },
)

const parameter = { id: uuid }
const tag = 'tokens'
const see = { area: 'tokens', action: 'list' } as const
const change = { area: 'tokens', action: 'manage' } as const

export function tokenOperations(services: AdminServices): AnyOperation[] {
  const { tokens } = services
  const runs = tokenRuns(services, 'workload')
  return [
    operation({
      id: 'listTokens',
      method: 'GET',
      path: '/v1/tokens',
      tag,
      summary: 'Tokens of workloads, ended ones of the last 90 days too',
      access: see,
      query: { ...pageQuery, subject: Type.Optional(subject) },
      answer: pageOf(tokenSchema),
      async run({ query: { subject, ...page } }) {
        const filter = { ...pageRequest(page), kind: 'workload' as const, ...defined({ subject }) }
        return pageView(await tokens.list(filter), tokenView)
      },
    }),
    operation({
      id: 'createToken',
      method: 'POST',
      path: '/v1/tokens',
      tag,
      summary: 'Make a token for a workload',
      access: change,
      body: tokenWishSchema,
      creates: true,
      showsSecret: true,
      answer: newTokenSchema,
      async run({ body, caller }) {
        const input = { ...withExpiry(body), kind: 'workload' as const }
        return newTokenView(await tokens.create(input, caller.subject))
      },
    }),
    operation({
      id: 'getToken',
      method: 'GET',
      path: '/v1/tokens/{id}',
      tag,
      summary: 'One token, without its secret',
      access: see,
      params: parameter,
      answer: tokenSchema,
      run: runs.get,
    }),
    operation({
      id: 'updateToken',
      method: 'PATCH',
      path: '/v1/tokens/{id}',
      tag,
      summary: 'Change a living token',
      access: change,
      params: parameter,
      body: tokenChangeSchema,
      versioned: true,
      answer: tokenSchema,
      run: runs.update,
    }),
    operation({
      id: 'rotateToken',
      method: 'POST',
      path: '/v1/tokens/{id}/rotate',
      tag,
      summary: 'Make a token like this one, which then ends',
      access: change,
      params: parameter,
      body: rotationSchema,
      creates: true,
      showsSecret: true,
      versioned: true,
      answer: newTokenSchema,
      run: runs.rotate,
    }),
    operation({
      id: 'revokeToken',
      method: 'DELETE',
      path: '/v1/tokens/{id}',
      tag,
      summary: 'End a token and its grants at once',
      access: change,
      params: parameter,
      versioned: true,
      async run({ params, ifVersion }) {
        await tokens.revoke(runs.tokenOf(params).id, ifVersion)
      },
      dryRun: {
        answer: endingSchema,
        run: runs.ending,
      },
    }),
  ]
}

type OfToken<Body = unknown> = Call<{ readonly id: string }, unknown, Body>
type Rotation = Static<typeof rotationSchema>

/** What is done to one token of a kind: who may manage the one kind must not reach the other. */
export function tokenRuns({ tokens, grants }: AdminServices, kind: TokenRecord['kind']) {
  /** @throws {ServiceError} `not-found` */
  const tokenOf = ({ id }: { readonly id: string }): TokenRecord => {
    const record = tokens.get(id)
    if (record.kind !== kind) throw new ServiceError('not-found', `there is no token ${id}`)
    return record
  }
  return {
    tokenOf,
    get: ({ params }: OfToken) => tokenView(tokenOf(params)),
    async update({ params, body, ifVersion }: OfToken<Static<typeof tokenChangeSchema>>) {
      return tokenView(await tokens.update(tokenOf(params).id, withExpiry(body), ifVersion))
    },
    async rotate({ params, body, caller, ifVersion }: OfToken<Rotation>) {
      const options = { ...withExpiry(body), ...defined({ ifVersion }) }
      return newTokenView(await tokens.rotate(tokenOf(params).id, options, caller.subject))
    },
    /** What would end with it. */
    ending({ params }: OfToken) {
      const token = tokenOf(params)
      let ending = 0
      for (const { tokenId } of grants.living()) if (tokenId === token.id) ending++
      return { token: tokenView(token), grants: ending }
    },
  }
}

/** A body with its expiry in milliseconds, if it has one. */
export function withExpiry<T extends { expiresAt?: string | null }>(
  body: T,
): Omit<T, 'expiresAt'> & { expiresAt?: number | null } {
  const { expiresAt, ...rest } = body
  if (expiresAt === undefined) return rest
  return { ...rest, expiresAt: expiresAt === null ? null : msOf(expiresAt, 'body.expiresAt') }
}

export function newTokenView({ record, text }: NewToken) {
  return { token: tokenView(record), text }
}

/** Property by property: what is added to a token one day is not shown unasked. */
export function tokenView(record: TokenRecord) {
  const { id, kind, name, subject, scope, networks, mountsPerMinute, createdBy, replacedBy } = record
  return {
    id,
    kind,
    name,
    subject,
    scope,
    networks: [...networks],
    identity: record.identity && identityView(record.identity),
    mountsPerMinute,
    ...rateLimitOf(record),
    createdAt: timeView(record.createdAt),
    createdBy,
    expiresAt: timeOrNull(record.expiresAt),
    revokedAt: timeOrNull(record.revokedAt),
    replacedBy,
    lastUsedAt: timeOrNull(record.lastUsedAt),
    version: record.version,
  }
}

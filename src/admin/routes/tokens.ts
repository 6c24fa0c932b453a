import { Type } from 'typebox'
import type { NewToken, Tokens } from '../../access/tokens/tokens.ts'
import { overlapSecondsMax } from '../../access/tokens/tokens.ts'
import type { TokenRecord } from '../../catalog/tokens.ts'
import { ServiceError } from '../../config/service-error.ts'
import { defined, exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { identity, identityView, msOf, nullable, path, subject, time, uuid, version } from '../values.ts'
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

export function tokenOperations({ tokens, grants }: AdminServices): AnyOperation[] {
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
      run: ({ params }) => tokenView(tokenOf(tokens, params.id, 'workload')),
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
      async run({ params, body, ifVersion }) {
        const { id } = tokenOf(tokens, params.id, 'workload')
        return tokenView(await tokens.update(id, withExpiry(body), ifVersion))
      },
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
      async run({ params, body, caller, ifVersion }) {
        const { id } = tokenOf(tokens, params.id, 'workload')
        const options = { ...withExpiry(body), ...defined({ ifVersion }) }
        return newTokenView(await tokens.rotate(id, options, caller.subject))
      },
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
        await tokens.revoke(tokenOf(tokens, params.id, 'workload').id, ifVersion)
      },
      dryRun: {
        answer: endingSchema,
        run: ({ params }) => endingOf(tokenOf(tokens, params.id, 'workload'), grants),
      },
    }),
  ]
}

/** A token of this kind: who may manage the one kind must not reach the other. @throws {ServiceError} `not-found` */
export function tokenOf(tokens: Tokens, id: string, kind: TokenRecord['kind']): TokenRecord {
  const record = tokens.get(id)
  if (record.kind !== kind) throw new ServiceError('not-found', `there is no token ${id}`)
  return record
}

/** A body with its expiry in milliseconds, if it has one. */
export function withExpiry<T extends { expiresAt?: string | null }>(
  body: T,
): Omit<T, 'expiresAt'> & { expiresAt?: number | null } {
  const { expiresAt, ...rest } = body
  if (expiresAt === undefined) return rest
  return { ...rest, expiresAt: expiresAt === null ? null : msOf(expiresAt, 'body.expiresAt') }
}

export function endingOf(token: TokenRecord, grants: AdminServices['grants']) {
  let ending = 0
  for (const { tokenId } of grants.living()) if (tokenId === token.id) ending++
  return { token: tokenView(token), grants: ending }
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
    createdAt: timeView(record.createdAt),
    createdBy,
    expiresAt: timeOrNull(record.expiresAt),
    revokedAt: timeOrNull(record.revokedAt),
    replacedBy,
    lastUsedAt: timeOrNull(record.lastUsedAt),
    version: record.version,
  }
}

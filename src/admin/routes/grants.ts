import { Type } from 'typebox'
import type { GrantRecord } from '../../catalog/grants.ts'
import { ServiceError } from '../../config/service-error.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  identity,
  identityView,
  nodeNumber,
  nullable,
  pageIn,
  pageOf,
  pageQuery,
  pageView,
} from '../values.ts'
import { path, shareNumber, subject, time, timeOrNull, timeView, uuid } from '../values.ts'

const number = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })

const grantSchema = exactly(
  {
    number,
    subject,
    address: Type.String(),
    token: nullable(uuid),
    host: nullable(Type.String()),
    parent: nullable(Type.Integer({ description: 'The grant of the folder through which it was entered' })),
    node: nodeNumber,
    path: Type.String({ description: 'Of the folder or link now' }),
    share: nullable(shareNumber),
    scope: nullable(path),
    identity: nullable(identity),
    createdAt: time,
    lastUsedAt: time,
    expiresAt: nullable(time),
  },
  { title: 'Grant', description: 'What a successful mount has yielded' },
)

const parameter = { number }
const tag = 'grants'
const see = { area: 'grants', action: 'list' } as const
const change = { area: 'grants', action: 'manage' } as const

export function grantOperations(services: AdminServices): AnyOperation[] {
  const { grants } = services
  return [
    operation({
      id: 'listGrants',
      method: 'GET',
      path: '/v1/grants',
      tag,
      summary: 'Living grants, by number',
      access: see,
      query: {
        ...pageQuery,
        subject: Type.Optional(subject),
        address: Type.Optional(Type.String({ maxLength: 64 })),
        share: Type.Optional(shareNumber),
        token: Type.Optional(uuid),
      },
      answer: pageOf(grantSchema),
      run({ query: { subject, address, share, token, ...page } }) {
        const found = [...grants.living()].filter(
          (grant) =>
            (subject ?? grant.subject) === grant.subject &&
            (address ?? grant.address) === grant.address &&
            (share ?? grant.shareId) === grant.shareId &&
            (token ?? grant.tokenId) === grant.tokenId,
        )
        return pageView(
          pageIn(found, ({ number }) => number, page),
          (grant) => grantView(services, grant),
        )
      },
    }),
    operation({
      id: 'getGrant',
      method: 'GET',
      path: '/v1/grants/{number}',
      tag,
      summary: 'One living grant',
      access: see,
      params: parameter,
      answer: grantSchema,
      run: ({ params }) => grantView(services, grantOf(services, params.number)),
    }),
    operation({
      id: 'endGrant',
      method: 'DELETE',
      path: '/v1/grants/{number}',
      tag,
      summary: 'End a grant and those that came of it; its client may mount again',
      access: change,
      params: parameter,
      async run({ params, caller }) {
        grants.end(grantOf(services, params.number).number, `ended by ${caller.subject}`)
        await grants.settled()
      },
      dryRun: {
        answer: grantSchema,
        run: ({ params }) => grantView(services, grantOf(services, params.number)),
      },
    }),
  ]
}

/** @throws {ServiceError} `not-found` */
function grantOf({ grants }: AdminServices, number: number): GrantRecord {
  const grant = grants.get(number)
  if (grant === undefined) throw new ServiceError('not-found', `no grant ${number} lives`)
  return grant
}

function grantView({ grants, namespace }: AdminServices, grant: GrantRecord) {
  const { number, subject, address, tokenId, hostId, parent, nodeId, shareId, scope, identity } = grant
  return {
    number,
    subject,
    address,
    token: tokenId,
    host: hostId,
    parent,
    node: nodeId,
    path: namespace.pathOf(nodeId),
    share: shareId,
    scope,
    identity: identity && identityView(identity),
    createdAt: timeView(grant.createdAt),
    lastUsedAt: timeView(grants.lastUsedAt(grant)),
    expiresAt: timeOrNull(grant.expiresAt),
  }
}

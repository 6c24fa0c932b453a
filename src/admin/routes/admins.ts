import { Type } from 'typebox'
import { createAdmin } from '../admins.ts'
import type { LastAdministrator } from '../last-administrator.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { nullable, pageOf, pageQuery, pageRequest, pageView, time, uuid } from '../values.ts'
import {
  endingSchema,
  newTokenSchema,
  newTokenView,
  rotationSchema,
  tokenRuns,
  tokenSchema,
  tokenView,
  withExpiry,
} from './tokens.ts'

const name = Type.String({ minLength: 1, maxLength: 253, description: 'Its subject is admin:NAME' })
const networks = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 })
const roles = Type.Array(Type.String({ maxLength: 70 }), {
  maxItems: 32,
  description:
    'role:viewer sees all, role:operator manages all but administrators and rules, role:owner may all',
})

const newAdminSchema = exactly(
  {
    name,
    roles: Type.Optional(roles),
    networks: Type.Optional(networks),
    expiresAt: Type.Optional(nullable(time)),
  },
  { title: 'NewAdmin' },
)

const adminChangeSchema = exactly(
  { networks: Type.Optional(networks), expiresAt: Type.Optional(nullable(time)) },
  { title: 'AdminChange', description: 'What is absent stays' },
)

const parameter = { id: uuid }
const tag = 'admins'
const see = { area: 'admins', action: 'list' } as const
const change = { area: 'admins', action: 'administer' } as const

export function adminOperations(
  services: AdminServices,
  lastAdministrator: LastAdministrator,
): AnyOperation[] {
  const { tokens } = services
  const runs = tokenRuns(services, 'admin')
  return [
    operation({
      id: 'listAdmins',
      method: 'GET',
      path: '/v1/admins',
      tag,
      summary: 'Tokens of administrators, ended ones of the last 90 days too',
      access: see,
      query: pageQuery,
      answer: pageOf(tokenSchema),
      run: async ({ query }) =>
        pageView(await tokens.list({ ...pageRequest(query), kind: 'admin' }), tokenView),
    }),
    operation({
      id: 'createAdmin',
      method: 'POST',
      path: '/v1/admins',
      tag,
      summary: 'Make a token for an administrator',
      access: change,
      body: newAdminSchema,
      creates: true,
      showsSecret: true,
      answer: newTokenSchema,
      async run({ body, caller }) {
        const made = lastAdministrator.changeRules((guard) =>
          createAdmin(services, withExpiry(body), caller.subject, guard),
        )
        return newTokenView(await made)
      },
    }),
    operation({
      id: 'getAdmin',
      method: 'GET',
      path: '/v1/admins/{id}',
      tag,
      summary: 'One token of an administrator, without its secret',
      access: see,
      params: parameter,
      answer: tokenSchema,
      run: runs.get,
    }),
    operation({
      id: 'updateAdmin',
      method: 'PATCH',
      path: '/v1/admins/{id}',
      tag,
      summary: 'Change a living token of an administrator',
      access: change,
      params: parameter,
      body: adminChangeSchema,
      versioned: true,
      answer: tokenSchema,
      run: runs.update,
    }),
    operation({
      id: 'rotateAdmin',
      method: 'POST',
      path: '/v1/admins/{id}/rotate',
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
      id: 'revokeAdmin',
      method: 'DELETE',
      path: '/v1/admins/{id}',
      tag,
      summary: 'End a token of an administrator at once',
      access: change,
      params: parameter,
      versioned: true,
      run: ({ params, ifVersion }) => lastAdministrator.revoke(runs.tokenOf(params), ifVersion),
      dryRun: {
        answer: endingSchema,
        run: runs.ending,
      },
    }),
  ]
}

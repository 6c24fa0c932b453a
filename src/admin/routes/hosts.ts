import { Type } from 'typebox'
import type { Host } from '../../access/hosts/hosts.ts'
import { checkVersion } from '../../service/checks.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { description, identity, identityView, nullable, pageOf, pageQuery, pageRequest } from '../values.ts'
import { pageView, path, subject, time, timeView, version } from '../values.ts'

const network = Type.String({ maxLength: 64, description: 'An address, or a network such as 10.0.0.0/8' })
/** A UUID, or `built-in-N` for those of the configuration file. */
const id = Type.String({ minLength: 1, maxLength: 36 })

const hostSchema = exactly(
  {
    id,
    network,
    subject,
    scope: nullable(path),
    identity: nullable(identity),
    description,
    builtIn: Type.Boolean({ description: 'Given by the configuration file: not to be changed here' }),
    createdAt: time,
    version,
  },
  { title: 'Host', description: 'A network whose clients need no token' },
)

const settings = {
  scope: Type.Optional(nullable(path)),
  identity: Type.Optional(nullable(identity)),
  description: Type.Optional(description),
}
const newHostSchema = exactly({ network, subject, ...settings }, { title: 'NewHost' })
const hostChangeSchema = exactly(
  { network: Type.Optional(network), subject: Type.Optional(subject), ...settings },
  { title: 'HostChange', description: 'What is absent stays' },
)

const parameter = { id }
const tag = 'hosts'
const see = { area: 'hosts', action: 'list' } as const
const change = { area: 'hosts', action: 'manage' } as const

export function hostOperations({ hosts }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'listHosts',
      method: 'GET',
      path: '/v1/hosts',
      tag,
      summary: 'Networks whose clients need no token',
      access: see,
      query: pageQuery,
      answer: pageOf(hostSchema),
      run: ({ query }) => pageView(hosts.list(pageRequest(query)), hostView),
    }),
    operation({
      id: 'createHost',
      method: 'POST',
      path: '/v1/hosts',
      tag,
      summary: 'Let the clients of a network in without a token',
      access: change,
      body: newHostSchema,
      creates: true,
      answer: hostSchema,
      run: async ({ body }) => hostView(await hosts.create(body)),
    }),
    operation({
      id: 'getHost',
      method: 'GET',
      path: '/v1/hosts/{id}',
      tag,
      summary: 'One host rule',
      access: see,
      params: parameter,
      answer: hostSchema,
      run: ({ params }) => hostView(hosts.get(params.id)),
    }),
    operation({
      id: 'updateHost',
      method: 'PATCH',
      path: '/v1/hosts/{id}',
      tag,
      summary: 'Change a host rule',
      access: change,
      params: parameter,
      body: hostChangeSchema,
      versioned: true,
      answer: hostSchema,
      run: async ({ params, body, ifVersion }) => hostView(await hosts.update(params.id, body, ifVersion)),
    }),
    operation({
      id: 'removeHost',
      method: 'DELETE',
      path: '/v1/hosts/{id}',
      tag,
      summary: 'Remove a host rule, and end the grants that came of it',
      access: change,
      params: parameter,
      versioned: true,
      run: ({ params, ifVersion }) => hosts.remove(params.id, ifVersion),
      dryRun: {
        answer: hostSchema,
        run({ params, ifVersion }) {
          const host = hosts.get(params.id)
          checkVersion(`host rule ${host.id}`, host.version, ifVersion)
          return hostView(host)
        },
      },
    }),
  ]
}

function hostView(host: Host) {
  const { id, network, subject, scope, identity, description, builtIn, createdAt, version } = host
  return {
    id,
    network,
    subject,
    scope,
    identity: identity && identityView(identity),
    description,
    builtIn,
    createdAt: timeView(createdAt),
    version,
  }
}

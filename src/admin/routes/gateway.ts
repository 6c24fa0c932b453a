import { Type } from 'typebox'
import { actions } from '../../access/policy/action.ts'
import { areaPath } from '../authorization.ts'
import { areas, exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { nullable, subject, time, timeOrNull, uuid } from '../values.ts'

const gatewaySchema = exactly(
  {
    id: uuid,
    isReady: Type.Boolean({ description: 'Whether clients are served' }),
    nfsHosts: Type.Array(Type.String(), { description: 'Names or addresses for clients, the best first' }),
    nfsPort: Type.Integer({ minimum: 0, maximum: 65535 }),
    portmap: Type.Boolean({ description: 'Whether a portmapper tells clients the port' }),
  },
  { title: 'Gateway' },
)

const whoamiSchema = exactly(
  {
    subject,
    token: uuid,
    expiresAt: nullable(time),
    groups: Type.Array(Type.String(), {
      description: 'The subject and all it belongs to, the nearest first',
    }),
    may: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'What you may do outside the namespace, by area, and to its root, by `/`',
    }),
  },
  { title: 'Whoami' },
)

const tag = 'gateway'

export function gatewayOperations(services: AdminServices): AnyOperation[] {
  const { namespace, tokens, endpoint } = services
  const { policy } = services.rules
  return [
    operation({
      id: 'getGateway',
      method: 'GET',
      path: '/v1/gateway',
      tag,
      summary: 'What this gateway is called, and where its clients find it',
      access: { area: 'gateway', action: 'list' },
      answer: gatewaySchema,
      run: () => ({
        id: namespace.gatewayId,
        isReady: services.isReady(),
        nfsHosts: [...endpoint.nfsHosts],
        nfsPort: endpoint.nfsPort,
        portmap: endpoint.portmap,
      }),
    }),
    operation({
      id: 'whoami',
      method: 'GET',
      path: '/v1/whoami',
      tag,
      summary: 'Whose token this is, and what it may do',
      access: 'admin',
      answer: whoamiSchema,
      run({ caller: { subject, tokenId } }) {
        const allowed = (path: string) => actions.filter((action) => policy.decide({ subject, path, action }))
        return {
          subject,
          token: tokenId,
          expiresAt: timeOrNull(tokens.get(tokenId).expiresAt),
          groups: [...policy.explain(subject, '/', 'list').groups],
          may: Object.fromEntries([
            ['/', allowed('/')],
            ...areas.map((area) => [area, allowed(areaPath(area))] as const),
          ]),
        }
      },
    }),
  ]
}

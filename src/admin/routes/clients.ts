import { Type } from 'typebox'
import { parseRange } from '../../access/addresses.ts'
import { ServiceError } from '../../config/service-error.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices, ConnectedClient } from '../services.ts'
import { count, pageIn, pageOf, pageQuery, pageView } from '../values.ts'

const address = Type.String({ minLength: 1, maxLength: 64 })

const clientSchema = exactly(
  {
    address,
    connections: count,
    grants: Type.Integer({ minimum: 0, description: 'Living grants of this address' }),
  },
  { title: 'Client', description: 'A machine that has connections to the gateway' },
)

const parameter = { address }
const tag = 'clients'

export function clientOperations({ clients, grants }: AdminServices): AnyOperation[] {
  const clientView = ({ address, connections }: ConnectedClient) => {
    let living = 0
    for (const grant of grants.living()) if (grant.address === address) living++
    return { address, connections, grants: living }
  }
  const clientOf = async (address: string): Promise<ConnectedClient> => {
    const client = (await clients.list()).find((other) => other.address === address)
    if (client !== undefined) return client
    // No echo of what was asked for unless it is an address.
    const asked = parseRange(address) === undefined ? 'such an address' : address
    throw new ServiceError('not-found', `no client of ${asked} is connected`)
  }
  return [
    operation({
      id: 'listClients',
      method: 'GET',
      path: '/v1/clients',
      tag,
      summary: 'Connected clients, by address',
      access: { area: 'clients', action: 'list' },
      query: pageQuery,
      answer: pageOf(clientSchema),
      run: async ({ query }) =>
        pageView(
          pageIn(await clients.list(), ({ address }) => address, query),
          clientView,
        ),
    }),
    operation({
      id: 'disconnectClient',
      method: 'DELETE',
      path: '/v1/clients/{address}',
      tag,
      summary: 'Close the connections of a client, which may come again',
      access: { area: 'clients', action: 'manage' },
      params: parameter,
      run: async ({ params }) => clients.disconnect((await clientOf(params.address)).address),
      dryRun: {
        answer: clientSchema,
        run: async ({ params }) => clientView(await clientOf(params.address)),
      },
    }),
  ]
}

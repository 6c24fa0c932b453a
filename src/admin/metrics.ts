import type { FastifyInstance } from 'fastify'
import { contains, parseRange } from '../access/addresses.ts'
import { authenticate } from './authentication.ts'
import { checkArea } from './authorization.ts'
import type { AdminServices } from './services.ts'

const loopback = ['127.0.0.0/8', '::1'].map((network) => parseRange(network)!)

/** `/metrics` for Prometheus: this machine may ask without a token, others need one that may list the gateway. */
export function metricsRoutes(server: FastifyInstance, services: AdminServices): void {
  server.route({
    method: 'GET',
    url: '/metrics',
    schema: { hide: true },
    async onRequest({ ip, headers }) {
      if (isLoopback(ip)) return
      const { subject } = await authenticate(services, headers.authorization, ip, 'admin')
      checkArea(services.rules, { area: 'gateway', action: 'list' }, subject)
    },
    async handler(_request, reply) {
      const { contentType, text } = await services.metrics()
      return reply.type(contentType).send(text)
    },
  })
}

function isLoopback(ip: string): boolean {
  const address = parseRange(ip)
  return address !== undefined && loopback.some((network) => contains(network, address))
}

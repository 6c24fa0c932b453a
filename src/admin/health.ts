import type { FastifyInstance } from 'fastify'
import type { Health } from './services.ts'

/** `/healthz`: the process is well, for whoever restarts it. `/readyz`: clients may come, for whoever sends them. */
export function healthRoutes(server: FastifyInstance, health: Health): void {
  server.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }))
  server.get('/readyz', { schema: { hide: true } }, (_request, reply) => {
    const isReady = health.isReady()
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' })
  })
}

import type { FastifyInstance } from 'fastify'

export interface Health {
  /** Whether clients are served: started, and not on the way out. */
  isReady(): boolean
}

/** `/healthz`: the process is well, for whoever restarts it. `/readyz`: clients may come, for whoever sends them. */
export function healthRoutes(server: FastifyInstance, health: Health): void {
  server.get('/healthz', () => ({ status: 'ok' }))
  server.get('/readyz', (_request, reply) => {
    const isReady = health.isReady()
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' })
  })
}

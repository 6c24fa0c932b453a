import type { FastifyInstance } from 'fastify'

export interface MetricsSource {
  /** The metrics in the Prometheus text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

export function metricsRoutes(server: FastifyInstance, source: MetricsSource): void {
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await source.metrics()
    return reply.type(contentType).send(text)
  })
}

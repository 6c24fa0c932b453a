import type { AddressInfo } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import { listenError } from '../config/error.ts'
import { healthRoutes } from './health.ts'
import type { Health, MetricsSource } from './services.ts'

export interface AdminOptions extends Health, MetricsSource {
  /** 0 for any free port. */
  readonly port: number
}

export interface AdminServer {
  /** `http://127.0.0.1:8049`. */
  readonly url: string
  close(): Promise<void>
}

/** There is no login yet, so nobody but this machine may ask. */
const adminAddress = '127.0.0.1'

/**
 * Starts the admin API.
 * @throws {StartError} if the port cannot be had.
 */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const server = createAdminServer(options)
  try {
    await server.listen({ host: adminAddress, port: options.port })
  } catch (error) {
    throw listenError('admin', adminAddress, options.port, error) ?? error
  }
  const { port } = server.server.address() as AddressInfo
  return { url: `http://${adminAddress}:${port}`, close: () => server.close() }
}

/** The admin API without a socket. */
export function createAdminServer(sources: Health & MetricsSource): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, bodyLimit: 64 * 1024 })
  healthRoutes(server, sources)
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await sources.metrics()
    return reply.type(contentType).send(text)
  })
  return server
}

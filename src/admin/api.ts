import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { fastifyRateLimit } from '@fastify/rate-limit'
import { fastifySwagger } from '@fastify/swagger'
import { fastifySwaggerUi } from '@fastify/swagger-ui'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from '../telemetry/log.ts'
import { healthRoutes } from './health.ts'
import { Idempotency } from './idempotency.ts'
import {
  bodySizeMax,
  connectionCountMax,
  keepAliveMs,
  pathPartLengthMax,
  requestersMax,
  requestsPerMinuteDefault,
  requestTimeoutMs,
} from './limits.ts'
import { metricsRoutes } from './metrics.ts'
import { openapi, withNamedSchemas } from './openapi.ts'
import { operationsOf } from './operations.ts'
import { isHostFailure, problemOf, problemType, RequestError } from './problem.ts'
import { callerOf, route } from './routing.ts'
import type { AdminServices } from './services.ts'
import { validatorCompiler } from './validation.ts'

export interface ApiOptions {
  readonly log: Pick<Logger, 'error'>
  /** PEM texts: HTTPS instead of HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly requestsPerMinute?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** An error that nobody has foreseen: to be counted. It is in the log already. */
  readonly onBug?: () => void
}

/** The admin API without a socket. */
export async function createApi(services: AdminServices, options: ApiOptions): Promise<FastifyInstance> {
  const { now = Date.now, requestsPerMinute = requestsPerMinuteDefault } = options
  const server = newServer(options)
  server.server.maxConnections = connectionCountMax
  server.server.headersTimeout = requestTimeoutMs
  const bugs = { log: options.log, onBug: options.onBug ?? (() => {}) }
  server.setValidatorCompiler(validatorCompiler as never)
  // Answers are JSON already; what they hold is for tests to say.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data))
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, bugs))
  server.setNotFoundHandler((request, reply) =>
    sendProblem(new RequestError('not-found', `there is no ${request.method} here`), request, reply, bugs),
  )
  server.addHook('onSend', async (request, reply) => mark(request, reply))
  await server.register(fastifyRateLimit, {
    max: requestsPerMinute,
    cache: requestersMax,
    // After the token is known.
    hook: 'preParsing',
    keyGenerator: (request) => callerOf(request)?.subject ?? request.ip,
  })
  // fastify's own beside that for JSON: no operation takes a text.
  server.removeContentTypeParser('text/plain')
  await server.register(fastifySwagger, {
    openapi,
    transformObject: (document) =>
      withNamedSchemas('openapiObject' in document ? document.openapiObject : {}),
  })
  await server.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true })
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger())
  healthRoutes(server, services)
  metricsRoutes(server, services)
  const around = { services, idempotency: new Idempotency(services.catalog, now), log: options.log }
  for (const operation of operationsOf(services)) route(server, operation, around)
  await server.ready()
  return server
}

function newServer({ tls, log, onBug = () => {} }: ApiOptions): FastifyInstance {
  const bugs = { log, onBug }
  const settings = {
    forceCloseConnections: true,
    bodyLimit: bodySizeMax,
    // Of bodies that may not take long: see limitArrival.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: pathPartLengthMax },
    genReqId: () => randomUUID(),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(error, request, reply, bugs),
    clientErrorHandler: refuseConnection,
  }
  if (tls === undefined) return fastify(settings)
  // Its type differs in that of the socket only, which nobody here asks for.
  return fastify({ ...settings, https: tls })
}

/** What all answers have in common. */
function mark(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
}

interface Bugs {
  readonly log: Pick<Logger, 'error'>
  readonly onBug: () => void
}

function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { log, onBug }: Bugs,
): FastifyReply {
  const problem = problemOf(error, request.id)
  const where = { err: error, request: request.id, route: request.routeOptions.url }
  if (isHostFailure(error)) log.error(where, 'admin API: the host refused')
  if (problem.status === 500) {
    log.error(where, 'admin API: bug')
    onBug()
  }
  // Errors of the framework pass no hook.
  mark(request, reply)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(problem.status).type(problemType).send(JSON.stringify(problem))
}

/** What cannot even be read as HTTP. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problemOf(new RequestError('bad-request', 'it is no HTTP'), randomUUID()))
  const head = [
    'HTTP/1.1 400 Bad Request',
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

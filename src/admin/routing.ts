import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from '../config/service-error.ts'
import type { Logger } from '../telemetry/log.ts'
import { authenticate } from './authentication.ts'
import { checkArea, checkPaths } from './authorization.ts'
import { checkKey, type Idempotency, type Outcome } from './idempotency.ts'
import { bodySizeMax, requestTimeoutMs } from './limits.ts'
import { routeSchemaOf, urlOf } from './openapi.ts'
import type { AnyOperation, Call, Caller, StreamedAnswer } from './operation.ts'
import { etagOf, ifMatchVersion } from './precondition.ts'
import { problemNameOf, RequestError } from './problem.ts'
import type { AdminServices } from './services.ts'

/** What all operations are done with. */
export interface Surroundings {
  readonly services: AdminServices
  readonly idempotency: Idempotency
  readonly log: Pick<Logger, 'error'>
}

type AnyCall = Call<never, never, never>
type Answerer = Pick<AnyOperation, 'answer' | 'run'>

/** Characters of a request's body that the audit keeps. */
const toldBodySizeMax = 4096

const nobody = { subject: '', tokenId: '' }
/** Whose request it is, from the moment that is known. */
const callers = new WeakMap<FastifyRequest, Caller>()

/** Whose request this is; undefined before its token was looked at, and where none is needed. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request)
}

/** Makes a route of an operation: who asks, may they, was it asked before, do it, write it down, answer. */
export function route(server: FastifyInstance, operation: AnyOperation, around: Surroundings): void {
  const { takes } = operation
  const add = (to: FastifyInstance): void =>
    void to.route({
      method: operation.method,
      url: urlOf(operation.path),
      schema: routeSchemaOf(operation),
      bodyLimit: operation.bodySizeMax ?? bodySizeMax,
      onRequest: async (request, reply) => {
        if (takes === undefined) limitArrival(request.raw)
        // Nobody reads the rest of a body that was refused.
        else reply.header('connection', 'close')
        await admit(request, operation, around)
      },
      handler: (request, reply) => perform(request, reply, operation, around),
    })
  if (takes === undefined) add(server)
  else
    void server.register((scope, _, done) => {
      // What those of the server make of a body is no Readable.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser([...takes], (_request, body, parsed) => parsed(null, body))
      add(scope)
      done()
    })
}

/** A body that is read as a whole must have come within its time. */
function limitArrival(incoming: IncomingMessage): void {
  const end = (): void => {
    if (!incoming.complete) incoming.destroy()
  }
  const timer = setTimeout(end, requestTimeoutMs).unref()
  incoming.once('close', () => clearTimeout(timer))
}

/** Before the body is read. */
async function admit(
  request: FastifyRequest,
  operation: AnyOperation,
  { services }: Surroundings,
): Promise<void> {
  const { access } = operation
  if (access === 'open') return
  const kind = access === 'workload' ? 'workload' : 'admin'
  try {
    const caller = await authenticate(services, request.headers.authorization, request.ip, kind)
    callers.set(request, caller)
    checkArea(services.rules, access, caller.subject)
  } catch (error) {
    record(request, operation, services, { error })
    throw error
  }
}

async function perform(
  request: FastifyRequest,
  reply: FastifyReply,
  operation: AnyOperation,
  around: Surroundings,
): Promise<FastifyReply> {
  const { services, idempotency } = around
  const { query } = request as { query: { dryRun?: boolean } }
  const isDry = operation.dryRun !== undefined && query.dryRun === true
  const doing: Answerer = isDry ? operation.dryRun : operation
  let path: string | undefined
  let outcome: Outcome | StreamedAnswer
  try {
    const call = callOf(request, operation)
    path = await checkPaths(services.rules, operation.access, call)
    const run = async (): Promise<Outcome> => {
      const answer = await doing.run(call)
      if (!isDry) record(request, operation, services, { path, answer })
      return outcomeOf(doing, operation, answer)
    }
    const key = operation.creates === true ? checkKey(request.headers['idempotency-key']) : undefined
    const { subject } = call.caller
    const body = operation.takes === undefined ? request.body : undefined
    const asked = { operation: operation.id, params: request.params, query, body }
    const showsSecret = operation.showsSecret === true
    if (operation.streams !== undefined) {
      outcome = (await operation.run(call)) as StreamedAnswer
      record(request, operation, services, { path })
    } else if (key === undefined) outcome = await run()
    else outcome = await idempotency.once({ subject, key, request: asked, showsSecret }, run)
  } catch (error) {
    record(request, operation, services, { path, error })
    throw error
  }
  return 'mediaType' in outcome ? sendStream(reply, outcome) : send(reply, operation, outcome)
}

/** @throws {RequestError} without the body that is to be taken */
function callOf(request: FastifyRequest, { versioned, takes }: AnyOperation): AnyCall {
  if (takes !== undefined && request.body === undefined)
    throw new RequestError('invalid', `the body is missing: send it as ${takes[0]}`, 'body')
  return {
    params: request.params as never,
    query: request.query as never,
    body: request.body as never,
    caller: callers.get(request) ?? { ...nobody, address: request.ip },
    ifVersion: versioned === true ? ifMatchVersion(request.headers['if-match']) : undefined,
  }
}

function outcomeOf(doing: Answerer, operation: AnyOperation, answer: unknown): Outcome {
  if (doing.answer === undefined) return { status: 204, body: '' }
  // A dry run has made nothing.
  const status = operation.creates === true && doing !== operation.dryRun ? 201 : 200
  return { status, body: operation.mediaType === undefined ? JSON.stringify(answer) : String(answer) }
}

function send(reply: FastifyReply, { mediaType, answer }: AnyOperation, outcome: Outcome): FastifyReply {
  const { status, body } = outcome
  reply.code(status).header('cache-control', 'no-store')
  if (status === 204) return reply.send()
  const version = answer !== undefined && mediaType === undefined ? versionIn(body) : undefined
  if (version !== undefined) reply.header('etag', etagOf(version))
  return reply.type(mediaType ?? 'application/json; charset=utf-8').send(body)
}

function sendStream(reply: FastifyReply, { mediaType, body, headers = {} }: StreamedAnswer): FastifyReply {
  return reply.headers(headers).header('cache-control', 'no-store').type(mediaType).send(body)
}

function versionIn(json: string): number | undefined {
  const { version } = JSON.parse(json) as { version?: unknown }
  return typeof version === 'number' ? version : undefined
}

interface Deed {
  /** Logical path, where it is about one. */
  readonly path?: string | undefined
  readonly answer?: unknown
  readonly error?: unknown
}

/**
 * Writes changes, what was refused, and what only those who administer may see into the audit. Who else only looks, and
 * may, is not written down.
 */
function record(
  request: FastifyRequest,
  { id, method, access, takes, audited }: AnyOperation,
  { audit }: AdminServices,
  { path, answer, error }: Deed,
): void {
  const result = error === undefined ? 'OK' : problemNameOf(error)
  const isNotable =
    method !== 'GET' || audited === true || (typeof access === 'object' && access.action === 'administer')
  if (!isNotable && result !== 'forbidden' && result !== 'unauthorized') return
  const { subject } = callers.get(request) ?? nobody
  const made = (answer as { id?: unknown } | undefined)?.id
  const isRefusal = error instanceof ServiceError || error instanceof RequestError
  audit.record({
    kind: 'admin',
    subject,
    address: request.ip,
    operation: id.replace(/[A-Z]/g, '_$&').toUpperCase(),
    path: path ?? request.url.replace(/\?.*/s, ''),
    result,
    ...(typeof made === 'number' && id.endsWith('Share') ? { shareId: made } : {}),
    detail: {
      request: request.id,
      url: request.url,
      ...(made === undefined ? {} : { id: made }),
      ...(isRefusal ? { reason: error.message } : {}),
      ...(request.body === undefined || request.body === null || takes !== undefined
        ? {}
        : { body: toldOf(request.body) }),
    },
  })
}

/** What was asked for, so that it is known after it was changed again; of a document only how long it is. */
function toldOf(body: unknown): unknown {
  const size = JSON.stringify(body).length
  return size <= toldBodySizeMax ? body : `${size} characters`
}

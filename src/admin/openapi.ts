import type { FastifySchema } from 'fastify'
import { Type, type TProperties, type TSchema } from 'typebox'
import { exactly, type AnyOperation } from './operation.ts'
import { streamFormat } from './validation.ts'
import { problemSchema, problemType } from './problem.ts'

/** `/v1/shares/{id}` as fastify writes it: `/v1/shares/:id`. */
export function urlOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

export const dryRunParameter = {
  dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be done' })),
}

const keyHeader = {
  'idempotency-key': Type.Optional(
    Type.String({ description: 'The same request with the same key, within a day, is done only once' }),
  ),
}
const matchHeader = {
  'if-match': Type.Optional(Type.String({ description: 'ETag of the version that is to be changed' })),
}

/** What fastify checks of a request, and what the OpenAPI document says. */
export function routeSchemaOf(operation: AnyOperation): FastifySchema {
  const { id, tag, summary, description, params, body, takes, access, creates, versioned, dryRun } = operation
  const query: TProperties = { ...operation.query, ...(dryRun === undefined ? {} : dryRunParameter) }
  const headers: TProperties = {
    ...(creates === true ? keyHeader : {}),
    ...(versioned === true ? matchHeader : {}),
  }
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params: exactly(params) }),
    querystring: exactly(query),
    ...(body === undefined ? {} : { body }),
    ...(takes === undefined ? {} : { body: { content: contentOf(takes, streamSchema) } }),
    // Others may come too: every client sends some.
    ...(Object.keys(headers).length === 0 ? {} : { headers: Type.Object(headers) }),
    security: access === 'open' ? [] : [{ [access === 'workload' ? 'workload' : 'admin']: [] }],
    response: responsesOf(operation),
  }
}

function responsesOf({
  answer,
  mediaType,
  streams,
  creates,
  dryRun,
  access,
}: AnyOperation): Record<string, unknown> {
  const problem = { content: { [problemType]: { schema: problemSchema } } }
  const told = (schema: TSchema, types: readonly string[] = ['application/json']) => ({
    description: 'OK',
    content: contentOf(types, schema),
  })
  const types = streams ?? (mediaType === undefined ? undefined : [mediaType])
  const done = answer === undefined ? { 204: noContent } : { [creates ? 201 : 200]: told(answer, types) }
  return {
    ...done,
    // What is done and would be done is told in the same shape, or the one not at all.
    ...(dryRun === undefined ? {} : { 200: told(dryRun.answer) }),
    ...(access === 'open' ? {} : { 401: { description: 'No valid token', ...problem } }),
    '4xx': { description: 'Refused, and nothing changed', ...problem },
    '5xx': { description: 'Failed', ...problem },
  }
}

/** A body that is no value to be checked: see validation.ts. */
const streamSchema = { type: 'string', format: streamFormat } as const

function contentOf(types: readonly string[], schema: TSchema): Record<string, { schema: TSchema }> {
  return Object.fromEntries(types.map((type) => [type, { schema }]))
}

const noContent = { description: 'Done', type: 'null' }

/** Facts about the API as a whole. */
export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Berth',
    description:
      'The admin API of a Berth gateway. Lists come in pages: give the `next` of one as `after` to get the following. ' +
      'Times are RFC 3339, sizes are bytes.',
    version: '1',
  },
  components: {
    securitySchemes: {
      admin: { type: 'http', scheme: 'bearer', description: 'A token of an administrator' },
      workload: { type: 'http', scheme: 'bearer', description: 'A token of a workload' },
    },
  },
} as const

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * Puts every schema that has a title among the components, once, and a reference to it where it stood: so that clients
 * made from the document have a name for it.
 */
export function withNamedSchemas(document: object): Record<string, Json> {
  const schemas: Record<string, Json> = {}
  const name = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(name)
    if (typeof value !== 'object' || value === null) return value
    const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, name(inner)]))
    const { title } = copy
    if (typeof title !== 'string' || copy.type !== 'object') return copy
    schemas[title] = copy
    return { $ref: `#/components/schemas/${title}` }
  }
  const { info, components, ...rest } = JSON.parse(JSON.stringify(document)) as Record<string, Json>
  const named = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, name(value)]))
  return { info: info!, ...named, components: { ...(components as object), schemas } }
}

import { Compile, type Validator } from 'typebox/compile'
import { expect } from 'vitest'
import type { Answer } from './admin-fixture.ts'

/** JSON Schema, as far as the document uses it; references are resolved. */
export interface JsonSchema {
  readonly type?: 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object' | 'string'
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}

export interface DocumentedParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

/** One operation of the document. */
export interface DocumentedOperation {
  readonly operationId: string
  readonly method: string
  /** `/v1/shares/{id}`. */
  readonly path: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly parameters: readonly DocumentedParameter[]
  readonly body: JsonSchema | undefined
  /** Media type of a body that is no JSON. */
  readonly takes: string | undefined
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

/** As the document has it. */
interface Documented extends Omit<DocumentedOperation, 'method' | 'path' | 'body' | 'takes' | 'parameters'> {
  readonly parameters?: readonly DocumentedParameter[]
  readonly requestBody?: { readonly content: Content }
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

/** All operations of an OpenAPI document that came as an answer. */
export function operationsIn({ text }: Answer): DocumentedOperation[] {
  const document = JSON.parse(text) as Document
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const resolved = resolve(operation, document) as Documented
      return {
        ...resolved,
        parameters: resolved.parameters ?? [],
        method: method.toUpperCase(),
        path,
        body: resolved.requestBody?.content['application/json']?.schema,
        takes: Object.keys(resolved.requestBody?.content ?? {}).find((type) => type !== 'application/json'),
      }
    }),
  )
}

function resolve(value: unknown, document: Document): unknown {
  if (Array.isArray(value)) return value.map((inner) => resolve(inner, document))
  if (typeof value !== 'object' || value === null) return value
  const { $ref } = value as { $ref?: string }
  if ($ref !== undefined)
    return resolve(document.components.schemas[$ref.slice('#/components/schemas/'.length)], document)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, document)]))
}

const checks = new Map<object, Validator>()

function expectSchema(schema: JsonSchema, value: unknown): void {
  const check = checks.get(schema) ?? Compile(schema as never)
  checks.set(schema, check)
  expect(check.Errors(value)).toEqual([])
}

/** Fails for an answer of which the document does not tell, and for any error of the server. */
export function expectDocumented({ responses }: DocumentedOperation, answer: Answer): void {
  expect(answer.status, answer.text.slice(0, 300)).toBeLessThan(500)
  if (answer.status >= 400) expect(answer.text).not.toMatch(/node_modules|\.[tj]s:/)
  const response = responses[answer.status] ?? responses[`${String(answer.status)[0]}XX`]
  expect(response, `status ${answer.status}`).toBeDefined()
  if (answer.status === 204) {
    expect(answer.text).toBe('')
    return
  }
  const mediaType = String(answer.headers['content-type']).replace(/;.*/, '')
  const { schema } = response!.content![mediaType]!
  expectSchema(schema, /[/+]json$/.test(mediaType) ? answer.body : answer.text)
  if (answer.status < 300) return
  expect(mediaType).toBe('application/problem+json')
  expect(answer.body.status).toBe(answer.status)
}

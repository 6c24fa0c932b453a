import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { RequestError } from './problem.ts'

/** Format of a body that is read as it comes. */
export const streamFormat = 'binary'

/** Checks what of a request a route describes. Bodies must be exact; the texts of a URL become numbers and truth. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  if ((schema as { format?: string }).format === streamFormat) return (value: unknown) => ({ value })
  const validator = Compile(schema)
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : fromTexts(schema, given)
    if (validator.Check(value)) return { value }
    return { error: faultOf(validator.Errors(value), partNames[httpPart] ?? httpPart) }
  }
}

const partNames: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

function fromTexts(schema: TSchema, texts: unknown): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, { type?: string }>> }
  if (properties === undefined || typeof texts !== 'object' || texts === null) return texts
  const values = Object.entries(texts).map(([name, text]) => [name, fromText(properties[name]?.type, text)])
  return Object.fromEntries(values)
}

function fromText(type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer') return /^-?\d{1,16}$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  return text
}

type Fault = ReturnType<ReturnType<typeof Compile>['Errors']>[number]

function faultOf(faults: readonly Fault[], part: string): RequestError {
  // An unknown property is also reported as a value that the schema `false` refuses; the other report says it better.
  const fault = faults.find(({ keyword }) => keyword !== 'boolean')
  if (fault === undefined) return new RequestError('invalid', `the ${part} is not as described`, part)
  const field = [part, ...fault.instancePath.split('/').slice(1)].join('.')
  if (fault.keyword === 'additionalProperties' || fault.keyword === 'required') {
    const { additionalProperties = [], requiredProperties = [] } = fault.params as {
      additionalProperties?: readonly string[]
      requiredProperties?: readonly string[]
    }
    const [unknown] = additionalProperties
    const [missing] = requiredProperties
    if (unknown !== undefined)
      return new RequestError('invalid', `${field}.${unknown} is not known`, `${field}.${unknown}`)
    if (missing !== undefined)
      return new RequestError('invalid', `${field}.${missing} is missing`, `${field}.${missing}`)
  }
  const { allowedValues } = fault.params as { allowedValues?: readonly unknown[] }
  const message = allowedValues === undefined ? fault.message : `must be one of ${allowedValues.join(', ')}`
  return new RequestError('invalid', `${field} ${message}`, field)
}

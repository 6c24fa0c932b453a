import createClient, { type Client, type Middleware } from 'openapi-fetch'
import type { paths } from './api.ts'
import { BerthApiError, BerthConnectionError } from './error.ts'
import { send } from './send.ts'

/**
 * The admin API of one gateway, a method of HTTP each, with the paths, parameters, bodies and answers of its OpenAPI
 * document: `await dataOf(client.GET('/v1/shares/{id}', { params: { path: { id: 7 } } }))`.
 *
 * Each rejects with {@link BerthApiError} for what the gateway refused, and with {@link BerthConnectionError} if none
 * answered.
 */
export type BerthClient = Client<paths>

export interface BerthClientOptions {
  /** `http://127.0.0.1:8049`. */
  readonly url: string
  /** Of an administrator, or of a workload that wants a ticket. */
  readonly token?: string | undefined
  /** Longest wait for one answer, in milliseconds; default 60,000. */
  readonly timeoutMs?: number | undefined
}

const timeoutMsDefault = 60_000

export function createBerthClient({
  url,
  token,
  timeoutMs = timeoutMsDefault,
}: BerthClientOptions): BerthClient {
  const baseUrl = url.replace(/\/+$/, '')
  const client = createClient<paths>({
    baseUrl,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    fetch: (request) => send(request, timeoutMs),
  })
  client.use(refusals(baseUrl))
  return client
}

function refusals(url: string): Middleware {
  return {
    async onResponse({ response }) {
      if (!response.ok) throw await problemIn(response)
    },
    onError: ({ error }) => new BerthConnectionError(url, error),
  }
}

/** Of an answer that is no problem document, as a proxy gives them, the status says most. */
export async function problemIn(response: Response): Promise<BerthApiError> {
  const { status, statusText } = response
  const isProblem = /^application\/problem\+json\b/.test(response.headers.get('content-type') ?? '')
  if (!isProblem) return new BerthApiError({ status, title: `HTTP status ${status} ${statusText}`.trim() })
  const { type, title, detail, instance } = (await response.json()) as Record<string, unknown>
  return new BerthApiError({
    status,
    type: textOf(type),
    title: textOf(title),
    detail: textOf(detail),
    instance: textOf(instance),
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The body of an answer. There is one: what was refused has been thrown. */
export async function dataOf<T>(answer: Promise<{ readonly data?: T }>): Promise<T> {
  return (await answer).data as T
}

/** The body of an answer that says what would be done: where it is done, there is nothing to say. */
export async function planOf<T>(answer: Promise<{ readonly data?: T | undefined }>): Promise<NonNullable<T>> {
  return (await answer).data!
}

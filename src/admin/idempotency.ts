import { createHash } from 'node:crypto'
import type { Catalog } from '../catalog/catalog.ts'
import {
  deleteIdempotencyBefore,
  idempotencyCount,
  idempotencyRecord,
  insertIdempotency,
} from '../catalog/idempotency.ts'
import { ServiceError } from '../config/service-error.ts'
import { idempotencyCountMax, idempotencyMs } from './limits.ts'
import { RequestError } from './problem.ts'

/** What was answered: a status, and the body as JSON. */
export interface Outcome {
  readonly status: number
  readonly body: string
}

export interface Attempt {
  readonly subject: string
  /** Of the header Idempotency-Key. */
  readonly key: string
  /** All of the request that decides its answer. */
  readonly request: unknown
  readonly showsSecret: boolean
}

const keyShape = /^[\x21-\x7e]{1,255}$/

/** @throws {RequestError} for a key that is none. */
export function checkKey(key: string | string[] | undefined): string | undefined {
  if (key === undefined) return undefined
  if (typeof key === 'string' && keyShape.test(key)) return key
  throw new RequestError(
    'invalid',
    'Idempotency-Key must be 1 to 255 letters without spaces',
    'headers.idempotency-key',
  )
}

/**
 * Answers a request that is sent again as it was answered first, for a day. Only what was done is kept: a request that was
 * refused has changed nothing and may be tried again. A crash between a change and the keeping of its answer loses the
 * answer.
 */
export class Idempotency {
  readonly #catalog: Catalog
  readonly #now: () => number
  /** Requests under way, by subject and key. */
  readonly #running = new Map<string, Promise<unknown>>()

  constructor(catalog: Catalog, now: () => number) {
    this.#catalog = catalog
    this.#now = now
  }

  /** @throws {RequestError} `key-reused` or `secret-shown`. @throws {ServiceError} `limit`, or what `run` throws. */
  async once(attempt: Attempt, run: () => Promise<Outcome>): Promise<Outcome> {
    const place = `${attempt.subject}\0${attempt.key}`
    // Of two that come together the second is answered as the first was.
    while (this.#running.has(place)) await this.#running.get(place)
    const answer = this.#once(attempt, run)
    const settled = answer.then(
      () => {},
      () => {},
    )
    this.#running.set(place, settled)
    try {
      return await answer
    } finally {
      this.#running.delete(place)
    }
  }

  async #once(
    { subject, key, request, showsSecret }: Attempt,
    run: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const { db } = this.#catalog
    const now = this.#now()
    await deleteIdempotencyBefore(db, now - idempotencyMs)
    const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
    const known = await idempotencyRecord(db, subject, key)
    if (known !== undefined) {
      if (known.requestHash !== requestHash)
        throw new RequestError('key-reused', 'send another Idempotency-Key with another request')
      if (known.body === '')
        throw new RequestError(
          'secret-shown',
          'this request was done before, and its answer had a secret in it, which is not kept: make a new one',
        )
      return { status: known.status, body: known.body }
    }
    if ((await idempotencyCount(db, subject)) >= idempotencyCountMax)
      throw new ServiceError('limit', `${idempotencyCountMax} idempotency keys in a day: send fewer`)
    const outcome = await run()
    const body = showsSecret ? '' : outcome.body
    await insertIdempotency(db, { subject, key, requestHash, status: outcome.status, body, createdAt: now })
    return outcome
  }
}

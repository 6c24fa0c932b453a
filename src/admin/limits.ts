import { manifestSizeMax } from '../applications/index.ts'
import { ruleCountMax } from '../access/policy/rules.ts'

/** Bytes of a request's body. */
export const bodySizeMax = 64 * 1024
/** A manifest is sent as a JSON string, which has two bytes for a line feed or a quote. */
export const manifestBodySizeMax = 2 * manifestSizeMax + bodySizeMax
/** All rules in one document. */
export const rulesBodySizeMax = ruleCountMax * 512

/** Requests of one subject, or without a token of one address. */
export const requestsPerMinuteDefault = 6000
/** Subjects and addresses whose requests are counted; the one seen longest ago makes room. */
export const requestersMax = 10_000

export const connectionCountMax = 512
/** In which the head of a request must have arrived, and then its body, but for those that are read as they come. */
export const requestTimeoutMs = 30_000
/** How long a connection waits for its next request. */
export const keepAliveMs = 72_000
/** Characters of one part of a path, as they are decoded. */
export const pathPartLengthMax = 512

/** Entries of a page, where none is asked for. */
export const pageLimitDefault = 100

/** How long an idempotency key is remembered. */
export const idempotencyMs = 24 * 3600 * 1000
/** Keys remembered of one subject. */
export const idempotencyCountMax = 10_000

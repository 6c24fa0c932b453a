import { rateBounds } from '../config/rate-bounds.ts'
import { ServiceError } from '../config/service-error.ts'
import type { RateLimit } from '../shared-memory/rate-table.ts'
import { checkCount } from './checks.ts'

/** Of what nobody has limited. */
export const noRateLimit: RateLimit = { callsPerSecond: null, bytesPerSecond: null, burstSeconds: 1 }

/** The limit of what has one among other things; what was written down before there were limits has none. */
export function rateLimitOf({
  callsPerSecond = noRateLimit.callsPerSecond,
  bytesPerSecond = noRateLimit.bytesPerSecond,
  burstSeconds = noRateLimit.burstSeconds,
}: { readonly [Field in keyof RateLimit]?: RateLimit[Field] | undefined }): RateLimit {
  return { callsPerSecond, bytesPerSecond, burstSeconds }
}

/** What is wanted on top of what is. @throws {ServiceError} `invalid` */
export function checkRateLimit(wanted: Partial<RateLimit>, now: RateLimit): RateLimit {
  const { callsPerSecond, bytesPerSecond, burstSeconds } = rateLimitOf({ ...now, ...wanted })
  const { callsPerSecondMin, callsPerSecondMax, bytesPerSecondMin, bytesPerSecondMax, burstSecondsMax } =
    rateBounds
  if (callsPerSecond !== null)
    checkCount('callsPerSecond', callsPerSecond, callsPerSecondMin, callsPerSecondMax)
  if (bytesPerSecond !== null)
    checkCount('bytesPerSecond', bytesPerSecond, bytesPerSecondMin, bytesPerSecondMax)
  // Not a number is not in between, either.
  if (!(burstSeconds >= 0 && burstSeconds <= burstSecondsMax))
    throw new ServiceError('invalid', `burstSeconds is not from 0 to ${burstSecondsMax}`)
  return { callsPerSecond, bytesPerSecond, burstSeconds }
}

import { ServiceError } from '../config/service-error.ts'

/**
 * What a filesystem or a driver has said, as a refusal that tells what it was about; it may be other later. A refusal
 * stays as it is, and so does what can only be a bug.
 */
export function refusalFor(what: string, error: unknown): unknown {
  const isTold = error instanceof Error && error.constructor === Error
  if (error instanceof ServiceError || !isTold) return error
  return new ServiceError('unavailable', `${what}: ${error.message}`, { cause: error })
}

/** What kept a request from being done. The admin API has one table from these to HTTP statuses. */
export type ServiceErrorCode =
  /** What was asked for is not there. */
  | 'not-found'
  /** What was to be made is there already. */
  | 'exists'
  /** The request itself cannot be right. */
  | 'invalid'
  /** The request is right, but not in the state things are in. */
  | 'conflict'
  /** It was changed since the asker looked. */
  | 'stale'
  /** The asker may not. */
  | 'forbidden'
  /** A named limit is reached. */
  | 'limit'
  /** It cannot be done now; later it may. */
  | 'unavailable'

/** A request that was refused and changed nothing. Its message says what happened, to what, and what to do. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ServiceErrorCode

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

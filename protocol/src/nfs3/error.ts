import { Nfsstat3, type Nfsstat3Failure } from './types.ts'

const nameOf = new Map<number, string>(Object.entries(Nfsstat3).map(([name, value]) => [value, name]))

/** A refused operation: the client is told `status`, in a failure arm without attributes. */
export class NfsError extends Error {
  override readonly name = 'NfsError'
  readonly status: Nfsstat3Failure

  constructor(status: Nfsstat3Failure, options?: ErrorOptions) {
    super(`NFS3ERR_${nameOf.get(status) ?? status}`, options)
    this.status = status
  }
}

/**
 * A call that cannot be answered yet: nothing of it has been done. It is run once more when `until` resolves, which it
 * must; put off again, the client is told JUKEBOX. Thrown at once, not by way of a promise.
 */
export class NfsPutOff extends NfsError {
  readonly until: Promise<void>

  constructor(until: Promise<void>) {
    super(Nfsstat3.JUKEBOX)
    this.until = until
  }
}

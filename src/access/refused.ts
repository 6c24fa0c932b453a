import { Mountstat3 } from 'nfs-server-ts'
import { ServiceError } from '../config/service-error.ts'

type Refusal = Exclude<Mountstat3, typeof Mountstat3.OK>

/** A refusal and why, which the client is not told. */
export class Refused extends Error {
  readonly status: Refusal
  readonly subject: string

  constructor(reason: string, subject = '', status: Refusal = Mountstat3.ACCES) {
    super(reason)
    this.subject = subject
    this.status = status
  }
}

/** What an error means to a client; @throws an error that is no refusal. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error
  if (!(error instanceof ServiceError)) throw error
  const status =
    error.code === 'limit' || error.code === 'unavailable' ? Mountstat3.SERVERFAULT : Mountstat3.ACCES
  return new Refused(error.message, '', status)
}

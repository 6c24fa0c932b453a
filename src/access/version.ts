import { ServiceError } from '../config/service-error.ts'

/** @throws {ServiceError} `stale`, unless the asker gave no version or has seen the one that is. */
export function requireVersion(what: string, version: number, ifVersion: number | undefined): void {
  if (ifVersion !== undefined && ifVersion !== version)
    throw new ServiceError(
      'stale',
      `${what} has changed: it is at version ${version}, not ${ifVersion}; look again`,
    )
}

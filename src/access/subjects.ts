import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

/** What every subject belongs to. */
export const everyone = '*'

/**
 * `app:NAME`, `app:NAME/WORKLOAD`, `host:NAME`, `user:NAME`, `admin:NAME`. An application's name is a DNS label (RFC 1123
 * §2.1); other names may also be those of pods, hosts and people. No comma can be in one: casbin joins names by commas.
 */
const appPattern = /^app:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\/[A-Za-z0-9][-A-Za-z0-9._]{0,252})?$/
const personPattern = /^(?:user|admin):[A-Za-z0-9][-A-Za-z0-9._@]{0,252}$/
/** A host without a rule goes by its address, which may be `::1` or `fe80::1%eth0`. */
const hostPattern = /^host:[A-Za-z0-9:][-A-Za-z0-9._:%]{0,252}$/
const rolePattern = /^role:[A-Za-z0-9][-A-Za-z0-9._]{0,62}$/

export function isSubject(text: string): boolean {
  return appPattern.test(text) || hostPattern.test(text) || personPattern.test(text)
}

export function isRole(text: string): boolean {
  return rolePattern.test(text)
}

/** @throws {ServiceError} `invalid`. */
export function requireSubject(text: string): void {
  if (!isSubject(text))
    throw new ServiceError(
      'invalid',
      `${shown(text)} is no subject: it must be app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME`,
    )
}

/** The application of `app:NAME/WORKLOAD`, to which each of its workloads belongs; undefined for other subjects. */
export function applicationSubject(subject: string): string | undefined {
  const slash = subject.indexOf('/')
  return subject.startsWith('app:') && slash > 0 ? subject.slice(0, slash) : undefined
}

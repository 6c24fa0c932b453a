import type { Applications } from '../applications/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Namespace } from '../namespace/namespace.ts'
import type { Comparisons } from '../snapshots/comparison/comparisons.ts'
import type { Restores } from '../snapshots/restore/restores.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Logger } from '../telemetry/log.ts'
import type { BackupJob, BackupJobs, BackupJobKind } from './backup-jobs.ts'
import type { Bases } from './bases.ts'
import type { Repositories, Repository } from './repositories.ts'
import type { Restic } from './restic.ts'

/** What the parts of the service share. */
export interface BackupServices {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly snapshots: Snapshots
  readonly comparisons: Comparisons
  readonly restores: Pick<Restores, 'restoreForeign'>
  readonly repositories: Repositories
  readonly restic: Restic
  readonly jobs: BackupJobs
  readonly bases: Bases
  readonly audit: Pick<Audit, 'record'>
  /** By which restic names the gateway. */
  readonly host: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a job is told of the repository that it is for. */
export function jobFor(
  { id, name }: Pick<Repository, 'id' | 'name'>,
  kind: BackupJobKind,
  createdBy: string,
): Pick<BackupJob, 'kind' | 'repositoryId' | 'repositoryName' | 'createdBy'> {
  return { kind, repositoryId: id, repositoryName: name, createdBy }
}

/** Writes into the audit what was done with a repository, or why it was not; what failed is thrown on. */
export async function audited<T>(
  { audit }: Pick<BackupServices, 'audit'>,
  { createdBy, repositoryName }: Pick<BackupJob, 'createdBy' | 'repositoryName'>,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  const record = (result: string): void =>
    audit.record({ kind: 'system', subject: createdBy, address: '', operation, path: repositoryName, result })
  try {
    const done = await work()
    record('OK')
    return done
  } catch (error) {
    record(error instanceof Error ? error.message : String(error))
    throw error
  }
}

import { Jobs, type Job, type RunningJob } from '../../service/jobs.ts'
import type { RestoreCounts } from './report.ts'
import { Tally } from './report.ts'

/** Restores and clones at once: each walks two trees. */
export const runningCountMax = 2
/** Those that wait for their turn. */
export const waitingCountMax = 1000

/** A restore or clone that goes on. */
export interface RestoreJob extends Job {
  readonly kind: 'restore' | 'clone'
  readonly snapshotId: number
  /** The share that the snapshot is of. */
  readonly shareId: number
  /** Of a restore, where to in the share; of a clone, the path of the new one. */
  readonly to: string
  /** `saving`: the safety snapshot is taken. */
  readonly phase: 'waiting' | 'saving' | 'restoring'
  readonly counts: RestoreCounts
}

/** One as it is carried out. */
export type RunningRestore = RunningJob<RestoreJob>

/** Restores and clones. */
export class RestoreJobs extends Jobs<RestoreJob> {
  constructor(now: () => number) {
    super({ what: 'restore', runningCountMax, waitingCountMax, afterwards: 'run again, it goes on', now })
  }

  /** As {@link run}, from the beginning. */
  begin<T>(
    wanted: Pick<RestoreJob, 'kind' | 'snapshotId' | 'shareId' | 'to' | 'createdBy'>,
    work: (job: RunningRestore) => Promise<T>,
  ): Promise<T> {
    return this.run({ ...wanted, phase: 'waiting', counts: new Tally().counts }, work)
  }
}

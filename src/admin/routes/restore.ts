import { ServiceError } from '../../config/service-error.ts'
import type { RestoreJob } from '../../snapshots/restore/restore-jobs.ts'
import { requireAllowed } from '../authorization.ts'
import { operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { pageIn, pageOf, pageQuery, pageView, uuid } from '../values.ts'
import { maySee, normalPath } from './nodes.ts'
import {
  clonePlanSchema,
  cloneSchema,
  newCloneSchema,
  reportView,
  restoredSchema,
  restoreJobSchema,
  restoreJobView,
  restoreSchema,
} from './restore-schemas.ts'
import { shareView } from './share-schemas.ts'
import { snapshotNumber, snapshotView } from './snapshot-schemas.ts'

const parameter = { id: snapshotNumber }
const tag = 'restore'

interface ById {
  params: { id: number }
}

/** Snapshots become files again. */
export function restoreOperations(services: AdminServices): AnyOperation[] {
  const { snapshots, namespace, restores } = services
  // Of the share, as it is now.
  const objects = ({ params }: ById) => [namespace.shares.get(snapshots.get(params.id).shareId).path]
  const access = { action: 'restore', objects } as const
  return [
    operation({
      id: 'restoreSnapshot',
      method: 'POST',
      path: '/v1/snapshots/{id}/restore',
      tag,
      summary: 'Make files of a share what they are in a snapshot of it',
      description:
        'Answers when all is on the disk, which may take long. Clients go on meanwhile, and see what is new without ' +
        'mounting again. What is as it was stays untouched; ended early and asked for again, it goes on.',
      access,
      params: parameter,
      body: restoreSchema,
      answer: restoredSchema,
      async run({ params, body, caller }) {
        const { report, safety } = await restores.restore(params.id, body, caller.subject)
        const safetySnapshot = safety === undefined ? null : await snapshotView(services, safety)
        return { ...reportView(report), safetySnapshot }
      },
      dryRun: {
        answer: restoredSchema,
        async run({ params, body, caller }) {
          const report = await restores.plan(params.id, body, caller.subject)
          return { ...reportView(report), safetySnapshot: null }
        },
      },
    }),
    operation({
      id: 'cloneSnapshot',
      method: 'POST',
      path: '/v1/snapshots/{id}/clone',
      tag,
      summary: 'Make a new share of a snapshot: a writable copy',
      description:
        'At once on btrfs and where files can share their data, else by copying. The share that the snapshot is of may be ' +
        'deleted by now. Who asks must be allowed to restore that one, and to manage the path of the new one.',
      access,
      params: parameter,
      body: newCloneSchema,
      creates: true,
      answer: cloneSchema,
      async run({ params, body, caller }) {
        await requireAllowed(services.rules, caller, 'manage', normalPath(body.path))
        const { share, warnings } = await restores.clone(params.id, body, caller.subject)
        return { ...(await shareView(services, share)), warnings: [...warnings] }
      },
      dryRun: {
        answer: clonePlanSchema,
        async run({ params, body, caller }) {
          await requireAllowed(services.rules, caller, 'manage', normalPath(body.path))
          const { wanted, warnings } = await restores.planClone(params.id, body)
          return { path: normalPath(wanted.path), store: wanted.store, warnings: [...warnings] }
        },
      },
    }),
    ...jobOperations(services),
  ]
}

function jobOperations(services: AdminServices): AnyOperation[] {
  const { restores } = services
  return [
    operation({
      id: 'listRestoreJobs',
      method: 'GET',
      path: '/v1/restore-jobs',
      tag,
      summary: 'Restores and clones that go on, of shares that you may see, the oldest first',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(restoreJobSchema),
      run({ query, caller }) {
        const jobs = restores.jobs().map((job) => restoreJobView(services, job))
        const seen = jobs.filter(({ path }) => maySee(services, caller, path))
        return pageView(
          pageIn(seen, ({ id }) => id, query),
          (job) => job,
        )
      },
    }),
    operation({
      id: 'abortRestoreJob',
      method: 'DELETE',
      path: '/v1/restore-jobs/{id}',
      tag,
      summary: 'End a restore or clone early',
      description: 'What was restored stays, and asked for again it goes on. Of a clone nothing stays.',
      access: {
        action: 'restore',
        objects: ({ params }) => [services.namespace.shares.get(jobOf(services, params.id).shareId).path],
      },
      params: { id: uuid },
      run: ({ params }) => restores.abort(params.id),
      dryRun: {
        answer: restoreJobSchema,
        run: ({ params }) => restoreJobView(services, jobOf(services, params.id)),
      },
    }),
  ]
}

/** @throws {ServiceError} `not-found` */
function jobOf({ restores }: AdminServices, id: string): RestoreJob {
  const job = restores.jobs().find((one) => one.id === id)
  if (job === undefined) throw new ServiceError('not-found', `there is no restore ${id} under way`)
  return job
}

import { type Static } from 'typebox'
import { ServiceError } from '../../config/service-error.ts'
import { defined, operation, type AnyOperation, type Caller } from '../operation.ts'
import { RequestError } from '../problem.ts'
import type { AdminServices } from '../services.ts'
import { pageIn, pageOf, pageQuery, pageView, shareNumber, uuid } from '../values.ts'
import { maySee } from './nodes.ts'
import { hooksOf } from './schedule-schemas.ts'
import {
  costSchema,
  jobSchema,
  jobView,
  madeSnapshotSchema,
  newGroupSchema,
  newSnapshotSchema,
  snapshotGroupSchema,
  snapshotView,
} from './snapshot-schemas.ts'

const tag = 'snapshots'

/** Making snapshots, and what of it goes on. */
export function snapshotMakingOperations(services: AdminServices): AnyOperation[] {
  const { snapshots, namespace } = services
  const { shares } = namespace
  return [
    operation({
      id: 'createSnapshot',
      method: 'POST',
      path: '/v1/shares/{id}/snapshots',
      tag,
      summary: 'Make a snapshot of a share',
      description: 'Answers when it is complete, which may take long where files are copied.',
      access: { action: 'snapshot', objects: ({ params }) => [shares.get(params.id).path] },
      params: { id: shareNumber },
      body: newSnapshotSchema,
      creates: true,
      answer: madeSnapshotSchema,
      async run({ params, body, caller }) {
        const { records, warnings } = await snapshots.takings.begin([params.id], wishOf(body, caller), false)
          .done
        return { ...(await snapshotView(services, records[0]!)), warnings: [...warnings] }
      },
    }),
    operation({
      id: 'getSnapshotCost',
      method: 'GET',
      path: '/v1/shares/{id}/snapshot-cost',
      tag,
      summary: 'What a snapshot of a share would take now',
      description: 'Reads names and sizes of all files that would be copied.',
      access: { action: 'snapshot', objects: ({ params }) => [shares.get(params.id).path] },
      params: { id: shareNumber },
      answer: costSchema,
      run: async ({ params: { id } }) => ({ share: id, ...(await snapshots.takings.costOf(id)) }),
    }),
    operation({
      id: 'createSnapshotGroup',
      method: 'POST',
      path: '/v1/snapshot-groups',
      tag,
      summary: 'Make snapshots of several shares as of the same instant: all or none',
      description: 'Answers when they are complete.',
      access: {
        action: 'snapshot',
        objects: ({ body }) => (body.shares ?? []).map((id) => shares.get(id).path),
      },
      body: newGroupSchema,
      creates: true,
      answer: snapshotGroupSchema,
      async run({ body, caller }) {
        const { shares: given, application, ...rest } = body
        const shareIds = await groupOf(services, caller, { shares: given, application })
        const { records, warnings } = await snapshots.takings.begin(shareIds, wishOf(rest, caller), true).done
        const items = []
        for (const record of records) items.push(await snapshotView(services, record))
        return { group: records[0]!.groupId!, items, warnings: [...warnings] }
      },
    }),
    operation({
      id: 'listSnapshotJobs',
      method: 'GET',
      path: '/v1/snapshot-jobs',
      tag,
      summary: 'Snapshots that are being made of shares that you may see, the oldest first',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(jobSchema),
      run({ query, caller }) {
        const jobs = snapshots.takings.jobs().map((job) => jobView(services, job))
        const seen = jobs.filter(({ paths }) => paths.every((path) => maySee(services, caller, path)))
        return pageView(
          pageIn(seen, ({ id }) => id, query),
          (job) => job,
        )
      },
    }),
    operation({
      id: 'abortSnapshotJob',
      method: 'DELETE',
      path: '/v1/snapshot-jobs/{id}',
      tag,
      summary: 'End the making of snapshots early: they are not made, and what was copied is removed',
      access: { action: 'snapshot', objects: ({ params }) => jobOf(services, params.id).paths },
      params: { id: uuid },
      async run({ params: { id } }) {
        if (!(await snapshots.takings.removePaused(id))) snapshots.takings.abort(id)
      },
      dryRun: { answer: jobSchema, run: ({ params }) => jobOf(services, params.id) },
    }),
  ]
}

type NewSnapshot = Static<typeof newSnapshotSchema>

function wishOf({ hooks, ...rest }: NewSnapshot, { subject }: Caller) {
  return { ...rest, createdBy: subject, ...defined({ hooks: hooks && hooksOf(hooks) }) }
}

/** @throws {ServiceError} `not-found` */
function jobOf(services: AdminServices, id: string) {
  const job = services.snapshots.takings.jobs().find((one) => one.id === id)
  if (job === undefined) throw new ServiceError('not-found', `there is no making ${id} under way`)
  return jobView(services, job)
}

interface Group {
  readonly shares: readonly number[] | undefined
  readonly application: string | undefined
}

/** @throws {RequestError} for both or neither; {ServiceError} `not-found`, `forbidden` */
async function groupOf(
  { applications, namespace, rules }: AdminServices,
  { subject }: Caller,
  { shares, application }: Group,
): Promise<readonly number[]> {
  if ((shares === undefined) === (application === undefined))
    throw new RequestError('invalid', 'a group is either shares, or an application', 'body.shares')
  // It was asked of each of them whether it may be.
  if (shares !== undefined) return shares
  const { id, name } = await applications.get(application!)
  const owned = [...namespace.shares.all()].filter(({ applicationId }) => applicationId === id)
  const answers = await rules.policy.decideMany(
    owned.map(({ path }) => ({ subject, path, action: 'snapshot' })),
  )
  if (answers.includes(false))
    throw new ServiceError('forbidden', `${subject} may not snapshot all shares of application ${name}`)
  return owned.map((share) => share.id)
}

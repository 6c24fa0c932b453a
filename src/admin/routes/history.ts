import { Type } from 'typebox'
import type { Owned } from '../../applications/index.ts'
import type { OwnershipRecord } from '../../catalog/ownerships.ts'
import type { IdleShare, WorkloadRecord } from '../../catalog/workloads.ts'
import { defined, exactly, operation, type AnyOperation } from '../operation.ts'
import { RequestError } from '../problem.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  labels,
  msOf,
  nullable,
  pageOf,
  pageQuery,
  pageRequest,
  pageView,
  shareNumber,
} from '../values.ts'
import { subject, time, timeOrNull, timeView } from '../values.ts'
import { applicationParameter } from './applications.ts'

const ownershipSchema = exactly(
  {
    share: shareNumber,
    application: nullable(exactly({ id: Type.String(), name: Type.String() })),
    path: Type.String(),
    store: nullable(Type.String()),
    directory: Type.String({ description: 'In the store; absolute without one' }),
    from: time,
    to: nullable(time),
    deletedAt: nullable(time),
    purgedAt: nullable(time),
  },
  { title: 'Ownership', description: 'Which application had a share, where and when' },
)

const workloadSchema = exactly(
  {
    share: shareNumber,
    applicationId: nullable(Type.String()),
    subject,
    address: Type.String(),
    host: Type.String({ description: 'The name the client gave itself: a hint' }),
    labels,
    firstAt: time,
    lastAt: time,
    mounts: count,
  },
  { title: 'Workload', description: 'Who mounted a share, first and last' },
)

const orphanSchema = exactly(
  {
    share: shareNumber,
    path: Type.String(),
    store: nullable(Type.String()),
    directory: Type.String(),
    applicationId: nullable(Type.String()),
    owner: Type.String(),
    usedBytes: Type.Integer(),
    createdAt: time,
    lastAt: nullable(time),
  },
  { title: 'Orphan', description: 'A living share without workload' },
)

const ownersSchema = exactly({ items: Type.Array(ownershipSchema) }, { title: 'Owners' })

const range = { from: Type.Optional(time), to: Type.Optional(time) }
const see = { area: 'applications', action: 'list' } as const
const tag = 'applications'

export function historyOperations({ applications: { history } }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'listApplicationData',
      method: 'GET',
      path: '/v1/applications/{application}/data',
      tag,
      summary: 'Where the data of an application was at a time',
      access: see,
      params: applicationParameter,
      query: { ...pageQuery, at: Type.Optional(time) },
      answer: pageOf(ownershipSchema),
      async run({ params, query: { at, ...page } }) {
        const atMs = at === undefined ? Date.now() : msOf(at, 'query.at')
        return pageView(await history.dataOn(params.application, atMs, pageRequest(page)), ownershipView)
      },
    }),
    operation({
      id: 'listApplicationWorkloads',
      method: 'GET',
      path: '/v1/applications/{application}/workloads',
      tag,
      summary: 'Who mounted shares of an application, the newest comers first',
      access: see,
      params: applicationParameter,
      query: { ...pageQuery, ...range },
      answer: pageOf(workloadSchema),
      async run({ params, query: { from, to, ...page } }) {
        const found = await history.workloadsOf(params.application, pageRequest(page), rangeOf(from, to))
        return pageView(found, workloadView)
      },
    }),
    operation({
      id: 'listShareWorkloads',
      method: 'GET',
      path: '/v1/shares/{id}/workloads',
      tag: 'shares',
      summary: 'Who mounted a share and when, the newest comers first; of a purged one too',
      access: see,
      params: { id: shareNumber },
      query: { ...pageQuery, ...range },
      answer: pageOf(workloadSchema),
      async run({ params, query: { from, to, ...page } }) {
        const found = await history.mountsOf(params.id, pageRequest(page), rangeOf(from, to))
        return pageView(found, workloadView)
      },
    }),
    operation({
      id: 'listOrphans',
      method: 'GET',
      path: '/v1/orphans',
      tag,
      summary: 'Living shares that no workload has mounted or called for so many days',
      access: see,
      query: { ...pageQuery, days: Type.Integer({ minimum: 0, maximum: 36_500 }) },
      answer: pageOf(orphanSchema),
      run: async ({ query: { days, ...page } }) =>
        pageView(await history.orphans(days, pageRequest(page)), orphanView),
    }),
    operation({
      id: 'listOwners',
      method: 'GET',
      path: '/v1/owners',
      tag,
      summary: 'Which applications a share, tombstone or directory belongs or belonged to, the newest first',
      description:
        'Ask by `share`, by `store` and `directory` in it, or by `hostPath`, an absolute path on the host.',
      access: see,
      query: {
        share: Type.Optional(shareNumber),
        store: Type.Optional(Type.String({ maxLength: 63 })),
        directory: Type.Optional(Type.String({ maxLength: 4096 })),
        hostPath: Type.Optional(Type.String({ maxLength: 4096 })),
      },
      answer: ownersSchema,
      run: async ({ query }) => ({ items: (await history.ownersOf(ownedOf(query))).map(ownershipView) }),
    }),
  ]
}

interface OwnedQuery {
  share?: number
  store?: string
  directory?: string
  hostPath?: string
}

/** @throws {RequestError} for none of the ways to ask, or several. */
function ownedOf({ share, store, directory, hostPath }: OwnedQuery): Owned {
  const asked: Owned[] = []
  if (share !== undefined) asked.push({ shareId: share })
  if (store !== undefined && directory !== undefined) asked.push({ store, directory })
  if (hostPath !== undefined) asked.push({ hostPath })
  const [only, ...more] = asked
  if (only !== undefined && more.length === 0) return only
  throw new RequestError('invalid', 'ask by share, by store and directory, or by hostPath', 'query.share')
}

function rangeOf(from: string | undefined, to: string | undefined) {
  return defined({
    fromMs: from === undefined ? undefined : msOf(from, 'query.from'),
    toMs: to === undefined ? undefined : msOf(to, 'query.to'),
  })
}

function ownershipView(record: OwnershipRecord) {
  const { shareId, applicationId, applicationName, path, store, directory } = record
  const isOwned = applicationId !== null && applicationName !== null
  return {
    share: shareId,
    application: isOwned ? { id: applicationId, name: applicationName } : null,
    path,
    store,
    directory,
    from: timeView(record.fromAt),
    to: timeOrNull(record.toAt),
    deletedAt: timeOrNull(record.deletedAt),
    purgedAt: timeOrNull(record.purgedAt),
  }
}

function workloadView(record: WorkloadRecord) {
  const { shareId, applicationId, subject, address, host, labels, firstAt, lastAt, mounts } = record
  const who = { applicationId, subject, address, host, labels: { ...labels } }
  return { share: shareId, ...who, firstAt: timeView(firstAt), lastAt: timeView(lastAt), mounts }
}

function orphanView({ shareId, createdAt, lastAt, ...share }: IdleShare) {
  const { path, store, directory, applicationId, owner, usedBytes } = share
  return {
    share: shareId,
    path,
    store,
    directory,
    applicationId,
    owner,
    usedBytes,
    createdAt: timeView(createdAt),
    lastAt: timeOrNull(lastAt),
  }
}

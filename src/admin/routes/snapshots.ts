import { Type, type Static } from 'typebox'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkVersion } from '../../service/checks.ts'
import { snapshotManifestSchema } from '../../snapshots/manifest.ts'
import type { SnapshotFilter } from '../../snapshots/snapshots.ts'
import { defined, operation, type AnyOperation, type Caller } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { labelsOf, pageOf, pageQuery, pageRequest, shareNumber, uuid } from '../values.ts'
import { maySee, normalPath } from './nodes.ts'
import {
  holdSchema,
  renameSchema,
  snapshotChangeSchema,
  snapshotDeletionSchema,
  snapshotNumber,
  snapshotSchema,
  snapshotView,
  usageSchema,
} from './snapshot-schemas.ts'

const parameter = { id: snapshotNumber }
const tag = 'snapshots'

export function snapshotOperations(services: AdminServices): AnyOperation[] {
  return [...readingOperations(services), ...changingOperations(services)]
}

interface ById {
  params: { id: number }
}

/** The path of the share of a snapshot, as it is now. */
function pathsOf({ snapshots, namespace }: AdminServices) {
  return ({ params }: ById) => [namespace.shares.get(snapshots.get(params.id).shareId).path]
}

const filters = {
  share: Type.Optional(shareNumber),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  below: Type.Optional(Type.String({ maxLength: 1024, description: 'Of shares at or below this path' })),
  application: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'Name or id: whose its share was' }),
  ),
  labels: Type.Optional(
    Type.String({ maxLength: 4096, description: 'All of these: `team=payroll,tier=db`' }),
  ),
  group: Type.Optional(uuid),
  schedule: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
}

function readingOperations(services: AdminServices): AnyOperation[] {
  const { snapshots, namespace } = services
  const objects = pathsOf(services)
  return [
    operation({
      id: 'listSnapshots',
      method: 'GET',
      path: '/v1/snapshots',
      tag,
      summary: 'Snapshots of shares that you may see, by number',
      description: 'A page may have fewer than asked for, and yet be followed by others.',
      access: 'admin',
      query: { ...pageQuery, ...filters },
      answer: pageOf(snapshotSchema),
      run: ({ query, caller }) => listed(services, query, caller),
    }),
    operation({
      id: 'listShareSnapshots',
      method: 'GET',
      path: '/v1/shares/{id}/snapshots',
      tag,
      summary: 'Snapshots of a share, living or deleted, by number',
      access: { action: 'list', objects: ({ params }: ById) => [namespace.shares.get(params.id).path] },
      params: { id: shareNumber },
      query: pageQuery,
      answer: pageOf(snapshotSchema),
      run: ({ params, query, caller }) => listed(services, { ...query, share: params.id }, caller),
    }),
    operation({
      id: 'getSnapshot',
      method: 'GET',
      path: '/v1/snapshots/{id}',
      tag,
      summary: 'One snapshot',
      access: { action: 'list', objects },
      params: parameter,
      answer: snapshotSchema,
      run: ({ params }) => snapshotView(services, snapshots.get(params.id)),
    }),
    operation({
      id: 'getSnapshotUsage',
      method: 'GET',
      path: '/v1/snapshots/{id}/usage',
      tag,
      summary: 'The room that a snapshot takes up',
      access: { action: 'list', objects },
      params: parameter,
      answer: usageSchema,
      async run({ params: { id } }) {
        const { bytes } = snapshots.get(id)
        return { id, bytes, ownBytes: (await snapshots.usage(id)) ?? null }
      },
    }),
    operation({
      id: 'getSnapshotManifest',
      method: 'GET',
      path: '/v1/snapshots/{id}/manifest',
      tag,
      summary: 'What is kept with a snapshot: share, application and its documents, as they were',
      access: { action: 'snapshot', objects },
      params: parameter,
      answer: Type.Object(snapshotManifestSchema.properties, { title: 'SnapshotManifest' }),
      run: ({ params }) => snapshots.manifestOf(params.id),
    }),
  ]
}

function changingOperations(services: AdminServices): AnyOperation[] {
  const { snapshots } = services
  const access = { action: 'snapshot', objects: pathsOf(services) } as const
  const view = async (record: Promise<SnapshotRecord>) => snapshotView(services, await record)
  return [
    operation({
      id: 'updateSnapshot',
      method: 'PATCH',
      path: '/v1/snapshots/{id}',
      tag,
      summary: 'Describe and label a snapshot',
      access,
      params: parameter,
      body: snapshotChangeSchema,
      versioned: true,
      answer: snapshotSchema,
      run: ({ params, body, ifVersion }) => view(snapshots.update(params.id, body, ifVersion)),
    }),
    operation({
      id: 'renameSnapshot',
      method: 'POST',
      path: '/v1/snapshots/{id}/rename',
      tag,
      summary: 'Give a snapshot another name',
      description: 'Clients see it under the new one at once. Files that they have open stay open.',
      access,
      params: parameter,
      body: renameSchema,
      versioned: true,
      answer: snapshotSchema,
      run: ({ params, body, ifVersion }) => view(snapshots.rename(params.id, body.name, ifVersion)),
    }),
    operation({
      id: 'holdSnapshot',
      method: 'POST',
      path: '/v1/snapshots/{id}/hold',
      tag,
      summary: 'Keep a snapshot from being removed, by whomever',
      access,
      params: parameter,
      body: holdSchema,
      versioned: true,
      answer: snapshotSchema,
      run: ({ params, body: { reason = '' }, caller, ifVersion }) =>
        view(snapshots.hold(params.id, reason, caller.subject, ifVersion)),
    }),
    operation({
      id: 'releaseSnapshot',
      method: 'DELETE',
      path: '/v1/snapshots/{id}/hold',
      tag,
      summary: 'Let a snapshot that is held be removed again',
      access,
      params: parameter,
      versioned: true,
      async run({ params, ifVersion }) {
        await snapshots.unhold(params.id, ifVersion)
      },
      dryRun: {
        answer: snapshotSchema,
        run({ params, ifVersion }) {
          const record = snapshots.get(params.id)
          checkVersion(`snapshot ${params.id}`, record.version, ifVersion)
          return snapshotView(services, record)
        },
      },
    }),
    operation({
      id: 'deleteSnapshot',
      method: 'DELETE',
      path: '/v1/snapshots/{id}',
      tag,
      summary: 'Remove a snapshot for good',
      description: 'Answers when all of it is gone. The last of its share goes only with `last=true`.',
      access,
      params: parameter,
      query: { last: Type.Optional(Type.Boolean({ description: 'Also if it is the last of its share' })) },
      versioned: true,
      run: ({ params, query: { last }, ifVersion }) =>
        snapshots.deletions.delete(params.id, { ...defined({ last }), ifVersion }),
      dryRun: {
        answer: snapshotDeletionSchema,
        run({ params: { id }, ifVersion }) {
          const { snapshot, refusal = null, isLast } = snapshots.deletions.of(id)
          checkVersion(`snapshot ${id}`, snapshot.version, ifVersion)
          const { name, shareId, path, files, bytes } = snapshot
          return { id, name, share: shareId, path, files, bytes, isLast, refusal }
        },
      },
    }),
  ]
}

type Filters = Static<ReturnType<typeof Type.Object<typeof filters & typeof pageQuery>>>

async function listed(
  services: AdminServices,
  { share, name, below, application, labels, group, schedule, ...page }: Filters,
  caller: Caller,
) {
  const { applications, namespace, snapshots } = services
  const filter: SnapshotFilter = defined({
    shareId: share,
    below: below === undefined ? undefined : normalPath(below),
    applicationId: application === undefined ? undefined : (await applications.get(application)).id,
    labels: labels === undefined ? undefined : labelsOf(labels),
    groupId: group,
    scheduleId: schedule === undefined ? undefined : await scheduleIdOf(services, schedule),
  })
  const found = await snapshots.list(pageRequest(page), filter)
  const items = []
  for (const record of found.items) {
    const fits = name === undefined || record.name === name
    if (fits && maySee(services, caller, namespace.shares.get(record.shareId).path))
      items.push(await snapshotView(services, record))
  }
  return { items, ...defined({ next: found.next }) }
}

/** Also of a schedule that is no more, by its id. */
async function scheduleIdOf({ schedules }: AdminServices, reference: string): Promise<string> {
  try {
    return (await schedules.get(reference)).id
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'not-found') return reference
    throw error
  }
}

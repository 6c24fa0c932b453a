import { Type, type Static } from 'typebox'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { Page } from '../../service/page.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkVersion } from '../../service/checks.ts'
import type { ShareFilter } from '../../namespace/shares.ts'
import { defined, exactly, operation, type AnyOperation, type Caller } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { labelsOf, pageOf, pageQuery, pageRequest, path, shareNumber, timeView } from '../values.ts'
import { maySee, movedPaths, moveSchema, nodeOf, normalPath } from './nodes.ts'
import {
  newShareSchema,
  shareChangeSchema,
  shareDeletionSchema,
  shareSchema,
  shareView,
} from './share-schemas.ts'

const filters = {
  path: Type.Optional(Type.String({ maxLength: 1024, description: 'The share at exactly this path' })),
  below: Type.Optional(Type.String({ maxLength: 1024, description: 'At or below this path' })),
  application: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
  store: Type.Optional(Type.String({ maxLength: 63 })),
  labels: Type.Optional(
    Type.String({ maxLength: 4096, description: 'All of these: `team=payroll,tier=db`' }),
  ),
}

const undeletionSchema = exactly({ path: Type.Optional(path) }, { title: 'Undeletion' })
const parameter = { id: shareNumber }
const tag = 'shares'

export function shareOperations(services: AdminServices): AnyOperation[] {
  return [...readingOperations(services), ...changingOperations(services), ...endingOperations(services)]
}

interface ById {
  params: { id: number }
}

function readingOperations(services: AdminServices): AnyOperation[] {
  const { shares } = services.namespace
  return [
    operation({
      id: 'listShares',
      method: 'GET',
      path: '/v1/shares',
      tag,
      summary: 'Shares that you may see, by number',
      description: 'A page may have fewer than asked for, and yet be followed by others.',
      access: 'admin',
      query: { ...pageQuery, ...filters },
      answer: pageOf(shareSchema),
      run: ({ query, caller }) => listed(services, query, 'living', caller),
    }),
    operation({
      id: 'listTombstones',
      method: 'GET',
      path: '/v1/tombstones',
      tag,
      summary: 'Deleted shares that you may see and that can be undeleted',
      access: 'admin',
      query: { ...pageQuery, ...filters },
      answer: pageOf(shareSchema),
      run: ({ query, caller }) => listed(services, query, 'deleted', caller),
    }),
    operation({
      id: 'getShare',
      method: 'GET',
      path: '/v1/shares/{id}',
      tag,
      summary: 'One share, living or deleted',
      access: { action: 'list', objects: ({ params }: ById) => [shares.get(params.id).path] },
      params: parameter,
      answer: shareSchema,
      run: ({ params }) => shareView(services, shares.get(params.id)),
    }),
  ]
}

function changingOperations(services: AdminServices): AnyOperation[] {
  const { namespace } = services
  const { shares, nodes } = namespace
  const objects = ({ params }: ById) => [shares.get(params.id).path]
  return [
    operation({
      id: 'createShare',
      method: 'POST',
      path: '/v1/shares',
      tag,
      summary: 'Make a share, and the folders above it that are missing',
      access: { action: 'manage', paths: ({ body }) => [normalPath(body.path)] },
      body: newShareSchema,
      creates: true,
      answer: shareSchema,
      run: async ({ body }) => shareView(services, await shares.create(body)),
    }),
    operation({
      id: 'updateShare',
      method: 'PATCH',
      path: '/v1/shares/{id}',
      tag,
      summary: 'Change a share',
      access: { action: 'manage', objects },
      params: parameter,
      body: shareChangeSchema,
      versioned: true,
      answer: shareSchema,
      run: async ({ params, body, ifVersion }) =>
        shareView(services, await shares.update(params.id, body, ifVersion)),
    }),
    operation({
      id: 'moveShare',
      method: 'POST',
      path: '/v1/shares/{id}/move',
      tag,
      summary: 'Give a share another path',
      description: 'Mounts go on. Its directory moves too.',
      access: {
        action: 'manage',
        objects,
        paths: ({ params, body }) => movedPaths(namespace, linkOf(services, shares.get(params.id)), body.to),
      },
      params: parameter,
      body: moveSchema,
      answer: shareSchema,
      async run({ params: { id }, body: { to, aliasSeconds } }) {
        await nodes.move(linkOf(services, shares.get(id)).id, to, defined({ aliasSeconds }))
        return shareView(services, shares.get(id))
      },
    }),
  ]
}

function endingOperations(services: AdminServices): AnyOperation[] {
  const { namespace, grants } = services
  const { shares, purges } = namespace
  const objects = ({ params }: ById) => [shares.get(params.id).path]
  return [
    operation({
      id: 'deleteShare',
      method: 'DELETE',
      path: '/v1/shares/{id}',
      tag,
      summary: 'Take a share away; its data waits to be undeleted or purged',
      access: { action: 'manage', objects },
      params: parameter,
      versioned: true,
      async run({ params, caller, ifVersion }) {
        await shares.delete(params.id, caller.subject, ifVersion)
      },
      dryRun: {
        answer: shareDeletionSchema,
        run({ params: { id }, ifVersion }) {
          const { shareId, purgeAt, linksInTheWay, ...deletion } = shares.deletionOf(id)
          checkVersion(`share ${id}`, shares.get(id).version, ifVersion)
          let ending = 0
          for (const grant of grants.living()) if (grant.shareId === id) ending++
          return {
            id: shareId,
            ...deletion,
            purgeAt: timeView(purgeAt),
            linksInTheWay: [...linksInTheWay],
            grants: ending,
          }
        },
      },
    }),
    operation({
      id: 'undeleteShare',
      method: 'POST',
      path: '/v1/shares/{id}/undelete',
      tag,
      summary: 'Put a deleted share back, at its old path or another',
      access: {
        action: 'manage',
        objects,
        paths: ({ params, body }) => [normalPath(body.path ?? shares.get(params.id).path)],
      },
      params: parameter,
      body: undeletionSchema,
      versioned: true,
      answer: shareSchema,
      async run({ params, body, ifVersion }) {
        const options = { ...body, ...defined({ ifVersion }) }
        return shareView(services, await shares.undelete(params.id, options))
      },
    }),
    operation({
      id: 'purgeShare',
      method: 'POST',
      path: '/v1/shares/{id}/purge',
      tag,
      summary: 'Remove the data of a deleted share for good',
      description: 'Answers when all of it is gone, which may take long.',
      access: { action: 'manage', objects },
      params: parameter,
      versioned: true,
      run: ({ params, ifVersion }) => purges.purge(params.id, ifVersion),
      dryRun: {
        answer: shareSchema,
        run({ params: { id }, ifVersion }) {
          const share = shares.get(id)
          checkVersion(`share ${id}`, share.version, ifVersion)
          if (share.deletedAt === null) throw new ServiceError('conflict', `share ${id} is not deleted`)
          return shareView(services, share)
        },
      },
    }),
  ]
}

type Filters = Static<ReturnType<typeof Type.Object<typeof filters & typeof pageQuery>>>

async function listed(
  services: AdminServices,
  { path, application, labels, below, store, ...page }: Filters,
  state: 'living' | 'deleted',
  caller: Caller,
) {
  const { applications, namespace } = services
  const applicationId = application === undefined ? undefined : (await applications.get(application)).id
  const filter: ShareFilter = {
    state,
    ...defined({ below, store, applicationId, labels: labels === undefined ? undefined : labelsOf(labels) }),
  }
  const exact = path === undefined ? undefined : normalPath(path)
  const found: Page<ShareRecord> =
    exact === undefined
      ? namespace.shares.list(pageRequest(page), filter)
      : { items: [...namespace.shares.all(state)].filter((share) => share.path === exact) }
  const seen = found.items.filter((share) => maySee(services, caller, share.path))
  const items = []
  for (const share of seen) items.push(await shareView(services, share))
  return { items, ...defined({ next: found.next }) }
}

/** The link from which a living share has its path. @throws {ServiceError} `conflict` for a deleted one. */
function linkOf({ namespace }: AdminServices, { id, linkId }: ShareRecord) {
  if (linkId === null) throw new ServiceError('conflict', `share ${id} is deleted: undelete it first`)
  return nodeOf(namespace, linkId, 'link')
}

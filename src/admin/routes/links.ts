import { Type, type Static } from 'typebox'
import { ServiceError } from '../../config/service-error.ts'
import { targetCountMax, type TargetContent } from '../../namespace/links.ts'
import { checkVersion } from '../../service/checks.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import { RequestError } from '../problem.ts'
import type { AdminServices } from '../services.ts'
import {
  description,
  labels,
  nodeNumber,
  nullable,
  pageIn,
  pageOf,
  pageQuery,
  pageView,
  path,
} from '../values.ts'
import { shareNumber } from '../values.ts'
import {
  maySee,
  moveSchema,
  nodeChangeSchema,
  nodeParameter,
  nodeRuns,
  nodeSchema,
  nodeView,
  normalPath,
  targetSchema,
  targetState,
  targetView,
} from './nodes.ts'

const priority = Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Lower is tried first' })

const newTargetSchema = exactly(
  {
    shareId: Type.Optional(shareNumber),
    gateway: Type.Optional(
      Type.String({ maxLength: 255, description: 'Another gateway: its name or address' }),
    ),
    path: Type.Optional(path),
    state: Type.Optional(targetState),
    priority: Type.Optional(priority),
  },
  { title: 'NewTarget', description: 'A share of this gateway, or a gateway and a logical path on it' },
)

const targetChangeSchema = exactly(
  { state: Type.Optional(targetState), priority: Type.Optional(priority) },
  { title: 'TargetChange', description: 'What is absent stays' },
)

const newLinkSchema = exactly(
  {
    path,
    targets: Type.Array(newTargetSchema, { minItems: 1, maxItems: targetCountMax }),
    description: Type.Optional(description),
    labels: Type.Optional(labels),
  },
  { title: 'NewLink' },
)

const removalSchema = exactly(
  {
    id: nodeNumber,
    path,
    targets: Type.Array(targetSchema),
    shareInTheWay: nullable(
      Type.Integer({ description: 'The share that would lose its only path: delete it instead' }),
    ),
  },
  { title: 'LinkRemoval' },
)

const targetParameters = { id: nodeNumber, target: nodeNumber }
const tag = 'namespace'

export function linkOperations(services: AdminServices): AnyOperation[] {
  const { namespace } = services
  const { links, shares, tree } = namespace
  const runs = nodeRuns(namespace, 'link')
  const { node: link, objects } = runs
  // Who may only manage one path must not open another's share there.
  const sharesOf = (targets: readonly NewTarget[]) =>
    targets.flatMap(({ shareId }) => (shareId === undefined ? [] : [shares.get(shareId).path]))
  return [
    operation({
      id: 'listLinks',
      method: 'GET',
      path: '/v1/links',
      tag,
      summary: 'Links that you may see, those that give shares their paths among them',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(nodeSchema),
      run({ query, caller }) {
        const seen = [...tree.subtree(tree.root)].filter(
          (node) => node.record.kind === 'link' && maySee(services, caller, tree.pathOf(node)),
        )
        return pageView(
          pageIn(seen, ({ id }) => id, query),
          (node) => nodeView(namespace, node),
        )
      },
    }),
    operation({
      id: 'createLink',
      method: 'POST',
      path: '/v1/links',
      tag,
      summary: 'Make a link to shares, or to paths on other gateways',
      access: {
        action: 'manage',
        objects: ({ body }) => sharesOf(body.targets),
        paths: ({ body }) => [normalPath(body.path)],
      },
      body: newLinkSchema,
      creates: true,
      answer: nodeSchema,
      run: async ({ body }) =>
        nodeView(namespace, await links.create({ ...body, targets: body.targets.map(targetContent) })),
    }),
    operation({
      id: 'getLink',
      method: 'GET',
      path: '/v1/links/{id}',
      tag,
      summary: 'One link with its targets',
      access: { action: 'list', objects },
      params: nodeParameter,
      answer: nodeSchema,
      run: runs.get,
    }),
    operation({
      id: 'updateLink',
      method: 'PATCH',
      path: '/v1/links/{id}',
      tag,
      summary: 'Describe and label a link',
      access: { action: 'manage', objects },
      params: nodeParameter,
      body: nodeChangeSchema,
      versioned: true,
      answer: nodeSchema,
      run: runs.update,
    }),
    operation({
      id: 'moveLink',
      method: 'POST',
      path: '/v1/links/{id}/move',
      tag,
      summary: 'Move or rename a link, and with it the share that has its path from it',
      description: 'Mounts go on. The directory of the share moves too.',
      access: { action: 'manage', objects, paths: runs.movedPaths },
      params: nodeParameter,
      body: moveSchema,
      versioned: true,
      answer: nodeSchema,
      run: runs.move,
    }),
    operation({
      id: 'deleteLink',
      method: 'DELETE',
      path: '/v1/links/{id}',
      tag,
      summary: 'Remove a link; what it leads to stays',
      access: { action: 'manage', objects },
      params: nodeParameter,
      versioned: true,
      run: ({ params, ifVersion }) => links.remove(link(params.id).id, ifVersion),
      dryRun: {
        answer: removalSchema,
        run({ params: { id }, ifVersion }) {
          const { path, targets, shareInTheWay = null } = links.removalOf(id)
          checkVersion(path, link(id).record.version, ifVersion)
          return { id, path, targets: targets.map(targetView), shareInTheWay }
        },
      },
    }),
    operation({
      id: 'addTarget',
      method: 'POST',
      path: '/v1/links/{id}/targets',
      tag,
      summary: 'Let a link lead to one more place',
      access: {
        action: 'manage',
        objects: (call) => [...objects(call), ...sharesOf([call.body])],
      },
      params: nodeParameter,
      body: newTargetSchema,
      creates: true,
      versioned: true,
      answer: targetSchema,
      run: async ({ params, body, ifVersion }) =>
        targetView(await links.addTarget(link(params.id).id, targetContent(body), ifVersion)),
    }),
    operation({
      id: 'updateTarget',
      method: 'PATCH',
      path: '/v1/links/{id}/targets/{target}',
      tag,
      summary: 'Take a target off line, drain it, or change its priority',
      access: { action: 'manage', objects },
      params: targetParameters,
      body: targetChangeSchema,
      versioned: true,
      answer: targetSchema,
      run: async ({ params: { id, target }, body, ifVersion }) =>
        targetView(await links.updateTarget(link(id).id, target, body, ifVersion)),
    }),
    operation({
      id: 'removeTarget',
      method: 'DELETE',
      path: '/v1/links/{id}/targets/{target}',
      tag,
      summary: 'Let a link lead somewhere no more',
      access: { action: 'manage', objects },
      params: targetParameters,
      versioned: true,
      run: ({ params: { id, target }, ifVersion }) => links.removeTarget(link(id).id, target, ifVersion),
      dryRun: {
        answer: targetSchema,
        run({ params: { id, target }, ifVersion }) {
          const { targets, record } = link(id)
          const found = targets.find((other) => other.id === target)
          if (found === undefined) throw new ServiceError('not-found', `link ${id} has no target ${target}`)
          checkVersion(`link ${id}`, record.version, ifVersion)
          return targetView(found)
        },
      },
    }),
  ]
}

type NewTarget = Static<typeof newTargetSchema>

/** @throws {RequestError} for one that leads to both, or neither. */
function targetContent({ shareId, gateway, path, ...rest }: NewTarget): TargetContent {
  if (shareId !== undefined && gateway === undefined && path === undefined) return { shareId, ...rest }
  if (shareId === undefined && gateway !== undefined && path !== undefined) return { gateway, path, ...rest }
  throw new RequestError(
    'invalid',
    'a target is either a shareId, or a gateway and a path on it',
    'body.shareId',
  )
}

import { Type, type Static } from 'typebox'
import { ServiceError } from '../../config/service-error.ts'
import { formatPath, parsePath } from '../../namespace/names.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import type { TreeNode } from '../../namespace/tree.ts'
import { defined, exactly, type Call, type Caller } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  description,
  labels,
  nodeNumber,
  nullable,
  path,
  shareNumber,
  time,
  timeView,
  version,
} from '../values.ts'

// What folders and links have in common.

export const targetState = Type.Enum(['online', 'read-only', 'draining', 'offline'], { type: 'string' })

export const targetSchema = exactly(
  {
    id: nodeNumber,
    gateway: nullable(Type.String({ description: 'Null: this gateway' })),
    shareId: nullable(shareNumber),
    path: nullable(Type.String({ description: 'Logical path on the other gateway' })),
    state: targetState,
    priority: Type.Integer({ minimum: 0, description: 'Lower is tried first' }),
  },
  { title: 'Target' },
)

export const nodeSchema = exactly(
  {
    id: nodeNumber,
    parentId: nodeNumber,
    kind: Type.Enum(['folder', 'link'], { type: 'string' }),
    name: Type.String(),
    path,
    description,
    labels,
    targets: Type.Array(targetSchema, { description: 'Where a link leads, the first to be tried first' }),
    share: nullable(Type.Integer({ description: 'The share that has its path from this link' })),
    createdAt: time,
    changedAt: time,
    version,
  },
  { title: 'Node', description: 'A folder or link of the namespace' },
)

export const newFolderSchema = exactly(
  { path, description: Type.Optional(description), labels: Type.Optional(labels) },
  { title: 'NewFolder' },
)

export const nodeChangeSchema = exactly(
  { description: Type.Optional(description), labels: Type.Optional(labels) },
  { title: 'NodeChange', description: 'What is absent stays; labels are replaced as a whole' },
)

export const moveSchema = exactly(
  {
    to: path,
    aliasSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 366 * 24 * 3600,
        description: 'How long the old path still answers; default: not at all',
      }),
    ),
  },
  { title: 'Move' },
)

export const nodeParameter = { id: nodeNumber }

export function nodeView(namespace: Namespace, node: TreeNode) {
  const { id, parentId, kind, name, description, labels, createdAt, changedAt, version } = node.record
  const own = node.targets.find(({ shareId }) => shareId !== null && shareOf(namespace, shareId) === id)
  return {
    id,
    parentId,
    kind,
    name,
    path: namespace.tree.pathOf(node),
    description,
    labels: { ...labels },
    targets: node.targets.map(targetView),
    share: own?.shareId ?? null,
    createdAt: timeView(createdAt),
    changedAt: timeView(changedAt),
    version,
  }
}

export function targetView({ id, gateway, shareId, path, state, priority }: TreeNode['targets'][number]) {
  return { id, gateway, shareId, path, state, priority }
}

function shareOf(namespace: Namespace, shareId: number): number | null | undefined {
  return namespace.livingShare(shareId)?.linkId
}

/** A folder or link, as the URL says which. @throws {ServiceError} `not-found` */
export function nodeOf(namespace: Namespace, id: number, kind: 'folder' | 'link'): TreeNode {
  const node = namespace.nodes.get(id)
  if (node.record.kind !== kind) throw new ServiceError('not-found', `there is no ${kind} ${id}`)
  return node
}

type OfNode<Body = unknown> = Call<{ readonly id: number }, unknown, Body>
type NodeChange = Static<typeof nodeChangeSchema>
type Move = Static<typeof moveSchema>

/** What is done alike to one folder and to one link. */
export function nodeRuns(namespace: Namespace, kind: 'folder' | 'link') {
  const { nodes, tree } = namespace
  const node = (id: number) => nodeOf(namespace, id, kind)
  return {
    node,
    /** The path that the policy is asked about. */
    objects: ({ params }: Pick<OfNode, 'params'>) => [tree.pathOf(node(params.id))],
    get: ({ params }: OfNode) => nodeView(namespace, node(params.id)),
    async update({ params, body, ifVersion }: OfNode<NodeChange>) {
      return nodeView(namespace, await nodes.update(node(params.id).id, body, ifVersion))
    },
    async move({ params, body: { to, aliasSeconds }, ifVersion }: OfNode<Move>) {
      const options = defined({ aliasSeconds, ifVersion })
      return nodeView(namespace, await nodes.move(node(params.id).id, to, options))
    },
    movedPaths: ({ params, body }: OfNode<Move>) => movedPaths(namespace, node(params.id), body.to),
  }
}

/** A path in the one spelling that the policy knows. @throws {ServiceError} `invalid` */
export function normalPath(path: string): string {
  return formatPath(parsePath(path))
}

/** The paths that a move takes things from and to: rules may treat each differently. */
export function* movedPaths({ tree }: Namespace, node: TreeNode, to: string): Generator<string> {
  const from = tree.pathOf(node)
  const target = normalPath(to)
  for (const below of tree.subtree(node)) {
    const path = tree.pathOf(below)
    yield path
    yield `${target}${path.slice(from.length)}`
  }
}

/** Whether a caller may know what is at a path. */
export function maySee({ rules }: AdminServices, { subject }: Caller, path: string): boolean {
  return rules.policy.decide({ subject, path, action: 'list' })
}

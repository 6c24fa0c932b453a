import { Type } from 'typebox'
import type { AliasRecord } from '../../catalog/aliases.ts'
import { ServiceError } from '../../config/service-error.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { nodeNumber, nullable, pageIn, pageOf, pageQuery, pageView, path, time, timeView } from '../values.ts'
import { maySee, nodeSchema, nodeView, normalPath } from './nodes.ts'
import { shareSchema, shareView } from './share-schemas.ts'

const placeSchema = exactly(
  {
    node: nodeSchema,
    share: nullable(shareSchema),
    below: Type.Array(Type.String(), { description: 'Names left of the path, within the share' }),
    alias: Type.Boolean({ description: 'Whether it is a former path that still answers' }),
  },
  { title: 'Place' },
)

const aliasSchema = exactly(
  { path, node: nodeNumber, nodePath: path, createdAt: time, expiresAt: time },
  { title: 'Alias', description: 'A former path that still answers' },
)

const tag = 'namespace'

export function namespaceOperations(services: AdminServices): AnyOperation[] {
  const { namespace } = services
  const { nodes, tree } = namespace
  const aliasView = ({ path, nodeId, createdAt, expiresAt }: AliasRecord) => ({
    path,
    node: nodeId,
    nodePath: namespace.pathOf(nodeId),
    createdAt: timeView(createdAt),
    expiresAt: timeView(expiresAt),
  })
  return [
    operation({
      id: 'resolvePath',
      method: 'GET',
      path: '/v1/namespace',
      tag,
      summary: 'What a path leads to, through aliases and with what lies below a link',
      access: { action: 'list', paths: ({ query }) => [normalPath(query.path)] },
      query: { path },
      answer: placeSchema,
      async run({ query, caller }) {
        const asked = normalPath(query.path)
        const place = namespace.resolve(asked)
        // Where an alias leads may be elsewhere, where the caller must not look.
        if (place === undefined || !maySee(services, caller, tree.pathOf(place.node)))
          throw new ServiceError('not-found', `${asked} leads nowhere`)
        const node = nodeView(namespace, place.node)
        const below = place.kind === 'link' ? [...place.below] : []
        const here = normalPath([node.path, ...below].join('/'))
        const share = node.share === null ? null : await shareView(services, namespace.shares.get(node.share))
        return { node, share, below, alias: here !== asked }
      },
    }),
    operation({
      id: 'listAliases',
      method: 'GET',
      path: '/v1/aliases',
      tag,
      summary: 'Former paths that still answer, and that you may see',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(aliasSchema),
      run({ query, caller }) {
        const seen = [...tree.aliases.values()].filter(
          ({ path, nodeId }) =>
            maySee(services, caller, path) && maySee(services, caller, namespace.pathOf(nodeId)),
        )
        return pageView(
          pageIn(seen, ({ path }) => path, query),
          aliasView,
        )
      },
    }),
    operation({
      id: 'removeAlias',
      method: 'DELETE',
      path: '/v1/aliases',
      tag,
      summary: 'Let a former path answer no more; what was mounted by it goes on',
      access: {
        action: 'manage',
        objects({ query }) {
          const { path, nodeId } = nodes.alias(query.path)
          return [path, namespace.pathOf(nodeId)]
        },
      },
      query: { path },
      run: ({ query }) => nodes.removeAlias(query.path),
      dryRun: { answer: aliasSchema, run: ({ query }) => aliasView(nodes.alias(query.path)) },
    }),
  ]
}

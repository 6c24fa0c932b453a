import { Type } from 'typebox'
import { checkVersion } from '../../service/checks.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { nodeNumber, pageIn, pageOf, pageQuery, pageView, path } from '../values.ts'
import {
  maySee,
  moveSchema,
  newFolderSchema,
  nodeChangeSchema,
  nodeParameter,
  nodeRuns,
  nodeSchema,
  nodeView,
  normalPath,
} from './nodes.ts'

const removalSchema = exactly(
  {
    id: nodeNumber,
    path,
    inTheWay: Type.Array(Type.String(), { description: 'Paths below it that must go first, the first 100' }),
  },
  { title: 'FolderRemoval' },
)

const tag = 'namespace'

export function folderOperations(services: AdminServices): AnyOperation[] {
  const { namespace } = services
  const { nodes, tree } = namespace
  const runs = nodeRuns(namespace, 'folder')
  const { node: folder, objects } = runs
  return [
    operation({
      id: 'createFolder',
      method: 'POST',
      path: '/v1/folders',
      tag,
      summary: 'Make a folder, and those above it that are missing',
      access: { action: 'manage', paths: ({ body }) => [normalPath(body.path)] },
      body: newFolderSchema,
      creates: true,
      answer: nodeSchema,
      run: async ({ body }) => nodeView(namespace, await nodes.createFolder(body)),
    }),
    operation({
      id: 'getFolder',
      method: 'GET',
      path: '/v1/folders/{id}',
      tag,
      summary: 'One folder; 0 is the root',
      access: { action: 'list', objects },
      params: nodeParameter,
      answer: nodeSchema,
      run: runs.get,
    }),
    operation({
      id: 'listChildren',
      method: 'GET',
      path: '/v1/folders/{id}/children',
      tag,
      summary: 'Folders and links in a folder that you may see, by name',
      access: { action: 'list', objects },
      params: nodeParameter,
      query: pageQuery,
      answer: pageOf(nodeSchema),
      run({ params, query, caller }) {
        const seen = nodes
          .children(folder(params.id).id)
          .filter((node) => maySee(services, caller, tree.pathOf(node)))
        const page = pageIn(seen, ({ record }) => record.name, query)
        return pageView(page, (node) => nodeView(namespace, node))
      },
    }),
    operation({
      id: 'updateFolder',
      method: 'PATCH',
      path: '/v1/folders/{id}',
      tag,
      summary: 'Describe and label a folder',
      access: { action: 'manage', objects },
      params: nodeParameter,
      body: nodeChangeSchema,
      versioned: true,
      answer: nodeSchema,
      run: runs.update,
    }),
    operation({
      id: 'moveFolder',
      method: 'POST',
      path: '/v1/folders/{id}/move',
      tag,
      summary: 'Move or rename a folder with all below it',
      description: 'Mounts go on. The directories of shares move too.',
      access: { action: 'manage', objects, paths: runs.movedPaths },
      params: nodeParameter,
      body: moveSchema,
      versioned: true,
      answer: nodeSchema,
      run: runs.move,
    }),
    operation({
      id: 'deleteFolder',
      method: 'DELETE',
      path: '/v1/folders/{id}',
      tag,
      summary: 'Remove an empty folder',
      access: { action: 'manage', objects },
      params: nodeParameter,
      versioned: true,
      run: ({ params, ifVersion }) => nodes.removeFolder(params.id, ifVersion),
      dryRun: {
        answer: removalSchema,
        run({ params: { id }, ifVersion }) {
          const { path, inTheWay } = nodes.removalOf(id)
          checkVersion(path, folder(id).record.version, ifVersion)
          return { id, path, inTheWay: [...inTheWay] }
        },
      },
    }),
  ]
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import type { Namespace } from '../../../src/namespace/namespace.ts'
import type { TreeNode } from '../../../src/namespace/tree.ts'
import { TemporaryNamespace } from './fixture.ts'

/** All that is in memory. */
function contentOf({ tree, shares, stores }: Namespace): unknown {
  const nodes: unknown[] = []
  const visit = (node: TreeNode): void => {
    nodes.push([tree.pathOf(node), node.record, node.targets])
    for (const child of [...node.children.values()].sort((a, b) => a.id - b.id)) visit(child)
  }
  visit(tree.root)
  const all = [...shares.all('living'), ...shares.all('deleted')].sort((a, b) => a.id - b.id)
  const aliases = [...tree.aliases.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return { nodes, shares: all, aliases, stores: stores.list().map(({ space: _, ...store }) => store) }
}

const path = fc
  .array(fc.constantFrom('a', 'b', 'é', '😀'), { minLength: 1, maxLength: 4 })
  .map((names) => `/${names.join('/')}`)
const number = fc.integer({ min: 1, max: 12 })
const step = fc.oneof(
  fc.record({ do: fc.constant('share' as const), path }),
  fc.record({ do: fc.constant('folder' as const), path }),
  fc.record({ do: fc.constant('link' as const), path, id: number }),
  fc.record({ do: fc.constant('move' as const), id: number, path }),
  fc.record({ do: fc.constant('remove' as const), id: number }),
  fc.record({ do: fc.constant('delete' as const), id: number }),
  fc.record({ do: fc.constant('undelete' as const), id: number }),
  fc.record({ do: fc.constant('purge' as const), id: number }),
  fc.record({ do: fc.constant('update' as const), id: number }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function take(namespace: Namespace, wanted: Step): Promise<unknown> {
  switch (wanted.do) {
    case 'share':
      return namespace.shares.create({ path: wanted.path })
    case 'folder':
      return namespace.nodes.createFolder({ path: wanted.path })
    case 'link':
      return namespace.links.create({ path: wanted.path, targets: [{ shareId: wanted.id }] })
    case 'move':
      return namespace.nodes.move(wanted.id, wanted.path, { aliasSeconds: 60 })
    case 'remove':
      return namespace.nodes.removeFolder(wanted.id)
    case 'delete':
      return namespace.shares.delete(wanted.id, 'admin:ada')
    case 'undelete':
      return namespace.shares.undelete(wanted.id)
    case 'purge':
      return namespace.purges.purge(wanted.id)
    case 'update':
      return namespace.shares.update(wanted.id, { readOnly: true, labels: { a: 'b' } })
  }
}

test('after any changes, refused ones among them, a restart finds what was in memory, and no stray files', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const temporary = await TemporaryNamespace.open()
      for (const wanted of steps) {
        temporary.clock += 1000
        try {
          await take(temporary.namespace, wanted)
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
        }
      }
      const before = contentOf(temporary.namespace)
      expect(contentOf(await temporary.reopen())).toEqual(before)
      expect(await temporary.namespace.stores.unclaimed('default')).toEqual({ paths: [], isComplete: true })
      expect(await temporary.catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
      await temporary.remove()
    }),
    { numRuns: 15 },
  )
})

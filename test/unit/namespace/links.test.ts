import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../../src/namespace/namespace.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
let namespace: Namespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  namespace = temporary.namespace
  await namespace.shares.create({ path: '/data/s' })
})
afterEach(() => temporary.remove())

const elsewhere = { gateway: 'nfs2.example.com', path: '/data/s' }

describe('a link', () => {
  test('leads to shares and other gateways, those of lower priority first', async () => {
    const link = await namespace.links.create({
      path: '/apps/x',
      targets: [
        { ...elsewhere, priority: 5 },
        { shareId: 1, priority: 1, state: 'draining' },
      ],
    })
    const targets = link.targets.map(({ gateway, shareId, path, state }) => ({
      gateway,
      shareId,
      path,
      state,
    }))
    expect(targets).toEqual([
      { gateway: null, shareId: 1, path: null, state: 'draining' },
      { ...elsewhere, shareId: null, state: 'online' },
    ])
    const reopened = (await temporary.reopen()).resolve('/apps/x/y')
    expect(reopened).toMatchObject({ kind: 'link', below: ['y'], node: { targets: link.targets } })
  })

  test.each<[string, Parameters<Namespace['links']['create']>[0], string]>([
    ['nowhere', { path: '/l', targets: [] }, 'invalid'],
    ['a share that is not there', { path: '/l', targets: [{ shareId: 9 }] }, 'not-found'],
    ['a gateway that is none', { path: '/l', targets: [{ gateway: 'a/b', path: '/x' }] }, 'invalid'],
    ['a path that is none', { path: '/l', targets: [{ gateway: 'a', path: '/../x' }] }, 'invalid'],
    ['33 places', { path: '/l', targets: Array<typeof elsewhere>(33).fill(elsewhere) }, 'limit'],
    ['from a path that is taken', { path: '/data', targets: [elsewhere] }, 'exists'],
    ['from below a share', { path: '/data/s/l', targets: [elsewhere] }, 'conflict'],
  ])('to %s is refused', async (_, link, code) => {
    await expect(namespace.links.create(link)).rejects.toMatchObject({ code })
    expect(namespace.resolve('/l')).toBeUndefined()
  })

  test('its targets are added, changed and removed, each a new version of the link', async () => {
    const { id } = await namespace.links.create({ path: '/l', targets: [{ shareId: 1 }] })
    const target = await namespace.links.addTarget(id, elsewhere, 1)
    await expect(namespace.links.addTarget(id, elsewhere)).rejects.toMatchObject({ code: 'exists' })
    await expect(namespace.links.addTarget(id, { shareId: 1 }, 1)).rejects.toMatchObject({ code: 'stale' })
    await namespace.links.updateTarget(id, target.id, { state: 'offline', priority: 0 }, 2)
    expect(temporary.events.at(-1)).toEqual({ kind: 'targets-changed', linkId: id })
    namespace = await temporary.reopen()
    expect(namespace.nodes.get(id).record.version).toBe(3)
    expect(namespace.nodes.get(id).targets.at(-1)).toMatchObject({ ...elsewhere, state: 'offline' })
    await namespace.links.removeTarget(id, target.id)
    const [last] = namespace.nodes.get(id).targets
    await expect(namespace.links.removeTarget(id, last!.id)).rejects.toThrow(/would lead nowhere/)
    await expect(namespace.links.removeTarget(id, 99)).rejects.toMatchObject({ code: 'not-found' })
    await expect(namespace.links.updateTarget(id, last!.id, { priority: -1 })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  test('that gives a share its path stays as long as the share', async () => {
    const { id, targets } = namespace.nodes.at('/data/s')
    await namespace.links.addTarget(id, elsewhere)
    await expect(namespace.links.removeTarget(id, targets[0]!.id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(namespace.links.remove(id)).rejects.toThrow(
      '/data/s is the path of share 1: delete the share',
    )
    expect(namespace.links.removalOf(id)).toMatchObject({ path: '/data/s', shareInTheWay: 1 })
  })

  test('of its own is removed, and keeps the share from being deleted before', async () => {
    const { id } = await namespace.links.create({ path: '/l', targets: [{ shareId: 1 }] })
    expect(namespace.shares.deletionOf(1).linksInTheWay).toEqual(['/l'])
    await expect(namespace.shares.delete(1, 'admin:ada')).rejects.toThrow(/\/l leads to share \/data\/s too/)
    await namespace.links.remove(id, 1)
    await namespace.shares.delete(1, 'admin:ada')
    namespace = await temporary.reopen()
    expect(namespace.nodes.children(0).map(({ record }) => record.name)).toEqual(['data'])
  })

  test('moves without the share that it leads to', async () => {
    const { id } = await namespace.links.create({ path: '/l', targets: [{ shareId: 1 }] })
    await namespace.nodes.move(id, '/m')
    expect(namespace.shares.get(1)).toMatchObject({ path: '/data/s', version: 1 })
  })

  test('a folder is none', async () => {
    const { id } = namespace.nodes.at('/data')
    await expect(namespace.links.remove(id)).rejects.toMatchObject({ code: 'invalid' })
  })
})

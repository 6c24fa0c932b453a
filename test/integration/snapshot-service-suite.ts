import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noHooks } from '../../src/snapshots/hooks.ts'
import type { SnapshotManifest } from '../../src/snapshots/manifest.ts'
import { refusalOf, TemporarySnapshots } from './snapshot-fixture.ts'

/** What holds on every filesystem. `stores` is asked where the files of stores lie, if not with the others. */
export function snapshotServiceSuite(stores?: () => string): void {
  let temporary: TemporarySnapshots
  beforeEach(async () => {
    temporary = await TemporarySnapshots.open(stores?.())
  })
  afterEach(() => temporary.remove())

  const by = { createdBy: 'admin:ada' }
  const page = { limit: 1000 }
  const manifestAt = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as SnapshotManifest

  describe('a snapshot', () => {
    test('has what the share had at the cut, and a manifest that says all of it', async () => {
      const { snapshots, namespace, applications } = temporary
      const { id: applicationId } = await applications.create({ name: 'shop', owner: 'team a' })
      await applications.manifests.put('shop', {
        name: 'compose.yaml',
        content: 'a: 1\n',
        actor: 'admin:ada',
      })
      await applications.manifests.put('shop', {
        name: 'compose.yaml',
        content: 'a: 2\n',
        actor: 'admin:ada',
      })
      const { id: shareId, at } = await temporary.share('/team/db')
      await namespace.shares.update(shareId, {
        application: 'shop',
        quotaBytes: 1e9,
        callsPerSecond: 500,
        labels: { tier: 'gold' },
      })
      mkdirSync(join(at, 'd'))
      writeFileSync(join(at, 'd', 'file'), 'before')
      const snapshot = await snapshots.takings.create({
        ...{ shareId, name: 'first', description: 'before the upgrade', labels: { kind: 'manual' } },
        ...{ reason: 'upgrade', ...by },
      })
      writeFileSync(join(at, 'd', 'file'), 'after, and longer')

      expect(snapshot).toMatchObject({
        ...{ shareId, name: 'first', state: 'ready', store: 'default', path: '/team/db', applicationId },
        ...{ cutAt: temporary.clock, files: 3, bytes: 6, groupId: null, scheduleId: null, version: 1 },
        ...{ description: 'before the upgrade', labels: { kind: 'manual' }, reason: 'upgrade', ...by },
      })
      const { tree } = snapshots.treeOf(snapshot)
      expect(readFileSync(join(tree, 'd', 'file'), 'utf8')).toBe('before')
      const isCephfs = snapshot.driver === 'cephfs'
      expect(tree).toBe(
        isCephfs ? join(at, '.snap', `berth-${snapshot.id}`) : temporary.place(shareId, 'first', 'data'),
      )

      const manifest = await snapshots.manifestOf(snapshot.id)
      expect(manifest).toEqual({
        version: 1,
        snapshot: {
          ...{ id: snapshot.id, name: 'first', cutAt: new Date(temporary.clock).toISOString() },
          ...{ driver: snapshot.driver, ...by, createdAt: new Date(temporary.clock).toISOString() },
          ...{ reason: 'upgrade', description: 'before the upgrade', labels: { kind: 'manual' } },
          ...{ files: 3, bytes: 6, groupId: null, scheduleId: null, hold: null },
        },
        share: {
          ...{ number: shareId, path: '/team/db', owner: '', description: '', labels: { tier: 'gold' } },
          ...{ readOnly: false, identity: { squash: 'root', uid: 65534, gid: 65534, gids: [] } },
          ...{ quotaBytes: 1e9, quotaFiles: null, durability: 'strict', audit: 'off' },
          ...{ callsPerSecond: 500, bytesPerSecond: null, burstSeconds: 1 },
          ...{ snapshotAccess: 'hidden', store: 'default' },
        },
        application: {
          ...{ id: applicationId, name: 'shop', owner: 'team a', description: '', labels: {}, links: [] },
          manifests: [
            { name: 'compose.yaml', version: 2, contentType: 'application/yaml', content: 'a: 2\n' },
          ],
        },
        gateway: { id: namespace.gatewayId },
      })
      expect(temporary.events).toEqual([{ kind: 'snapshot-added', snapshot }])
      expect(temporary.dataPlane.watched.size).toBe(0)
    })

    test('is closed to other users of the host', async () => {
      const { id: shareId } = await temporary.share('/a')
      await temporary.snapshots.takings.create({ shareId, name: 'x', ...by })
      for (const names of [[], ['x']])
        expect(statSync(temporary.place(shareId, ...names)).mode & 0o077).toBe(0)
    })

    test('without a name is called after the time, and with a number where that is taken', async () => {
      temporary.clock = Date.UTC(2026, 10, 21, 5, 10)
      const { id: shareId } = await temporary.share('/a')
      const wanted = { shareId, ...by }
      const made = [1, 2, 3].map(() => temporary.snapshots.takings.create(wanted))
      const names = (await Promise.all(made)).map(({ name }) => name)
      expect(names).toEqual(['2026-11-21T05.10.00Z', '2026-11-21T05.10.00Z-2', '2026-11-21T05.10.00Z-3'])
    })

    test('of a share outside all stores lies in the data directory', async () => {
      const { namespace, snapshots, directory, data } = temporary
      const outside = join(directory, 'outside')
      mkdirSync(outside)
      writeFileSync(join(outside, 'f'), 'x')
      const { shareDefaults } = await import('../../src/config/config.ts')
      await namespace.declare([{ ...shareDefaults, path: '/declared', directory: outside }])
      const share = namespace.shares.at('/declared')
      const snapshot = await snapshots.takings.create({ shareId: share.id, name: 'x', ...by })
      expect(snapshots.treeOf(snapshot).tree).toBe(join(data, 'snapshots', String(share.id), 'x', 'data'))
      expect(readFileSync(join(snapshots.treeOf(snapshot).tree, 'f'), 'utf8')).toBe('x')
      expect((await snapshots.manifestOf(snapshot.id)).share.store).toBeNull()
    })

    test('is known again after a restart', async () => {
      const { id: shareId } = await temporary.share('/a')
      const a = await temporary.snapshots.takings.create({ shareId, name: 'a', ...by })
      temporary.clock += 1
      const b = await temporary.snapshots.takings.create({ shareId, name: 'b', ...by })
      await temporary.reopen()
      expect(temporary.snapshots.of(shareId)).toEqual([b, a])
      expect(temporary.snapshots.find(shareId, 'a')).toEqual(a)
      expect(temporary.events).toHaveLength(2)
    })

    test('of a share that is moved while it is taken is whole', async () => {
      const { snapshots, namespace, dataPlane } = temporary
      const { id: shareId, at, linkId } = await temporary.share('/a/b')
      writeFileSync(join(at, 'f'), 'x')
      dataPlane.whileHeld = async () => {
        await namespace.nodes.move(linkId!, '/c/d')
      }
      const snapshot = await snapshots.takings.create({ shareId, name: 'x', ...by })
      expect(existsSync(at)).toBe(false)
      expect(snapshot.path).toBe('/c/d')
      expect(readFileSync(join(snapshots.treeOf(snapshot).tree, 'f'), 'utf8')).toBe('x')
    })
  })

  describe('taking is refused', () => {
    test.each([
      ['a name that is none', { name: '../x' }, 'invalid'],
      ['a name of ours', { name: '.making-1' }, 'invalid'],
      ['a reason of two lines', { reason: 'a\nb' }, 'invalid'],
      ['labels that are none', { labels: { 'a b': 'c' } }, 'invalid'],
      ['a share that is not there', { shareId: 999 }, 'not-found'],
      [
        'a hook that the config file does not allow',
        {
          hooks: {
            ...noHooks,
            pre: [{ kind: 'command', argv: ['/bin/sh'], timeoutSeconds: 1, onFailure: 'warn' }],
          },
        },
        'forbidden',
      ],
    ] as const)('%s', async (_, wanted, code) => {
      const { id: shareId } = await temporary.share('/a')
      expect(await refusalOf(temporary.snapshots.takings.create({ shareId, ...by, ...wanted }))).toBe(code)
      expect((await temporary.snapshots.list(page)).items).toEqual([])
      expect(temporary.dataPlane.holdCount).toBe(0)
    })

    test('a name that the share has already, also of one that is being taken', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const both = [1, 2].map(() => refusalOf(snapshots.takings.create({ shareId, name: 'x', ...by })))
      expect((await Promise.all(both)).sort()).toEqual(['exists', undefined])
      expect(await refusalOf(snapshots.takings.create({ shareId, name: 'x', ...by }))).toBe('exists')
      expect(readdirSync(temporary.place(shareId))).toEqual(['x'])
    })

    test('a deleted share, and a group without any', async () => {
      const { snapshots, namespace } = temporary
      const { id: shareId } = await temporary.share('/a')
      await namespace.shares.delete(shareId, 'admin:ada')
      expect(await refusalOf(snapshots.takings.create({ shareId, ...by }))).toBe('conflict')
      expect(await refusalOf(snapshots.takings.createGroup({ shareIds: [], ...by }))).toBe('invalid')
      expect(await refusalOf(snapshots.takings.createGroup({ applicationId: 'none', ...by }))).toBe('invalid')
    })

    test('more in one cut than there may be', async () => {
      const shareIds = Array.from({ length: 257 }, (_, index) => index + 1)
      expect(await refusalOf(temporary.snapshots.takings.createGroup({ shareIds, ...by }))).toBe('limit')
    })
  })

  describe('nothing is left of a taking', () => {
    const nothingLeft = async (shareId: number) => {
      expect((await temporary.snapshots.list(page)).items).toEqual([])
      expect(temporary.snapshots.takings.jobs()).toEqual([])
      expect(readdirSync(temporary.place(shareId))).toEqual([])
      expect(temporary.dataPlane.watched.size).toBe(0)
      expect(temporary.events).toEqual([])
    }

    test('whose hold did not last', async () => {
      const { snapshots, dataPlane } = temporary
      const { id: shareId } = await temporary.share('/a')
      dataPlane.holdMsMax = 0
      await expect(snapshots.takings.create({ shareId, ...by })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/could not be held .* 30 s: take it while less is written/) as string,
      })
      await nothingLeft(shareId)
      expect(await temporary.catalog.db.selectFrom('snapshots').select('id').execute()).toEqual([])
    })

    test('that the data plane could not hold', async () => {
      const { id: shareId } = await temporary.share('/a')
      temporary.dataPlane.whileHeld = () => {
        throw new Error('EIO: the disk is gone')
      }
      await expect(temporary.snapshots.takings.create({ shareId, ...by })).rejects.toMatchObject({
        code: 'unavailable',
        message: 'no snapshot of /a was made: EIO: the disk is gone',
      })
      await nothingLeft(shareId)
    })

    test('of a share that is deleted meanwhile', async () => {
      const { namespace, dataPlane, snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      dataPlane.whileHeld = async () => {
        await namespace.shares.delete(shareId, 'admin:ada')
      }
      await expect(snapshots.takings.create({ shareId, ...by })).rejects.toThrow(
        'the share was deleted while',
      )
      await nothingLeft(shareId)
    })

    test('that is aborted', async () => {
      const { snapshots, dataPlane } = temporary
      const { id: shareId } = await temporary.share('/a')
      dataPlane.whileHeld = () => {
        const [job] = snapshots.takings.jobs()
        expect(job).toMatchObject({ name: 'x', phase: 'holding', shareIds: [shareId], ...by })
        snapshots.takings.abort(job!.id)
      }
      expect(await refusalOf(snapshots.takings.create({ shareId, name: 'x', ...by }))).toBe('conflict')
      await nothingLeft(shareId)
    })

    test('that the end of the gateway came upon, once it has started again', async () => {
      const { snapshots, dataPlane } = temporary
      const { id: shareId } = await temporary.share('/a')
      let closed: Promise<void> | undefined
      dataPlane.whileHeld = () => {
        closed = snapshots.close()
      }
      expect(await refusalOf(snapshots.takings.create({ shareId, ...by }))).toBe('unavailable')
      await closed
      // The end does not wait for files to be removed. A driver that could go on with a copy leaves it to the next start, which
      // undoes what had come as far as this.
      expect(readdirSync(temporary.place(shareId))).toEqual([expect.stringMatching(/^\.(removing|making)-/)])
      await temporary.reopen()
      for (const warning of temporary.warnings()) expect(warning).toMatch(/is undone$/)
      await expect.poll(() => readdirSync(temporary.place(shareId))).toEqual([])
      await nothingLeft(shareId)
    })

    test('with a hook that failed, before the cut or after', async () => {
      const { snapshots } = temporary
      const { id: shareId, at } = await temporary.share('/a')
      const failing = { kind: 'command', argv: ['/usr/bin/test', 'a', '=', 'b'], timeoutSeconds: 5 } as const
      const touching = {
        ...failing,
        argv: ['/usr/bin/touch', join(at, 'touched')],
        onFailure: 'abort',
      } as const
      for (const hooks of [
        { pre: [{ ...failing, onFailure: 'abort' } as const], post: [touching] },
        { pre: [], post: [{ ...failing, onFailure: 'abort' } as const] },
      ])
        expect(await refusalOf(snapshots.takings.create({ shareId, hooks, ...by }))).toBe('unavailable')
      expect(existsSync(join(at, 'touched'))).toBe(true)
      await nothingLeft(shareId)
      const hooks = { pre: [touching, { ...failing, onFailure: 'warn' } as const], post: [] }
      const { records, warnings } = await snapshots.takings.begin([shareId], { hooks, ...by }, false).done
      expect(warnings).toEqual([expect.stringContaining('pre hook /usr/bin/test')])
      // What a hook has brought to rest is in the snapshot.
      expect(readdirSync(snapshots.treeOf(records[0]!).tree)).toEqual(['touched'])
      temporary.events.splice(0)
      expect(temporary.warnings()).toHaveLength(3)
    })
  })

  describe('a group', () => {
    test('is taken in one hold, and is all of it or nothing', async () => {
      const { snapshots, dataPlane, namespace } = temporary
      const shares = [await temporary.share('/a'), await temporary.share('/b'), await temporary.share('/c')]
      const shareIds = shares.map(({ id }) => id)
      for (const { at } of shares) writeFileSync(join(at, 'f'), at)
      const group = await snapshots.takings.createGroup({ shareIds, name: 'g', ...by })
      expect(dataPlane.holdCount).toBe(1)
      expect(new Set(group.map(({ groupId }) => groupId)).size).toBe(1)
      expect(new Set(group.map(({ cutAt }) => cutAt)).size).toBe(1)
      expect((await snapshots.list(page, { groupId: group[0]!.groupId! })).items).toEqual(group)
      for (const [index, snapshot] of group.entries())
        expect(readFileSync(join(snapshots.treeOf(snapshot).tree, 'f'), 'utf8')).toBe(shares[index]!.at)

      // One of them cannot be taken.
      renameSync(shares[1]!.at, `${shares[1]!.at}.away`)
      expect(await refusalOf(snapshots.takings.createGroup({ shareIds, name: 'h', ...by }))).toBe(
        'unavailable',
      )
      for (const { id } of shares) expect(readdirSync(temporary.place(id))).toEqual(['g'])
      expect((await snapshots.list(page)).items).toEqual(group)
      expect(namespace.shares.get(shareIds[0]!).path).toBe('/a')
    })

    test('of an application has all its shares', async () => {
      const { snapshots, applications, namespace } = temporary
      const { id: applicationId } = await applications.create({ name: 'shop', owner: 'a' })
      const [a, b] = [await temporary.share('/a'), await temporary.share('/b')]
      await temporary.share('/c')
      for (const { id } of [a, b]) await namespace.shares.update(id, { application: 'shop' })
      const group = await snapshots.takings.createGroup({ applicationId, ...by })
      expect(group.map(({ shareId }) => shareId)).toEqual([a.id, b.id])
      expect((await snapshots.list(page, { applicationId })).items).toEqual(group)
    })
  })

  describe('a list', () => {
    test('has pages, and what fits every condition', async () => {
      const { snapshots, namespace } = temporary
      const [a, b] = [await temporary.share('/x/a'), await temporary.share('/y/b')]
      const labels = { kind: 'nightly' }
      const first = await snapshots.takings.create({ shareId: a.id, name: '1', labels, ...by })
      const second = await snapshots.takings.create({
        shareId: b.id,
        name: '1',
        labels,
        scheduleId: 's',
        ...by,
      })
      const third = await snapshots.takings.create({ shareId: a.id, name: '2', ...by })
      const idsOf = async (filter: Parameters<typeof snapshots.list>[1]) =>
        (await snapshots.list(page, filter)).items.map(({ id }) => id)
      expect(await idsOf({})).toEqual([first.id, second.id, third.id])
      expect(await idsOf({ shareId: a.id })).toEqual([first.id, third.id])
      expect(await idsOf({ labels })).toEqual([first.id, second.id])
      expect(await idsOf({ below: '/y' })).toEqual([second.id])
      expect(await idsOf({ scheduleId: 's' })).toEqual([second.id])
      expect(await idsOf({ labels, below: '/x/a' })).toEqual([first.id])
      await namespace.nodes.move(namespace.shares.get(b.id).linkId!, '/x/b')
      expect(await idsOf({ below: '/x' })).toEqual([first.id, second.id, third.id])
      const { items, next } = await snapshots.list({ limit: 2 })
      expect(items).toHaveLength(2)
      expect(await snapshots.list({ limit: 2, after: next! })).toEqual({ items: [third] })
      expect(await refusalOf(snapshots.list({ limit: 0 }))).toBe('invalid')
    })
  })

  describe('a change', () => {
    test('of description and labels is in the catalog and in the manifest', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', labels: { a: 'b' }, ...by })
      const changed = await snapshots.update(id, { description: 'keep' }, 1)
      expect(changed).toMatchObject({ description: 'keep', labels: { a: 'b' }, version: 2 })
      expect(await refusalOf(snapshots.update(id, { description: 'no' }, 1))).toBe('stale')
      expect((await snapshots.manifestOf(id)).snapshot).toMatchObject({
        description: 'keep',
        labels: { a: 'b' },
      })
      expect(temporary.events.at(-1)).toEqual({ kind: 'snapshot-changed', snapshot: changed })
      await temporary.reopen()
      expect(temporary.snapshots.get(id)).toEqual(changed)
    })

    test('of the name takes the directory along, and the number stays', async () => {
      const { snapshots } = temporary
      const { id: shareId, at } = await temporary.share('/a')
      writeFileSync(join(at, 'f'), 'x')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      await snapshots.takings.create({ shareId, name: 'y', ...by })
      expect(await refusalOf(snapshots.rename(id, 'y'))).toBe('exists')
      expect(await refusalOf(snapshots.rename(id, '../y'))).toBe('invalid')
      const renamed = await snapshots.rename(id, 'z')
      expect(renamed).toMatchObject({ id, name: 'z', version: 2 })
      expect(readdirSync(temporary.place(shareId)).sort()).toEqual(['y', 'z'])
      expect(readFileSync(join(snapshots.treeOf(renamed).tree, 'f'), 'utf8')).toBe('x')
      expect(await snapshots.manifestOf(id)).toMatchObject({ snapshot: { id, name: 'z' } })
      expect(snapshots.find(shareId, 'z')).toEqual(renamed)
      expect(() => snapshots.find(shareId, 'x')).toThrow(expect.objectContaining({ code: 'not-found' }))
    })

    test('that cannot be written into the manifest is done, warned of, and made good at the next start', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      const place = temporary.place(shareId, 'x')
      const before = await snapshots.manifestOf(id)
      renameSync(place, `${place}-away`)
      await snapshots.update(id, { description: 'new' })
      expect(temporary.warnings()).toEqual([
        expect.stringMatching(/its manifest could not be written; it is at the next start/),
      ])
      renameSync(`${place}-away`, place)
      await temporary.reopen()
      expect(await temporary.snapshots.manifestOf(id)).toEqual({
        ...before,
        snapshot: { ...before.snapshot, description: 'new' },
      })
      expect(await temporary.catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
    })
  })

  describe('deletion', () => {
    test('removes the files, and never gives the number again', async () => {
      const { snapshots, catalog } = temporary
      const { id: shareId, at } = await temporary.share('/a')
      writeFileSync(join(at, 'f'), 'x')
      const first = await snapshots.takings.create({ shareId, name: 'a', ...by })
      const second = await snapshots.takings.create({ shareId, name: 'b', ...by })
      expect(snapshots.deletions.of(second.id)).toEqual({ snapshot: second, isLast: false })
      await snapshots.deletions.delete(second.id)
      expect(readdirSync(temporary.place(shareId))).toEqual(['a'])
      expect(temporary.events.at(-1)).toEqual({ kind: 'snapshot-removed', snapshot: second })
      expect(await refusalOf(snapshots.deletions.delete(second.id))).toBe('not-found')
      const third = await snapshots.takings.create({ shareId, name: 'b', ...by })
      expect(third.id).toBeGreaterThan(second.id)
      expect((await catalog.db.selectFrom('snapshots').select('id').execute()).map(({ id }) => id)).toEqual([
        first.id,
        third.id,
      ])
    })

    test('of the last one must be meant', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, ...by })
      expect(snapshots.deletions.of(id).isLast).toBe(true)
      expect(await refusalOf(snapshots.deletions.delete(id))).toBe('conflict')
      expect(await refusalOf(snapshots.deletions.delete(id, { last: true, ifVersion: 7 }))).toBe('stale')
      await snapshots.deletions.delete(id, { last: true })
      expect(snapshots.of(shareId)).toEqual([])
    })

    test('of one that is held is refused, whoever asks, until it is let go of', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      const held = await snapshots.hold(id, 'for the lawyers', 'admin:bob')
      expect(held).toMatchObject({
        heldAt: temporary.clock,
        heldBy: 'admin:bob',
        heldFor: 'for the lawyers',
        version: 2,
      })
      expect((await snapshots.manifestOf(id)).snapshot.hold).toMatchObject({
        by: 'admin:bob',
        reason: 'for the lawyers',
      })
      expect(snapshots.deletions.of(id).refusal).toMatch(/held by admin:bob \(for the lawyers\)/)
      await temporary.reopen()
      expect(await refusalOf(temporary.snapshots.deletions.delete(id, { last: true }))).toBe('conflict')
      await temporary.snapshots.unhold(id)
      await temporary.snapshots.deletions.delete(id, { last: true })
    })

    test('that fails is warned of, does not show the snapshot again, and goes on at the next start', async () => {
      const { snapshots } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      // No directory: what is to be removed cannot be opened as one.
      rmSync(temporary.place(shareId, 'x'), { recursive: true })
      writeFileSync(temporary.place(shareId, 'x'), '')
      expect(await refusalOf(snapshots.deletions.delete(id, { last: true }))).toBe('unavailable')
      expect(snapshots.of(shareId)).toEqual([])
      await snapshots.takings.create({ shareId, name: 'x', ...by })
      rmSync(temporary.place(shareId, `.removing-${id}`))
      mkdirSync(temporary.place(shareId, `.removing-${id}`, 'data'), { recursive: true })
      await temporary.reopen()
      await expect.poll(() => readdirSync(temporary.place(shareId))).toEqual(['x'])
      expect(temporary.snapshots.of(shareId).map(({ name }) => name)).toEqual(['x'])
    })
  })

  describe('usage', () => {
    test('is what only the snapshot holds', async () => {
      const { snapshots } = temporary
      const { id: shareId, at } = await temporary.share('/a')
      writeFileSync(join(at, 'f'), randomBytes(1 << 20))
      const { id, driver } = await snapshots.takings.create({ shareId, ...by })
      expect(await refusalOf(snapshots.usage(999))).toBe('not-found')
      // It does not tell.
      if (driver === 'cephfs') {
        expect(await snapshots.usage(id)).toBeUndefined()
        return
      }
      if (driver !== 'copy') expect(await snapshots.usage(id)).toBeLessThan(1 << 19)
      rmSync(join(at, 'f'))
      execFileSync('sync', ['-f', at])
      // It holds what a removed snapshot had for some time, such as that with which the way was tried.
      if (driver === 'btrfs') execFileSync('btrfs', ['subvolume', 'sync', at])
      expect(await snapshots.usage(id)).toBeGreaterThanOrEqual(1 << 20)
    })
  })

  describe('much at once', () => {
    test('leaves catalog, memory and disk with the same', async () => {
      const { snapshots, catalog } = temporary
      const shares = [await temporary.share('/a'), await temporary.share('/b'), await temporary.share('/c')]
      const shareIds = shares.map(({ id }) => id)
      for (const { at, path } of shares) writeFileSync(join(at, 'f'), path)
      let seed = 7
      const random = (below: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
        return Math.floor((seed / 2 ** 32) * below)
      }
      const any = <T>(list: readonly T[]) => list[random(list.length)]!
      const known = () => shareIds.flatMap((id) => snapshots.of(id))
      const steps: (() => Promise<unknown>)[] = [
        () => snapshots.takings.create({ shareId: any(shareIds), name: `n${random(8)}`, ...by }),
        () => snapshots.takings.createGroup({ shareIds: [any(shareIds), any(shareIds)], ...by }),
        () => snapshots.rename(any(known()).id, `n${random(8)}`),
        () => snapshots.update(any(known()).id, { labels: { round: String(random(9)) } }),
        () => snapshots.deletions.delete(any(known()).id, { last: true }),
      ]
      await snapshots.takings.createGroup({ shareIds, ...by })
      const codes = await Promise.all(
        Array.from({ length: 60 }, async () => {
          await sleep(random(400))
          return known().length === 0 ? undefined : refusalOf(any(steps)())
        }),
      )
      expect([undefined, 'exists', 'not-found']).toEqual(expect.arrayContaining([...new Set(codes)]))
      expect(snapshots.takings.jobs()).toEqual([])
      const rows = await catalog.db
        .selectFrom('snapshots')
        .select(['id', 'name', 'state'])
        .orderBy('id')
        .execute()
      const { items } = await snapshots.list(page)
      expect(rows).toEqual(items.map(({ id, name, state }) => ({ id, name, state })))
      for (const { id, path } of shares) {
        const names = snapshots.of(id).map(({ name }) => name)
        expect(readdirSync(temporary.place(id)).sort()).toEqual(names.sort())
        for (const snapshot of snapshots.of(id)) {
          const { labels, name } = snapshot
          expect((await snapshots.manifestOf(snapshot.id)).snapshot).toMatchObject({ labels, name })
          expect(readFileSync(join(snapshots.treeOf(snapshot).tree, 'f'), 'utf8')).toBe(path)
        }
      }
      expect(await catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
    })
  })

  describe('the end of a share', () => {
    test('keeps its snapshots while it can be undeleted, and purging removes them first', async () => {
      const { snapshots, namespace } = temporary
      const { id: shareId, at } = await temporary.share('/a')
      writeFileSync(join(at, 'f'), 'x')
      const kept = await snapshots.takings.create({ shareId, name: 'x', ...by })
      await namespace.shares.delete(shareId, 'admin:ada')
      expect(snapshots.of(shareId)).toEqual([kept])
      expect(readFileSync(join(snapshots.treeOf(kept).tree, 'f'), 'utf8')).toBe('x')
      await namespace.purges.purge(shareId)
      expect((await snapshots.list(page)).items).toEqual([])
      expect(existsSync(temporary.place(shareId))).toBe(false)
      expect(await temporary.catalog.db.selectFrom('snapshots').select('id').execute()).toEqual([])
      expect(temporary.events.at(-1)).toEqual({ kind: 'snapshot-removed', snapshot: kept })
    })

    test('waits for a held snapshot, and says so', async () => {
      const { snapshots, namespace } = temporary
      const { id: shareId } = await temporary.share('/a')
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      await snapshots.hold(id, 'audit', 'admin:bob')
      await namespace.shares.delete(shareId, 'admin:ada')
      await expect(namespace.purges.purge(shareId)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringMatching(
          /cannot be purged: snapshot x is held by admin:bob \(audit\)/,
        ) as string,
      })
      expect(namespace.isPurging(shareId)).toBe(false)
      temporary.clock += 31 * 24 * 3600 * 1000
      await namespace.purges.purgeDue()
      await namespace.purges.purgeDue()
      expect(temporary.namespaceWarnings()).toEqual([
        expect.stringMatching(/could not be purged; it is tried again: .*snapshot x is held by admin:bob/),
      ])
      await namespace.shares.undelete(shareId)
      expect(snapshots.of(shareId)).toHaveLength(1)
    })
  })

  describe('what lies in a store that no record knows', () => {
    test('is removed where it is half of one, and told of where it is whole', async () => {
      const { id: shareId } = await temporary.share('/a')
      const { snapshots } = temporary
      const { id } = await snapshots.takings.create({ shareId, name: 'x', ...by })
      for (const name of ['.making-4000000000', '.removing-4000000002', 'stranger'])
        mkdirSync(temporary.place(shareId, name, 'data', 'deep'), { recursive: true })
      await temporary.reopen()
      await expect.poll(() => readdirSync(temporary.place(shareId)).sort()).toEqual(['stranger', 'x'])
      await temporary.snapshots.close()
      expect(temporary.snapshots.get(id).name).toBe('x')
      expect(temporary.warnings().sort()).toEqual([
        'snapshot: removed half of one that no record knows',
        'snapshot: removed half of one that no record knows',
        expect.stringMatching(/does not know some that lie here/),
      ])
      expect(manifestAt(temporary.place(shareId, 'x', 'about', 'manifest.json')).snapshot.id).toBe(id)
    })
  })
}

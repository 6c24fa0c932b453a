import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createNfs3Program, Nfsstat3, StableHow } from 'nfs-server-ts'
import { DirectTransport, Nfs3Client } from 'nfs-server-ts/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drivers } from '../../dist/snapshots/drivers/index.js'
import { openCatalog } from '../../src/catalog/catalog.ts'
import { firstSnapshotNumber } from '../../src/shared-memory/share-number.ts'
import { inodeHighMaskOf } from '../../src/snapshots/restore/inode-mask.ts'
import { caller, grantOf, openLinuxFixture, statusOf, type LinuxFixture } from '../unit/filesystem/fixture.ts'
import { restoreSuite } from './restore-suite.ts'
import { CephCluster, clusterMissing } from './snapshot-drivers-ceph.ts'
import { describeAttributes, describeTree, populate } from './snapshot-drivers-tree.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'
import { snapshotServiceSuite } from './snapshot-service-suite.ts'

const title = clusterMissing === undefined ? '' : ` (${clusterMissing})`

describe.skipIf(clusterMissing !== undefined)(`on CephFS${title}`, () => {
  let cluster: CephCluster
  beforeAll(async () => {
    cluster = await CephCluster.start()
  }, 120_000)
  afterAll(() => cluster.stop())

  describe('the service', () => {
    snapshotServiceSuite(() => cluster.directory)

    test('takes snapshots by cephfs', async () => {
      const temporary = await TemporarySnapshots.open(cluster.directory)
      expect(temporary.namespace.stores.get('default')).toMatchObject({ driverInUse: 'cephfs' })
      const { id: shareId } = await temporary.share('/a')
      const { driver } = await temporary.snapshots.takings.create({ shareId, createdBy: 'admin:ada' })
      expect(driver).toBe('cephfs')
      await temporary.remove()
    })
  })

  describe('restore', () => {
    restoreSuite(() => {
      const directory = mkdtempSync(join(cluster.directory, 'ground-'))
      // Directories that have snapshots stay: they go with the cluster.
      return { directory, remove() {} }
    }, true)
  })

  describe('a share that is served', () => {
    const number = firstSnapshotNumber + 4
    let directory: string
    let fixture: LinuxFixture
    let nfs: Nfs3Client
    beforeEach(() => {
      directory = mkdtempSync(join(cluster.directory, 'share-'))
      fixture = openLinuxFixture([{ directory }])
      connect()
    })
    afterEach(() => fixture.close())

    function connect(): void {
      const program = createNfs3Program(fixture.backend, { rtmax: 65536, wtmax: 65536, dtmax: 65536 })
      nfs = new Nfs3Client(new DirectTransport(program), { credentials: caller.credentials })
    }
    const at = (name: string): string => join(directory, name)
    const where = (name: string, dir = fixture.root) => ({ dir, name: Buffer.from(name) })

    /** Opens a snapshot as the gateway does. Answers its root. */
    function openSnapshot(): Buffer {
      const snapshotOf = { share: 1, inodeHighMask: inodeHighMaskOf('cephfs') }
      fixture.backend.openShare({ id: number, path: '/share-1', directory: at('.snap/one'), snapshotOf })
      return fixture.backend.root(number, grantOf(1)).object
    }

    test('has snapshots with the numbers of live files, whose handles outlive the gateway and the mount', async () => {
      mkdirSync(at('d/e'), { recursive: true })
      for (const name of ['d/e/file', 'd/other', 'top']) writeFileSync(at(name), name)
      const live = new Map(
        ['d', 'd/e', 'd/e/file', 'd/other', 'top'].map((name) => [name, numberOf(at(name))]),
      )
      // Of what does not change, the numbers in the second have the tag of the first.
      mkdirSync(at('.snap/before'))
      rmdirSync(at('.snap/before'))
      mkdirSync(at('.snap/one'))
      rmSync(at('d'), { recursive: true })
      writeFileSync(at('top'), 'changed')

      const seen = new Map<string, Buffer>()
      const visit = async (path: string, dir: Buffer): Promise<void> => {
        const page = await nfs.readdirplus(dir, 4096, 65536, { cookie: 0n, cookieVerifier: Buffer.alloc(8) })
        if (page.status !== Nfsstat3.OK) throw new Error(`READDIRPLUS ${path}: ${page.status}`)
        for (const { name, fileid, handle, attributes } of page.entries) {
          if (name.toString().startsWith('.')) continue
          const found = `${path}${name.toString()}`
          seen.set(found, handle!)
          const told = (BigInt(attributes!.fileidHigh) << 32n) | BigInt(attributes!.fileidLow)
          expect([found, fileid, told]).toEqual([found, live.get(found), live.get(found)])
          if (live.has(found) && attributes!.type === 2) await visit(`${found}/`, handle!)
        }
      }
      await visit('', openSnapshot())
      expect(await fixture.lookup(await fixture.lookup(openSnapshot(), 'd'), 'other')).toEqual(
        seen.get('d/other'),
      )
      expect([...seen.keys()].sort()).toEqual([...live.keys()].sort())

      const expectAll = async (): Promise<void> => {
        connect()
        openSnapshot()
        for (const [name, handle] of seen) {
          const got = await nfs.getattr(handle)
          if (got.status !== Nfsstat3.OK) throw new Error(`GETATTR ${name}: ${got.status}`)
          const { fileidHigh, fileidLow } = got.attributes
          expect((BigInt(fileidHigh) << 32n) | BigInt(fileidLow)).toBe(live.get(name))
        }
        const read = await nfs.read(seen.get('d/e/file')!, 0, 100)
        expect(read).toMatchObject({ status: Nfsstat3.OK, data: Buffer.from('d/e/file') })
      }
      await fixture.restart()
      await expectAll()
      await fixture.restart({}, [])
      await cluster.crash()
      // Another snapshot gets the tag that this one had.
      readdirSync(at('.snap'))
      await fixture.restart()
      await expectAll()
      await fixture.backend.closeShare(number)
      expect(await statusOf(() => fixture.backend.getattr(caller, seen.get('top')!))).toBe(Nfsstat3.STALE)
    })

    test('shows clients no way to snapshots by the name that CephFS has for them', async () => {
      writeFileSync(at('secret'), 'then')
      mkdirSync(at('d'))
      mkdirSync(at('.snap/one'))
      const { backend, root } = fixture
      const refused = [
        () => backend.lookup(caller, where('.snap')),
        () => backend.mkdir(caller, where('.snap'), {}),
        () => backend.rename(caller, where('d'), where('.snap')),
        () => backend.rmdir(caller, where('.snap')),
        () => backend.lookup(caller, where('.snap', openSnapshot())),
      ]
      for (const call of refused) expect([Nfsstat3.ACCES, Nfsstat3.ROFS]).toContain(await statusOf(call))
      const page = await nfs.readdir(root, 4096, { cookie: 0n, cookieVerifier: Buffer.alloc(8) })
      expect(page).toMatchObject({ status: Nfsstat3.OK })
      expect(readdirSync(at('.snap'))).toEqual(['one'])
    })

    test('tells no number of files that it cannot know', async () => {
      expect(await fixture.backend.fsstat(caller, fixture.root)).toMatchObject({ tfiles: 0, ffiles: 0 })
    })

    test('has what was written before a cut in the snapshot, though it is brought to the disk after it', async () => {
      const { backend } = fixture
      const how = { mode: 'UNCHECKED', attributes: {} } as const
      const [then, later] = [Buffer.alloc(60_000, 'then'), Buffer.alloc(70_000, 'later')]
      const files = new Map<string, Buffer>()
      for (const name of ['a', 'b']) {
        const made = await backend.create(caller, where(name), how)
        files.set(name, Buffer.from((made as { object: Buffer }).object))
        await backend.write(caller, files.get(name)!, 0, StableHow.UNSTABLE, then)
      }
      expect(await backend.syncHeld(1)).toBe(0)
      mkdirSync(at('.snap/one'))
      for (const file of files.values()) await backend.write(caller, file, 0, StableHow.UNSTABLE, later)
      expect(await backend.settle(1)).toBe(0)
      await cluster.crash()
      for (const name of files.keys()) {
        expect(readFileSync(at(`.snap/one/${name}`)).equals(then)).toBe(true)
        expect(readFileSync(at(name)).equals(later)).toBe(true)
      }
      await fixture.restart()
    })
  })

  test('the catalog cannot lie there, and says so', async () => {
    const directory = mkdtempSync(join(cluster.directory, 'data-'))
    await expect(openCatalog({ directory })).rejects.toThrow(/put the data directory on a local disk/)
  })

  test('a copy is on the disk when it is complete', async () => {
    const source = mkdtempSync(join(cluster.directory, 'source-'))
    const directory = mkdtempSync(join(cluster.directory, 'copy-'))
    populate(source)
    const order = { source, directory, name: 'x', onProgress: () => {}, signal: new AbortController().signal }
    const taking = drivers.copy.begin(order)
    await taking.prepare()
    await taking.cut(undefined)
    const [expected, attributes] = [lasting(source), describeAttributes(source)]
    const { tree } = await taking.finish()
    await cluster.crash()
    expect(lasting(tree)).toEqual(expected)
    expect(describeAttributes(tree)).toEqual(attributes)
    expect(existsSync(join(directory, 'inodes'))).toBe(true)
  })
})

/** The cluster takes for mtime when a file was written last, if its client dies within seconds of setting another one. */
function lasting(root: string): string[] {
  return describeTree(root).map((line) => line.replace(/ mtime \d+/, ''))
}

function numberOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino
}

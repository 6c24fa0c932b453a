import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { Nfs3Client, type DirectoryPage, type RpcTransport } from 'nfs-server-ts/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mountSlowFilesystem, slowFilesystemMissing, type SlowFilesystem } from '../slow-filesystem/mount.ts'
import { configFile, mountShare, startServer, stopServer, useWorkspace, waitFor } from './server.ts'

// A store across a slow network, or one that hangs: whoever needs it waits, and nobody else.

const workspace = useWorkspace()
const unstable = StableHow.UNSTABLE
const mode = 'GUARDED' as const

describe.skipIf(slowFilesystemMissing !== undefined)(
  `a share on a slow filesystem (${slowFilesystemMissing ?? 'FUSE'})`,
  () => {
    let slow: SlowFilesystem
    beforeEach(async () => {
      slow = await mountSlowFilesystem()
    })
    afterEach(() => slow.unmount())

    async function start(settings: object = {}, share: object = {}) {
      mkdirSync(join(workspace.path, 'data'))
      mkdirSync(join(workspace.path, 'local'))
      writeFileSync(join(workspace.path, 'local', 'file'), Buffer.alloc(4096, 'x'))
      writeFileSync(join(slow.behind, 'file'), 'far away')
      const args = configFile(workspace.path, {
        data: 'data',
        shares: [
          { path: '/far', directory: slow.path, squash: 'none', ...share },
          { path: '/near', directory: 'local', squash: 'none' },
        ],
        ...settings,
      })
      const server = await startServer(args, workspace.path)
      const [far, near] = [await mountShare(server, '/far'), await mountShare(server, '/near')]
      return { server, far, near, again: () => mountShare(server, '/far') }
    }

    test('is served as any other: names, data, attributes, errors, whichever thread does it', async () => {
      const { server, far } = await start()
      const { nfs, root } = far
      const names = Array.from({ length: 24 }, (_, index) => `file${index}`)
      const made = await Promise.all(
        names.map((name) => nfs.create(root, name, { mode, attributes: { mode: 0o640 } })),
      )
      const files = made.map((each) => {
        expect(each.status).toBe(Nfsstat3.OK)
        return (each as { object: Buffer }).object
      })
      const large = Buffer.alloc(1024 * 1024, 'large')
      const written = await Promise.all(files.map((file) => nfs.write(file, 0, large, unstable)))
      const committed = await Promise.all(files.map((file) => nfs.commit(file, 0, 0)))
      // One verifier for all threads, or clients would send their data again and again.
      const verifiers = [...written, ...committed].map((each) => (each as { verifier: Buffer }).verifier)
      expect(new Set(verifiers.map((verifier) => verifier.toString('hex'))).size).toBe(1)
      const read = await Promise.all(files.map((file) => nfs.read(file, 0, large.length)))
      for (const each of read) expect(large.equals((each as { data: Buffer }).data)).toBe(true)
      for (const name of names)
        expect(statSync(join(slow.behind, name))).toMatchObject({ size: large.length })

      expect(await nfs.create(root, names[0]!, { mode, attributes: {} })).toMatchObject({
        status: Nfsstat3.EXIST,
      })
      expect(await nfs.lookup(root, 'nothing')).toMatchObject({ status: Nfsstat3.NOENT })
      expect(await nfs.rename(root, names[0]!, root, 'renamed')).toMatchObject({ status: Nfsstat3.OK })
      expect(await nfs.remove(root, names[1]!)).toMatchObject({ status: Nfsstat3.OK })
      const listed = await nfs.readdirplus(root, 4096, 32_768)
      const listedNames = (listed as DirectoryPage).entries.map(({ name }) => name.toString())
      expect(listedNames.sort()).toEqual(['.', '..', 'file', 'renamed', ...names.slice(2)].sort())
      expect(readdirSync(slow.behind).sort()).toEqual(['file', 'renamed', ...names.slice(2)].sort())
      await stopServer(server)
    })

    test('moves nothing to another share, nor from there', async () => {
      const { server, far, near } = await start()
      const across = { status: Nfsstat3.XDEV }
      expect(await far.nfs.rename(far.root, 'file', near.root, 'taken')).toMatchObject(across)
      expect(await near.nfs.rename(near.root, 'file', far.root, 'taken')).toMatchObject(across)
      const file = (await near.nfs.lookup(near.root, 'file')) as { object: Buffer }
      expect(await near.nfs.link(file.object, far.root, 'taken')).toMatchObject(across)
      await stopServer(server)
    })

    test('holds up no other: calls go on while 64 hang there, on the same connection too', async () => {
      const { server, far, near } = await start()
      const file = (await near.nfs.lookup(near.root, 'file')) as { object: Buffer }
      slow.take('hang')
      let answeredCount = 0
      const hanging = Array.from({ length: 64 }, () =>
        far.nfs.getattr(far.root).then((answer) => {
          answeredCount++
          return answer
        }),
      )
      const onSame = new Nfs3Client(far.transport)
      for (let round = 0; round < 500; round++) {
        expect(await near.nfs.getattr(near.root)).toMatchObject({ status: Nfsstat3.OK })
        expect(await onSame.read(file.object, 0, 4096)).toMatchObject({ status: Nfsstat3.OK })
      }
      expect(answeredCount).toBe(0)
      slow.take(0)
      for (const answer of await Promise.all(hanging)) expect(answer.status).toBe(Nfsstat3.OK)
      await stopServer(server)
    })

    test('puts off what is more than may wait, and does all it has taken', async () => {
      const { server, far, near } = await start()
      slow.take('hang')
      const calls = Array.from({ length: 200 }, () => far.nfs.getattr(far.root))
      const outcomes = await Promise.race([
        Promise.all(calls),
        near.nfs.getattr(near.root).then(() => 'others go on'),
      ])
      expect(outcomes).toBe('others go on')
      slow.take(0)
      const statuses = (await Promise.all(calls)).map(({ status }) => status)
      expect(statuses.filter((status) => status === Nfsstat3.OK).length).toBe(128)
      expect(statuses.filter((status) => status === Nfsstat3.JUKEBOX).length).toBe(72)
      await stopServer(server)
    })

    test('answers a call sent again once it is done, and does it once', async () => {
      const { server, far, again } = await start()
      slow.take('hang')
      const create = (transport: RpcTransport) =>
        new Nfs3Client(transport, { xid: 77 }).create(far.root, 'made', { mode, attributes: {} })
      const first = create(far.transport)
      slow.take(50)
      const second = create((await again()).transport)
      expect(await second).toEqual(await first)
      expect(await first).toMatchObject({ status: Nfsstat3.OK })
      slow.take(0)
      await stopServer(server)
    })

    test('counts its quota and is audited as others are', async () => {
      const { server, far } = await start({}, { quotaFiles: 4, audit: 'changes' })
      const statuses = []
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        statuses.push((await far.nfs.create(far.root, name, { mode, attributes: {} })).status)
      // The root counts, and the file that is there.
      expect(statuses.filter((status) => status === Nfsstat3.OK).length).toBeLessThan(5)
      expect(statuses.at(-1)).toBe(Nfsstat3.DQUOT)
      const audit = join(workspace.path, 'data', 'audit')
      await stopServer(server)
      const text = readdirSync(audit)
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(join(audit, name), 'utf8'))
        .join('')
      expect(text).toMatch(/"CREATE"[^\n]*"\/far"[^\n]*"a"|"\/far"[^\n]*"CREATE"/)
    })

    test('that hangs for good keeps the server neither from serving nor from draining, and is named', async () => {
      const { server, far, near } = await start()
      slow.take('hang')
      const lost = Array.from({ length: 8 }, () => far.nfs.getattr(far.root).catch(() => 'lost'))
      const said = (text: string) => server.log().some(({ msg }) => msg.includes(text))
      await waitFor(() => said(`store ${slow.path} does not answer: 8 calls wait for it`), 60_000)
      expect(await near.nfs.getattr(near.root)).toMatchObject({ status: Nfsstat3.OK })

      server.kill('SIGTERM')
      await waitFor(() => said('drained'), 60_000)
      expect(said('still draining')).toBe(false)
      expect(said(`store ${slow.path} does not answer: it is left as it is`)).toBe(true)
      expect(await Promise.all(lost)).toEqual(lost.map(() => 'lost'))
      // The kernel lets a process go that waits for FUSE when it is answered; whoever comes after need not wait for that.
      const next = await startServer(
        configFile(workspace.path, { data: 'data', shares: [{ path: '/near', directory: 'local' }] }),
        workspace.path,
      )
      expect(await (await mountShare(next, '/near')).nfs.fsstat(near.root)).toMatchObject({
        status: Nfsstat3.OK,
      })
      await stopServer(next)
      slow.take(0)
      expect(await server.ended).toMatchObject({ code: 0, signal: null })
    })
  },
)

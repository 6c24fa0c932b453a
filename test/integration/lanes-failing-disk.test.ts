import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { afterEach, expect, test } from 'vitest'
import { clientsByLane, rootOf } from './lanes-fixture.ts'
import { configFile, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const laneCount = 3
const mounted = () => join(workspace.path, 'mounted')
const canLoop = ['losetup --find', 'mkfs.ext4 -V', 'test $(id -u) = 0'].every(
  (command) => spawnSync('sh', ['-c', command]).status === 0,
)

afterEach(() => {
  if (fs.existsSync(mounted())) spawnSync('umount', ['--recursive', mounted()])
})

test.runIf(canLoop)('what one lane has lost shows in the verifier of all (needs loop devices)', async () => {
  // An image that has more blocks than the tmpfs below it has room for.
  const [image, disk] = [join(mounted(), 'image'), join(mounted(), 'disk')]
  fs.mkdirSync(mounted())
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', mounted()])
  fs.writeFileSync(image, '')
  fs.truncateSync(image, 256 * 1024 * 1024)
  fs.mkdirSync(disk)
  execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', '-E', 'lazy_itable_init=1', image])
  execFileSync('mount', ['-o', 'loop', image, disk])
  fs.mkdirSync(join(workspace.path, 'data'))
  const shares = [{ path: '/s', directory: disk, squash: 'none', durability: 'relaxed' }]
  const args = configFile(workspace.path, { data: 'data', lanes: laneCount, shares })
  const server = await startServer(args, workspace.path)
  const clients = await clientsByLane(server, laneCount)
  const root = await rootOf(clients[0]!, '/s')
  const made = await clients[0]!.nfs.create(root, 'file', { mode: 'GUARDED', attributes: {} })
  const file = (made as { object: Buffer }).object
  const verifiers = async () => {
    const answers = clients.map(({ nfs }) => nfs.write(file, 0, 'x', StableHow.UNSTABLE))
    return (await Promise.all(answers)).map((answer) =>
      (answer as { verifier: Buffer }).verifier.toString('hex'),
    )
  }
  const before = await verifiers()
  expect(new Set(before).size).toBe(1)
  const data = Buffer.alloc(1024 * 1024, 'x')
  for (let index = 0; index < 32; index++) {
    const { nfs } = clients[index % 2]!
    expect((await nfs.write(file, index * data.length, data, StableHow.UNSTABLE)).status).toBe(Nfsstat3.OK)
  }
  const committed = await clients[1]!.nfs.commit(file, 0, 0)
  // The loop device hands its own error up on some kernels.
  expect([Nfsstat3.IO, Nfsstat3.NOSPC]).toContain(committed.status)
  const after = await verifiers()
  expect(new Set(after).size).toBe(1)
  expect(after[2]).not.toBe(before[2])
  await Promise.all(clients.map(({ transport }) => transport.close()))
  await stopServer(server)
})

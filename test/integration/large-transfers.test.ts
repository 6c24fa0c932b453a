import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { anyPorts, mountShare, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const MiB = 1024 * 1024
const content = randomBytes(5 * MiB + 12_345)

/** Offsets and counts around pages, the sizes where the way of sending changes, and the end of the file. */
const ranges: [offset: number, count: number][] = [
  [0, MiB],
  [1, MiB],
  [4095, 64 * 1024],
  [4097, 64 * 1024 + 1],
  [2 * MiB - 3, 65_537],
  [3 * MiB, 65_535],
  [5 * MiB, MiB],
  [content.length - 70_001, 70_001],
  [content.length - 1, MiB],
  [content.length, MiB],
]

async function open(file: Buffer) {
  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const path = join(workspace.path, 'berth-data/demo/file')
  writeFileSync(path, file)
  // The demo squashes root: the client is nobody in particular.
  chmodSync(path, 0o666)
  const mounted = await mountShare(server, '/demo')
  const found = await mounted.nfs.lookup(mounted.root, 'file')
  if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP: ${found.status}`)
  return { server, path, ...mounted, file: found.object }
}

async function expectRange(nfs: Nfs3Client, file: Buffer, offset: number, count: number): Promise<void> {
  const result = await nfs.read(file, offset, count)
  if (result.status !== Nfsstat3.OK) throw new Error(`READ at ${offset}: ${result.status}`)
  const wanted = content.subarray(offset, offset + count)
  expect(result.data.equals(wanted), `${count} bytes at ${offset}`).toBe(true)
  expect(result.eof).toBe(offset + count >= content.length)
}

test('large READs give the right bytes, one by one and many at once, on one connection and on several', async () => {
  const { server, nfs, transport, file } = await open(content)
  for (const [offset, count] of ranges) await expectRange(nfs, file, offset, count)
  await Promise.all(ranges.map(([offset, count]) => expectRange(nfs, file, offset, count)))
  const others = await Promise.all([1, 2, 3].map(() => TcpTransport.connect(server.nfsPort)))
  await Promise.all(
    others.map(async (other) => {
      const client = new Nfs3Client(other)
      for (const [offset, count] of ranges) await expectRange(client, file, offset, count)
    }),
  )
  await Promise.all([transport, ...others].map((each) => each.close()))
  await stopServer(server)
})

test('what is not in memory is read from the disk, in order and at random, with small READs between', async () => {
  const { server, path, nfs, transport, file } = await open(content)
  /** Has the kernel drop the file's pages: posix_fadvise(2), POSIX_FADV_DONTNEED. */
  const forget = () =>
    execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
  const inOrder = Array.from({ length: 22 }, (_, i) => [(i * MiB) / 4, MiB / 4] as const)
  const small = Array.from({ length: 50 }, (_, i) => [(i * 104_729) % content.length, 700] as const)
  for (const wanted of [inOrder, ranges, ranges.toReversed(), [...inOrder, ...small, ...ranges]]) {
    forget()
    for (const [offset, count] of wanted) await expectRange(nfs, file, offset, count)
    forget()
    await Promise.all(wanted.map(([offset, count]) => expectRange(nfs, file, offset, count)))
  }
  forget()
  const cut = nfs.read(file, 0, MiB)
  truncateSync(path, 1000)
  const result = await cut
  if (result.status !== Nfsstat3.OK) throw new Error(`READ: ${result.status}`)
  // Cut before or after it was read: what is there is right, and the rest zeros.
  const { data } = result
  const right = content.subarray(0, data.length)
  const zeros = Buffer.concat([content.subarray(0, 1000), Buffer.alloc(Math.max(0, data.length - 1000))])
  expect(data.equals(right) || data.equals(zeros.subarray(0, data.length))).toBe(true)
  await transport.close()
  await stopServer(server)
})

test('small calls between large READs are answered in full', async () => {
  const { server, nfs, root, transport, file } = await open(content)
  const calls: Promise<void>[] = []
  for (let round = 0; round < 20; round++) {
    const [offset, count] = ranges[round % ranges.length] ?? [0, MiB]
    calls.push(expectRange(nfs, file, offset, count))
    calls.push(nfs.lookup(root, 'file').then(({ status }) => expect(status).toBe(Nfsstat3.OK)))
    // A promised reply, which may be ready in the middle of another one.
    calls.push(nfs.commit(file, 0, 0).then(({ status }) => expect(status).toBe(Nfsstat3.OK)))
  }
  await Promise.all(calls)
  await transport.close()
  await stopServer(server)
})

test('large WRITEs arrive as they were sent, in any order', async () => {
  const { server, path, nfs, transport, file } = await open(Buffer.alloc(0))
  const pieces = Array.from({ length: 6 }, (_, index) => index * MiB).reverse()
  await Promise.all(
    pieces.map(async (offset) => {
      const result = await nfs.write(file, offset, content.subarray(offset, offset + MiB))
      expect(result.status).toBe(Nfsstat3.OK)
    }),
  )
  expect(readFileSync(path).equals(content)).toBe(true)
  await transport.close()
  await stopServer(server)
})

test('a file cut short on the host while it is read breaks no reply', async () => {
  const { server, path, nfs, transport, file } = await open(content)
  for (let round = 0; round < 30; round++) {
    writeFileSync(path, content)
    const reads = [nfs.read(file, 0, MiB), nfs.read(file, MiB, MiB), nfs.read(file, 2 * MiB, MiB)]
    truncateSync(path, round * 100_000)
    for (const result of await Promise.all(reads)) expect(result.status).toBe(Nfsstat3.OK)
  }
  await transport.close()
  await stopServer(server)
})

import * as fs from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import type { Nfs3Client } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { dataDirectory } from './cli-fixture.ts'
import { adminCall, clientsByLane, rootOf } from './lanes-fixture.ts'
import { configFile, startServer, stopServer, useWorkspace } from './server.ts'

// A snapshot is of one instant of all lanes, and the journal tells what all of them have changed.

const workspace = useWorkspace()
const laneCount = 3
const data = () => join(workspace.path, dataDirectory)

async function start() {
  fs.mkdirSync(data(), { mode: 0o700 })
  fs.mkdirSync(join(workspace.path, 'files'))
  const share = { path: '/s', directory: 'files', squash: 'none', durability: 'relaxed' }
  const args = configFile(workspace.path, { data: dataDirectory, lanes: laneCount, shares: [share] })
  const server = await startServer(args, workspace.path)
  const clients = await clientsByLane(server, laneCount)
  const root = await rootOf(clients[0]!, '/s')
  const call = <Answer>(method: string, path: string, body?: object) =>
    adminCall<Answer>(server, data(), method, path, body)
  const take = (name: string) => call<{ id: number }>('POST', '/v1/shares/1/snapshots', { name })
  return { server, lanes: clients.map(({ nfs }) => nfs), root, take }
}

interface Made {
  readonly status: number
  readonly object?: Buffer | undefined
}

/** Numbers that look random, and are the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test(
  'what lanes change at once is in the journal as in a comparison of everything',
  { timeout: 120_000 },
  async () => {
    const { server, lanes, root, take } = await start()
    const seed = Date.now() % 1_000_000
    console.log(`seed ${seed}`)
    const random = randomFrom(seed)
    const directories = [root]
    const files: Buffer[] = []
    const some = <T>(list: readonly T[]): T => list[random(list.length)]!
    const name = () => `n${random(6)}`
    const kept = (list: Buffer[], most: number) => (answer: Made) => {
      if (answer.status !== Nfsstat3.OK || answer.object === undefined) return
      if (list.length < most) list.push(answer.object)
      else list[1 + random(list.length - 1)] = answer.object
    }
    const change = (nfs: Nfs3Client): Promise<unknown> => {
      const [dir, other] = [some(directories), some(directories)]
      const file = files.length === 0 ? undefined : some(files)
      switch (random(9)) {
        case 0:
          return nfs.mkdir(dir, name(), {}).then(kept(directories, 12))
        case 1:
          return nfs.create(dir, name(), { mode: 'UNCHECKED', attributes: {} }).then(kept(files, 30))
        case 2:
        case 3:
          return nfs.rename(dir, name(), other, name())
        case 4:
          return nfs.remove(dir, name())
        case 5:
          return nfs.rmdir(dir, name())
        case 6:
          return file === undefined ? Promise.resolve() : nfs.link(file, dir, name())
        default: {
          const text = Buffer.alloc(1 + random(5000), random(256))
          return file === undefined
            ? Promise.resolve()
            : nfs.write(file, random(3000), text, StableHow.UNSTABLE)
        }
      }
    }
    const changes = async (id: number, since: number, exhaustive: boolean) => {
      const url = `${server.adminUrl}/v1/snapshots/${id}/changes?since=${since}&exhaustive=${exhaustive}`
      const token = fs.readFileSync(join(data(), 'admin.token'), 'utf8').trim()
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      expect(response.headers.get('berth-changes-by')).toBe(exhaustive ? 'comparison' : 'journal')
      // Of several names of a file, which one stands for it is by chance.
      const lines = (await response.text()).trimEnd().split('\n')
      return lines.map((line) => line.replace(/"linkOf":"[^"]*"/, '"linkOf"')).sort()
    }
    let before = await take('s0')
    for (let round = 1; round <= 6; round++) {
      const under = Array.from({ length: 400 }, (_, index) => change(lanes[index % laneCount]!))
      await Promise.all(under)
      const after = await take(`s${round}`)
      const told = await changes(after.id, before.id, false)
      expect(told, `seed ${seed}, round ${round}`).toEqual(await changes(after.id, before.id, true))
      before = after
    }
    await stopServer(server)
  },
)

test(
  'records that two lanes write by turns are a prefix in every snapshot',
  { timeout: 120_000 },
  async () => {
    const { server, lanes, root, take } = await start()
    const made = async (nfs: Nfs3Client, name: string) =>
      ((await nfs.create(root, name, { mode: 'GUARDED', attributes: {} })) as { object: Buffer }).object
    const written = [
      { nfs: lanes[0]!, file: await made(lanes[0]!, 'a') },
      { nfs: lanes[1]!, file: await made(lanes[1]!, 'b') },
    ]
    const writing = { ends: false }
    const writer = (async () => {
      for (let record = 0; !writing.ends; record++) {
        const { nfs, file } = written[record % 2]!
        const text = `${String(record).padStart(8, '0')}\n`
        const { status } = await nfs.write(
          file,
          Math.floor(record / 2) * text.length,
          text,
          StableHow.UNSTABLE,
        )
        expect(status).toBe(Nfsstat3.OK)
      }
    })()
    const counts: number[] = []
    for (let index = 0; index < 15; index++) {
      await take(`s${index}`)
      const [a, b] = ['a', 'b'].map((name) =>
        fs
          .readFileSync(join(data(), 'snapshots/1', `s${index}`, 'data', name), 'latin1')
          .split('\n')
          .filter(Boolean),
      ) as [string[], string[]]
      const all = Array.from(
        { length: a.length + b.length },
        (_, record) => (record % 2 ? b : a)[record >> 1],
      )
      expect(all).toEqual(all.map((_, record) => String(record).padStart(8, '0')))
      counts.push(all.length)
    }
    writing.ends = true
    await writer
    expect(new Set(counts).size).toBeGreaterThan(5)
    await stopServer(server)
  },
)

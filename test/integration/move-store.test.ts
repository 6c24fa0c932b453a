import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ftype3, Nfsstat3, StableHow, type Fattr3, type NfsFh3 } from 'nfs-server-ts'
import type { Nfs3Client } from 'nfs-server-ts/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommandLine, dataDirectory, startGateway } from './cli-fixture.ts'
import { mountShare, stopServer, useWorkspace, waitFor, type RunningServer } from './server.ts'
import { imagesMissing, LoopImage, type Filesystem } from './snapshot-drivers-images.ts'

const workspace = useWorkspace()

/** An administrator of the server, by its API. */
class Admin {
  readonly #url: string
  readonly #token: string

  constructor(server: RunningServer, data: string) {
    this.#url = server.adminUrl
    this.#token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  }

  async call(method: string, path: string, body?: object): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const response = await fetch(this.#url + path, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

interface Moved {
  readonly heldMs: number
  readonly rounds: number
  readonly files: number
}

/** What clients know an object by, and what a cache of theirs compares. */
interface Known {
  readonly handle: string
  readonly fileid: string
  readonly fsid: string
  readonly ctime: string
  readonly size: number
}

function known(handle: Buffer, attributes: Fattr3): Known {
  const { fileidHigh, fileidLow, fsidHigh, fsidLow, ctimeSeconds, ctimeNanoseconds, size } = attributes
  return {
    handle: handle.toString('hex'),
    fileid: `${fileidHigh}.${fileidLow}`,
    fsid: `${fsidHigh}.${fsidLow}`,
    ctime: `${ctimeSeconds}.${ctimeNanoseconds}`,
    // Of directories it is the filesystem's.
    size: attributes.type === Ftype3.DIR ? 0 : size,
  }
}

/** All of a tree by path, as LOOKUP tells it. */
async function tellTree(nfs: Nfs3Client, root: NfsFh3, path = ''): Promise<Map<string, Known>> {
  const found = new Map<string, Known>()
  const listed = await listAll(nfs, root)
  for (const { name, fileid } of listed) {
    const looked = await nfs.lookup(root, name)
    if (looked.status !== Nfsstat3.OK) throw new Error(`LOOKUP ${path}/${name}: ${looked.status}`)
    const attributes = looked.attributes!
    const one = known(looked.object, attributes)
    expect(fileid, `d_ino of ${path}/${name}`).toBe(one.fileid)
    found.set(`${path}/${name}`, one)
    if (attributes.type === 2)
      for (const [below, what] of await tellTree(nfs, Buffer.from(looked.object), `${path}/${name}`))
        found.set(below, what)
  }
  return found
}

async function listAll(nfs: Nfs3Client, dir: NfsFh3): Promise<{ name: string; fileid: string }[]> {
  const found: { name: string; fileid: string }[] = []
  let from: { cookie: bigint; cookieVerifier: Buffer } = { cookie: 0n, cookieVerifier: Buffer.alloc(8) }
  for (;;) {
    const page = await nfs.readdirplus(dir, 4096, 16_384, from)
    if (page.status !== Nfsstat3.OK) throw new Error(`READDIRPLUS: ${page.status}`)
    for (const { name, fileid, cookie, attributes, handle } of page.entries) {
      from = { cookie, cookieVerifier: page.cookieVerifier }
      if (['.', '..'].includes(name.toString())) continue
      const told = `${Number(fileid >> 32n)}.${Number(fileid & 0xffff_ffffn)}`
      found.push({ name: name.toString(), fileid: told })
      if (attributes !== undefined && handle !== undefined)
        expect(known(handle, attributes).fileid, name.toString()).toBe(told)
    }
    if (page.eof) return found
  }
}

async function created(nfs: Nfs3Client, dir: NfsFh3, name: string): Promise<NfsFh3> {
  const made = await nfs.create(dir, name, { mode: 'UNCHECKED', attributes: { mode: 0o644 } })
  if (made.status !== Nfsstat3.OK || made.object === undefined)
    throw new Error(`CREATE ${name}: ${made.status}`)
  return Buffer.from(made.object)
}

async function written(nfs: Nfs3Client, file: NfsFh3, offset: number, text: string, stable: StableHow) {
  const result = await nfs.write(file, offset, text, stable)
  if (result.status !== Nfsstat3.OK) throw new Error(`WRITE: ${result.status}`)
  return result
}

async function textOf(nfs: Nfs3Client, file: NfsFh3): Promise<string> {
  let text = ''
  for (;;) {
    const read = await nfs.read(file, text.length, 65_536)
    if (read.status !== Nfsstat3.OK) throw new Error(`READ: ${read.status}`)
    text += read.data.toString('latin1')
    if (read.eof) return text
  }
}

const recordSize = 16
const record = (number: number) => `record ${String(number).padStart(8, '0')}\n`

/** Appends numbered records to two files in turn, each acknowledged before the next, until it is told to stop. */
class Writer {
  readonly #nfs: Nfs3Client
  readonly #files: readonly NfsFh3[]
  readonly #stable: StableHow
  #isStopped = false
  acknowledged = 0
  longestMs = 0
  readonly ended: Promise<void>

  constructor(nfs: Nfs3Client, files: readonly NfsFh3[], stable: StableHow) {
    this.#nfs = nfs
    this.#files = files
    this.#stable = stable
    this.ended = this.#run()
  }

  async stop(): Promise<number> {
    this.#isStopped = true
    await this.ended
    return this.acknowledged
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const begun = performance.now()
      const place = Math.floor(this.acknowledged / 2)
      const file = this.#files[this.acknowledged % 2]!
      await written(this.#nfs, file, place * recordSize, record(this.acknowledged), this.#stable)
      this.longestMs = Math.max(this.longestMs, performance.now() - begun)
      this.acknowledged++
    }
  }
}

/** Makes and removes files all the time, so that inode numbers are given anew; the last few stay. */
class Churner {
  readonly #nfs: Nfs3Client
  readonly #dir: NfsFh3
  #isStopped = false
  #count = 0
  /** What is there, by name: its handle. */
  readonly living = new Map<string, Buffer>()
  readonly removed: Buffer[] = []
  readonly ended: Promise<void>

  constructor(nfs: Nfs3Client, dir: NfsFh3) {
    this.#nfs = nfs
    this.#dir = dir
    this.ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.ended
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const name = `churn-${this.#count++}`
      const file = await created(this.#nfs, this.#dir, name)
      await written(this.#nfs, file, 0, name, StableHow.UNSTABLE)
      this.living.set(name, file)
      if (this.living.size <= 20) continue
      const [oldest, handle] = [...this.living][0]!
      const gone = await this.#nfs.remove(this.#dir, oldest)
      expect(gone.status).toBe(Nfsstat3.OK)
      this.living.delete(oldest)
      if (this.removed.length < 5000) this.removed.push(handle)
    }
  }
}

async function madeDirectory(nfs: Nfs3Client, dir: NfsFh3, name: string): Promise<NfsFh3> {
  const made = await nfs.mkdir(dir, name, { mode: 0o755 })
  if (made.status !== Nfsstat3.OK || made.object === undefined)
    throw new Error(`MKDIR ${name}: ${made.status}`)
  return Buffer.from(made.object)
}

/** Files, hard links, symlinks and directories. Answers handles of some. */
async function populate(nfs: Nfs3Client, root: NfsFh3): Promise<Map<string, NfsFh3>> {
  const handles = new Map<string, NfsFh3>()
  for (let directory = 0; directory < 5; directory++) {
    const dir = await madeDirectory(nfs, root, `dir-${directory}`)
    handles.set(`dir-${directory}`, dir)
    for (let number = 0; number < 40; number++) {
      const file = await created(nfs, dir, `file-${number}`)
      await written(nfs, file, 0, `${directory}/${number}`.repeat(number), StableHow.UNSTABLE)
      handles.set(`dir-${directory}/file-${number}`, file)
    }
    await nfs.link(handles.get(`dir-${directory}/file-0`)!, root, `link-${directory}`)
    await nfs.symlink(dir, 'symlink', '../nowhere')
    await nfs.mknod(dir, 'fifo', { type: 7, attributes: {} })
  }
  return handles
}

const pairs: readonly (readonly [Filesystem, Filesystem])[] = [
  ['xfs', 'ext4'],
  ['ext4', 'btrfs'],
  ['btrfs', 'xfs'],
]

describe.skipIf(imagesMissing !== undefined).each(pairs)(
  'a share moved from %s to %s and back',
  (one, two) => {
    let images: LoopImage[] = []
    let server: RunningServer
    let cli: CommandLine

    beforeEach(async () => {
      images = [new LoopImage(one), new LoopImage(two)]
      server = await startGateway(workspace.path)
      cli = new CommandLine(workspace.path)
      for (const [index, name] of ['one', 'two'].entries()) {
        const directory = join(images[index]!.directory, 'store')
        mkdirSync(directory)
        await cli.text('store', 'add', name, directory)
      }
      await cli.text('share', 'create', '/finance/db', '--store', 'one', '--identity', 'none')
      const admin = new Admin(server, join(workspace.path, dataDirectory))
      await admin.call('POST', '/v1/rules', {
        ...{ kind: 'p', subject: 'app:payroll', object: '/finance/**', action: '*', effect: 'allow' },
      })
      const made = await admin.call('POST', '/v1/tokens', { name: 'test', subject: 'app:payroll/a' })
      token = (made as { text: string }).text
    })
    afterEach(() => {
      for (const image of images) image.remove()
    })
    let token = ''

    const mounted = () => mountShare(server, `/@${token}/finance/db`)
    const move = (store: string) => cli.json<Moved>('share', 'move-store', '/finance/db', store)
    const at = (index: number, ...names: string[]) => join(images[index]!.directory, 'store', ...names)

    /** What is left of moves in both stores. */
    const leftovers = () =>
      [0, 1]
        .flatMap((index) => readdirSync(at(index, '.berth')))
        .filter((name) => /^(moving|leaving)-/.test(name))

    test('nothing acknowledged is lost, and clients know everything by what they knew it by', async () => {
      const { nfs, root, transport } = await mounted()
      const handles = await populate(nfs, root)
      const files = [await created(nfs, root, 'log-a'), await created(nfs, root, 'log-b')]
      const unstable = [await created(nfs, root, 'fast-a'), await created(nfs, root, 'fast-b')]
      const churned = await madeDirectory(nfs, root, 'churned')
      const isQuiet = ([path]: [string, Known]) => /^\/(dir|link)-/.test(path)
      const before = new Map([...(await tellTree(nfs, root))].filter(isQuiet))
      expect(before.size).toBeGreaterThan(200)
      const rootBefore = await nfs.getattr(root)

      const others = await Promise.all([mounted(), mounted()])
      const writers = [
        new Writer(nfs, files, StableHow.FILE_SYNC),
        new Writer(others[0].nfs, unstable, StableHow.UNSTABLE),
      ]
      let churner = new Churner(others[1].nfs, churned)
      for (const [store, index] of [
        ['two', 1],
        ['one', 0],
        ['two', 1],
      ] as const) {
        await sleep(300)
        const moved = await move(store)
        expect(moved.heldMs).toBeLessThan(10_000)
        await sleep(300)
        await churner.stop()
        const after = await tellTree(nfs, root)
        expect(new Map([...after].filter(isQuiet))).toEqual(before)
        expect(existsSync(at(index, 'finance/db/log-a'))).toBe(true)
        expect(existsSync(at(1 - index, 'finance/db'))).toBe(false)
        for (const [name, handle] of churner.living) {
          expect(await textOf(nfs, handle), name).toBe(name)
          const looked = await nfs.lookup(churned, name)
          expect(looked).toMatchObject({ status: Nfsstat3.OK, object: handle })
        }
        for (const handle of churner.removed) expect((await nfs.getattr(handle)).status).toBe(Nfsstat3.STALE)
        const fileids = [...(await tellTree(nfs, churned)).values()].map(({ fileid }) => fileid)
        expect(new Set(fileids).size).toBe(fileids.length)
        churner = new Churner(others[1].nfs, churned)
      }
      await churner.stop()
      for (const writer of writers) await writer.stop()
      for (const [index, pair] of [files, unstable].entries())
        for (const [place, file] of pair.entries()) {
          const count = Math.ceil((writers[index]!.acknowledged - place) / 2)
          const wanted = Array.from({ length: count }, (_, number) => record(number * 2 + place)).join('')
          expect(await textOf(nfs, file)).toBe(wanted)
          const size = statSync(at(1, 'finance/db', ['log', 'fast'][index]! + ['-a', '-b'][place]!)).size
          expect(size).toBe(wanted.length)
        }
      for (const [path, handle] of handles)
        if (path.includes('/')) {
          const [, directory, number] = /dir-(\d+)\/file-(\d+)/.exec(path)!
          expect(await textOf(nfs, handle)).toBe(`${directory}/${number}`.repeat(Number(number)))
        }
      const rootAfter = await nfs.getattr(root)
      expect(rootAfter).toMatchObject({
        attributes: { fsidLow: (rootBefore as { attributes: Fattr3 }).attributes.fsidLow },
      })
      await waitFor(() => leftovers().length === 0, 60_000)
      for (const one of [transport, ...others.map((other) => other.transport)]) await one.close()
      await stopServer(server)

      // After a restart the handles of before are still good.
      server = await startGateway(workspace.path)
      const again = await mounted()
      expect(new Map([...(await tellTree(again.nfs, again.root))].filter(isQuiet))).toEqual(before)
      await again.transport.close()
      await stopServer(server)
    })
  },
)

describe('a move to another store', () => {
  let server: RunningServer
  let cli: CommandLine
  const at = (name: string, ...names: string[]) => join(workspace.path, name, ...names)

  beforeEach(async () => {
    server = await startGateway(workspace.path)
    cli = new CommandLine(workspace.path)
    for (const name of ['one', 'two']) {
      mkdirSync(at(name))
      await cli.text('store', 'add', name, at(name))
    }
    await cli.text('share', 'create', '/finance/db', '--store', 'one')
    writeFileSync(at('one', 'finance/db/file'), 'content')
  })

  test('that cannot be is refused with the reason, and nothing is made', async () => {
    const refused = async (...words: string[]) => (await cli.refusal('share', 'move-store', ...words)).line
    expect(await refused('/finance/db', 'one')).toContain('is in store one already')
    expect(await refused('/finance/db', 'three')).toContain('there is no store')
    mkdirSync(at('two', 'finance/db'), { recursive: true })
    writeFileSync(at('two', 'finance/db/of-somebody'), '')
    expect(await refused('/finance/db', 'two')).toContain('is there already and belongs to no share')
    expect(readFileSync(at('one', 'finance/db/file'), 'utf8')).toBe('content')
    expect(readdirSync(at('two', '.berth')).filter((name) => name.startsWith('moving'))).toEqual([])
    rmSync(at('two', 'finance'), { recursive: true })
    const plan = await cli.json('share', 'move-store', '/finance/db', 'two', '--dry-run')
    expect(plan).toMatchObject({ from: 'one', to: 'two', path: '/finance/db', heldMs: 0 })
    await cli.text('share', 'delete', '/finance/db', '--yes')
    expect((await cli.refusal('share', 'move-store', '/finance/db', 'two')).line).toContain(
      'there is no share',
    )
    await stopServer(server)
  })

  test('leaves snapshots where they are, and new ones lie beside the share; deleted and purged it leaves nothing', async () => {
    await cli.text('snapshot', 'create', '/finance/db', '--name', 'before')
    await cli.text('share', 'move-store', '/finance/db', 'two')
    writeFileSync(at('two', 'finance/db/file'), 'changed')
    await cli.text('snapshot', 'create', '/finance/db', '--name', 'after')
    expect(existsSync(at('one', '.berth/snapshots/1/before/data/file'))).toBe(true)
    expect(existsSync(at('two', '.berth/snapshots/1/after/data/file'))).toBe(true)
    expect(await cli.text('snapshot', 'diff', '/finance/db@before', '/finance/db@after')).toContain('file')
    expect((await cli.refusal('store', 'remove', 'one', '--yes')).line).toContain('holds 1 snapshots')
    await cli.text('restore', '/finance/db@before', 'file', '--in-place')
    expect(readFileSync(at('two', 'finance/db/file'), 'utf8')).toBe('content')
    const shown = await cli.json('share', 'show', '/finance/db')
    expect(shown).toMatchObject({ store: 'two' })
    await cli.text('share', 'delete', '/finance/db', '--yes')
    await cli.text('share', 'undelete', '/finance/db')
    expect(readFileSync(at('two', 'finance/db/file'), 'utf8')).toBe('content')
    await cli.text('share', 'delete', '/finance/db', '--yes')
    await cli.text('share', 'purge', '/finance/db', '--yes')
    for (const name of ['one', 'two']) {
      expect(readdirSync(at(name)).filter((one) => one !== '.berth')).toEqual([])
      const left = ['moved', 'snapshots/1', 'shares', 'tombstones'].flatMap((place) =>
        existsSync(at(name, '.berth', place)) ? readdirSync(at(name, '.berth', place)) : [],
      )
      expect(left, name).toEqual([])
    }
    await stopServer(server)
  })

  test('that is aborted leaves the share where it was', async () => {
    for (let number = 0; number < 3000; number++)
      writeFileSync(at('one', 'finance/db', `file-${number}`), 'x'.repeat(number))
    const admin = new Admin(server, at(dataDirectory))
    const moving = admin.call('POST', '/v1/shares/1/move-store', { store: 'two' })
    const failed = expect(moving).rejects.toThrow('the move was aborted')
    const jobs = async () => ((await admin.call('GET', '/v1/move-jobs')) as { items: { id: string }[] }).items
    let job: { id: string } | undefined
    while (job === undefined) [job] = await jobs()
    expect(job).toMatchObject({ path: '/finance/db', from: 'one', to: 'two' })
    await admin.call('DELETE', `/v1/move-jobs/${job.id}`)
    await failed
    expect(await jobs()).toEqual([])
    expect(readdirSync(at('one', 'finance/db')).length).toBe(3001)
    expect(existsSync(at('two', 'finance'))).toBe(false)
    await waitFor(() => readdirSync(at('two', '.berth')).every((name) => !name.startsWith('moving')), 60_000)
    await stopServer(server)
  })
})

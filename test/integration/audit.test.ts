import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
// As built: the writer is a thread, and threads run what users run.
import { Audit, controlEventsMax, verifyAudit, type ControlEvent } from '../../dist/audit/index.js'
import { openCatalog, type Catalog } from '../../dist/catalog/catalog.js'

const dist = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)))

let path: string
let catalog: Catalog
let audit: Audit | undefined
const logged: string[] = []
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'berth-audit-'))
  catalog = await openCatalog({ directory: path })
  logged.length = 0
})
afterEach(async () => {
  await audit?.close()
  audit = undefined
  await catalog.close()
  rmSync(path, { recursive: true })
})

async function start(limits?: { fileSizeMax: number; filesMax: number }): Promise<Audit> {
  audit = await Audit.start({
    ...{ directory: join(path, 'audit'), catalog, ...(limits === undefined ? {} : { limits }) },
    onLog: ({ message }) => logged.push(message),
    onDeath: (error) => expect.unreachable(String(error)),
  })
  return audit
}

async function end(): Promise<void> {
  await audit?.close()
  audit = undefined
}

function event(change: Partial<ControlEvent> = {}): ControlEvent {
  return {
    ...{ kind: 'mount', subject: 'app:payroll', address: '10.0.0.3', operation: 'MOUNT' },
    ...{ path: '/finance', result: 'OK', ...change },
  }
}

interface Line {
  readonly kind?: string
  readonly path?: string
  readonly uid?: number
  readonly gid?: number
  readonly subject?: string
  readonly events?: number
}

function linesIn(directory: string): Line[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Line)
    .filter(({ kind }) => kind !== undefined)
}

/** A thread that appends `count` operations to a ring, at once, as lane `gid`. */
async function runLane(memory: SharedArrayBuffer, gid: number, count: number): Promise<void> {
  const source = `
    const { workerData } = require('node:worker_threads')
    import(${dist('audit/ring.js')}).then(({ AuditBuffer }) => {
      const buffer = new AuditBuffer(workerData.memory)
      const event = {
        ...{ operation: 8, status: 0, grant: 7, shareId: 12, uid: 0, gid: workerData.gid },
        ...{ directory: Buffer.from('some/directory'), name: Buffer.from('name') },
      }
      for (let uid = 0; uid < workerData.count; uid++) buffer.append({ ...event, at: Date.now(), uid })
    })`
  const worker = new Worker(source, { eval: true, workerData: { memory, gid, count } })
  const [code] = (await once(worker, 'exit')) as [number]
  expect(code).toBe(0)
}

describe('the audit', () => {
  test('writes what the control plane and three lanes tell at once, every event once and in order', async () => {
    const running = await start({ fileSizeMax: 4 * 1024 * 1024, filesMax: 100 })
    running.describeGrants([{ number: 7, subject: 'app:payroll', address: '10.0.0.3' }])
    running.describeShares([{ id: 12, path: '/finance' }])
    const lanes = [0, 1, 2].map((gid) => runLane(running.openRing(`lane ${gid}`), gid, 20_000))
    for (let count = 0; count < 100; count++) {
      running.record(event({ path: `/${count}` }))
      await sleep(2)
    }
    await Promise.all(lanes)
    await running.flush()
    const { lines: written, dropped } = running.statistics
    const { items } = await running.recent({ kind: 'mount', limit: 1000 })
    const { head } = running
    await end()

    const lines = linesIn(join(path, 'audit'))
    expect(items.map((item) => item.path)).toEqual(
      Array.from({ length: 100 }, (_, index) => `/${99 - index}`),
    )
    expect(lines.filter(({ kind }) => kind === 'mount')).toHaveLength(100)
    const files = lines.filter(({ kind }) => kind === 'file')
    expect(files.every(({ subject }) => subject === 'app:payroll')).toBe(true)
    for (const gid of [0, 1, 2]) {
      const uids = files.filter((line) => line.gid === gid).map(({ uid }) => uid)
      expect(uids).toEqual([...new Set(uids)].sort((a, b) => a! - b!))
    }
    expect(files.length + dropped).toBe(60_000)
    expect(lines).toHaveLength(written)
    expect(await verifyAudit(join(path, 'audit'), { head })).toMatchObject({ ok: true, unsealed: 0 })
  })

  test('goes on after a restart, and the recent window with it', async () => {
    for (const operation of ['FIRST', 'SECOND']) {
      const running = await start()
      running.record(event({ operation }))
      await end()
    }
    const running = await start()
    const { items } = await running.recent({})
    expect(items.map(({ operation, sequence }) => [operation, sequence])).toEqual([
      ['SECOND', 3],
      ['FIRST', 2],
    ])
    expect(running.head.sequence).toBe(3)
  })

  test('drops and counts what the control plane tells faster than it can be written', async () => {
    const running = await start()
    const count = 3 * controlEventsMax
    // All in one turn of the event loop: the writer's reports cannot come in between.
    for (let index = 0; index < count; index++) running.record(event())
    expect(running.statistics.dropped).toBe(count - controlEventsMax)
    await running.flush()
    running.record(event())
    await end()
    const lines = linesIn(join(path, 'audit'))
    expect(lines.filter(({ kind }) => kind === 'mount')).toHaveLength(controlEventsMax + 1)
    expect(lines.filter(({ kind }) => kind === 'dropped')).toMatchObject([
      { events: count - controlEventsMax },
    ])
    expect(running.statistics).toEqual({ lines: controlEventsMax + 2, dropped: count - controlEventsMax })
  })

  test('keeps no secret, in the files or in the catalog', async () => {
    const secret = 'berth_0123456789abcdefghjkmnpqrstvwxyz'
    const running = await start()
    running.record(event({ path: `/@${secret}/x`, detail: { [secret]: secret } }))
    await running.flush()
    await end()
    catalog.backup(join(path, 'copy.db'))
    const files = readdirSync(join(path, 'audit')).map((name) => join(path, 'audit', name))
    for (const file of [...files, join(path, 'copy.db')]) {
      const content = readFileSync(file, 'latin1')
      expect(content).not.toContain(secret.slice(6))
      if (!file.endsWith('anchor.json')) expect(content).toContain('berth_****')
    }
  })

  test('can be verified while it is written, begins files and removes old ones', async () => {
    const running = await start({ fileSizeMax: 10_000, filesMax: 3 })
    const directory = join(path, 'audit')
    const first = () => /"file": "(.*)"/.exec(readFileSync(join(directory, 'anchor.json'), 'utf8'))![1]
    const firsts = new Set<string | undefined>()
    for (let round = 0; round < 200; round++) {
      for (let count = 0; count < 20; count++) running.record(event())
      const flushed = running.flush()
      expect(await verifyAudit(directory)).toMatchObject({ ok: true, problems: [] })
      await flushed
      firsts.add(first())
    }
    expect(firsts.size).toBeGreaterThan(10)
  })

  test('says at the start what was altered since it ended', async () => {
    const running = await start()
    running.record(event())
    await end()
    const [file] = readdirSync(join(path, 'audit')).filter((name) => name.endsWith('.jsonl'))
    const whole = readFileSync(join(path, 'audit', file!), 'utf8')
    writeFileSync(join(path, 'audit', file!), whole.replace('payroll', 'Payroll'))
    await start()
    expect(logged).toEqual(['audit is not as it was written: run berth audit verify'])
  })

  test('does not start in a directory that is none', async () => {
    writeFileSync(join(path, 'audit'), '')
    await expect(start()).rejects.toThrow(/^audit .* cannot be written: EEXIST/)
  })
})

test('kill -9 at any moment loses nothing that was flushed, and every start goes on from it', async () => {
  const source = `
    import { Audit } from ${dist('audit/index.js')}
    import { openCatalog } from ${dist('catalog/catalog.js')}
    const [directory, round] = process.argv.slice(2)
    const catalog = await openCatalog({ directory })
    const audit = await Audit.start({
      ...{ directory: directory + '/audit', catalog, limits: { fileSizeMax: 20_000, filesMax: 1000 } },
      onLog: ({ message }) => { throw new Error(message) },
      onDeath: (error) => { throw error },
    })
    for (let count = 0; ; count++) {
      const path = '/' + round + '/' + count
      audit.record({ kind: 'admin', subject: 'admin:a', address: '', operation: 'TEST', path, result: 'OK' })
      if (count % 3 > 0) continue
      await audit.flush()
      process.stdout.write(path + '\\n')
    }`
  const program = join(path, 'program.mjs')
  writeFileSync(program, source)
  const acknowledged: string[] = []
  for (let round = 0; round < 10; round++) {
    const child = spawn(process.execPath, [program, path, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })
    const closed = once(lines, 'close')
    lines.on('line', (line) => acknowledged.push(line))
    await Promise.race([once(lines, 'line'), closed])
    await sleep(Math.random() * 150)
    expect(child.kill('SIGKILL')).toBe(true)
    await closed
  }
  // The last start seals what was left.
  await start()
  await end()
  expect(acknowledged.length).toBeGreaterThan(10)
  const paths = new Set(linesIn(join(path, 'audit')).map((line) => line.path))
  expect(acknowledged.filter((each) => !paths.has(each))).toEqual([])
  expect(await verifyAudit(join(path, 'audit'))).toMatchObject({ ok: true, unsealed: 0, problems: [] })
  expect(execFileSync('find', [path, '-name', '*.jsonl', '-not', '-perm', '600'], { encoding: 'utf8' })).toBe(
    '',
  )
})

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuditBuffer, createRing } from '../../../src/audit/ring.ts'
import { verifyAudit } from '../../../src/audit/verify.ts'
import { recentFilesPerSecond } from '../../../src/audit/writer.ts'
import { eventsIn, fileEvent, filesIn, linesIn, noon, openWriter, useDirectory } from './fixture.ts'

const directory = useDirectory()
const pathsIn = () => eventsIn(directory.path).map(({ path }) => path)
const fileAt = (index: number) => join(directory.path, filesIn(directory.path).at(index)!)
const modeOf = (path: string) => statSync(path).mode & 0o777

/** Ends like a killed process: nothing more is written. */
async function leave(...paths: string[]): Promise<void> {
  const { writer, write } = await openWriter(directory.path)
  writer.sync()
  write(...paths)
}

describe('the chain', () => {
  test('is what its description says: SHA-256 over the seal before and the lines since', async () => {
    const { writer, write } = await openWriter(directory.path)
    write('/a', '/ü')
    write('/c')
    writer.close()
    let sha256 = '0'.repeat(64)
    let lines: string[] = []
    for (const line of readFileSync(fileAt(0), 'utf8').match(/.+\n/g)!) {
      const { seal } = JSON.parse(line) as { seal?: { lines: number; sha256: string } }
      if (seal === undefined) {
        lines.push(line)
        continue
      }
      sha256 = createHash('sha256')
        .update(sha256 + lines.join(''))
        .digest('hex')
      expect(seal).toEqual({ lines: lines.length, sha256 })
      lines = []
    }
    expect(lines).toEqual([])
    expect(writer.head).toEqual({ sequence: 4, sha256 })
  })

  test('is for nobody else to read, and named by when it began', async () => {
    const { writer } = await openWriter(join(directory.path, 'audit'))
    writer.close()
    expect(filesIn(join(directory.path, 'audit'))).toEqual(['audit-20260131T235959Z-1.jsonl'])
    expect(modeOf(join(directory.path, 'audit'))).toBe(0o700)
    expect(modeOf(join(directory.path, 'audit/audit-20260131T235959Z-1.jsonl'))).toBe(0o600)
    expect(modeOf(join(directory.path, 'audit/anchor.json'))).toBe(0o600)
  })

  test('goes on in the same file at the next start', async () => {
    for (const path of ['/a', '/b', '/c']) {
      const { writer, write } = await openWriter(directory.path)
      write(path)
      writer.close()
    }
    expect(pathsIn()).toEqual(['/a', '/b', '/c'])
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, files: 1, lines: 4 })
  })

  test('goes on in a new file when one is full, and lets go of the oldest', async () => {
    const limits = { fileSizeMax: 2000, filesMax: 3 }
    const { writer, write, reports } = await openWriter(directory.path, limits)
    for (let round = 0; round < 60; round++) write(`/${round}`)
    writer.close()
    expect(filesIn(directory.path)).toHaveLength(3)
    const removed = eventsIn(directory.path).filter(({ operation }) => operation === 'REMOVE_FILE')
    expect(removed.length).toBeGreaterThan(0)
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, files: 3 })
    // Numbers go on over seals, headers and files.
    const numbers = reports.flatMap(({ recent }) => recent.map(({ sequence }) => sequence))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(writer.head.sequence).toBe(numbers.at(-1))
  })

  test('numbers each line as the files have it', async () => {
    const limits = { fileSizeMax: 1000, filesMax: 100 }
    const { writer, write, reports } = await openWriter(directory.path, limits)
    for (let round = 0; round < 20; round++) write(`/a${round}`, `/b${round}`)
    writer.close()
    const lines = linesIn(directory.path).filter((line) => !('seal' in line))
    for (const { sequence, path } of reports.flatMap(({ recent }) => recent))
      expect(lines[sequence - 1]).toMatchObject({ path })
  })
})

describe('after a crash', () => {
  test('lines without a seal are sealed as they are found', async () => {
    await leave('/a')
    truncateSync(fileAt(0), readFileSync(fileAt(0)).lastIndexOf('{"seal"'))
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, unsealed: 1 })
    const { writer } = await openWriter(directory.path)
    writer.close()
    expect(linesIn(directory.path)[3]).toMatchObject({ seal: { lines: 1, recovered: true } })
    expect(eventsIn(directory.path).at(-1)).toMatchObject({
      operation: 'RECOVERED',
      result: '1 lines were not sealed',
    })
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, unsealed: 0 })
  })

  test('a torn line is kept in a record', async () => {
    await leave('/a')
    appendFileSync(fileAt(0), Buffer.from('{"at":"2026\xff', 'latin1'))
    const { writer, write } = await openWriter(directory.path)
    write('/b')
    writer.close()
    expect(linesIn(directory.path)[4]).toEqual({ torn: '{"at":"2026\xff' })
    expect(pathsIn()).toEqual(['/a', '', '/b'])
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true })
  })

  test('cut anywhere behind what was on the disk, it goes on and everything before is there', async () => {
    const limits = { fileSizeMax: 1500, filesMax: 100 }
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (cut) => {
        rmSync(directory.path, { recursive: true })
        const first = await openWriter(directory.path, limits)
        first.write('/before')
        first.writer.sync()
        const kept = statSync(fileAt(0)).size
        first.write('/x', '/y')
        first.write('/z')
        const size = statSync(fileAt(0)).size
        truncateSync(fileAt(0), kept + (cut % (size - kept + 1)))
        const second = await openWriter(directory.path, limits)
        second.write('/after')
        second.writer.close()
        expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, unsealed: 0 })
        expect(pathsIn()[0]).toBe('/before')
        expect(pathsIn().at(-1)).toBe('/after')
      }),
      { numRuns: 40 },
    )
  })

  test.each(['', '{"file":"audit-2026'])('a file that was being made (%j) is made again', async (content) => {
    await leave('/a')
    writeFileSync(join(directory.path, 'audit-20260131T235959Z-2.jsonl'), content)
    const { writer, write } = await openWriter(directory.path)
    write('/b')
    writer.close()
    expect(pathsIn()).toEqual(['/a', '/b'])
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, files: 1 })
  })

  test('a new file that the anchor does not know of yet is gone on with', async () => {
    const limits = { fileSizeMax: 300, filesMax: 100 }
    const { writer, write } = await openWriter(directory.path, limits)
    write('/a')
    writer.sync()
    const anchor = readFileSync(join(directory.path, 'anchor.json'))
    write('/b')
    expect(filesIn(directory.path)).toHaveLength(2)
    writeFileSync(join(directory.path, 'anchor.json'), anchor)
    const next = await openWriter(directory.path, limits)
    next.writer.close()
    expect(next.writer.recovery.problems).toEqual([])
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, files: 2 })
  })
})

describe('what was changed meanwhile', () => {
  const changes: [string, () => void][] = [
    ['an altered line', () => writeFileSync(fileAt(0), readFileSync(fileAt(0), 'utf8').replace('/a', '/x'))],
    ['an end that was cut off', () => truncateSync(fileAt(0), readFileSync(fileAt(0)).indexOf('{"at"'))],
    ['a missing file', () => rmSync(fileAt(0))],
    ['an altered anchor', () => appendFileSync(join(directory.path, 'anchor.json'), ' ')],
    ['a missing anchor', () => rmSync(join(directory.path, 'anchor.json'))],
  ]
  test.each(changes)(
    '%s does not keep the audit from going on, and shows for ever',
    async (_what, change) => {
      const { writer, write } = await openWriter(directory.path)
      write('/a')
      writer.close()
      change()
      for (const path of ['/b', '/c']) {
        const next = await openWriter(directory.path)
        next.write(path)
        next.writer.close()
      }
      expect(filesIn(directory.path).at(-1)).toBe('audit-20260131T235959Z-2.jsonl')
      const events = eventsIn(directory.path).slice(-3)
      expect(events).toMatchObject([{ operation: 'DAMAGED' }, { path: '/b' }, { path: '/c' }])
      expect((await verifyAudit(directory.path)).problems).toContainEqual(
        expect.objectContaining({
          what: expect.stringMatching(/^begun since the audit was altered: /) as string,
        }),
      )
    },
  )
})

describe('a round', () => {
  test('writes what lanes did, with what is known of grants and shares by then', async () => {
    const { writer } = await openWriter(directory.path)
    const lanes = [createRing(), createRing()]
    lanes.forEach((memory, index) => writer.attach(`lane ${index}`, memory))
    for (const memory of lanes) new AuditBuffer(memory).append(fileEvent())
    writer.round(() => {
      writer.describeGrant(7, { subject: 'app:payroll', address: '10.0.0.3' })
      writer.describeShare(12, '/finance')
    })
    expect(eventsIn(directory.path)).toMatchObject([
      { subject: 'app:payroll', sharePath: '/finance' },
      { subject: 'app:payroll', sharePath: '/finance' },
    ])
    writer.close()
  })

  test('knows a grant that ends for all that was done before', async () => {
    const { writer } = await openWriter(directory.path)
    const memory = createRing()
    const lane = new AuditBuffer(memory)
    writer.attach('lane', memory)
    writer.describeGrant(7, { subject: 'app:payroll', address: '' })
    lane.append(fileEvent())
    // Told during a round: what the lane did until then may be taken by the next one only.
    writer.round(() => {
      lane.append(fileEvent())
      writer.forgetGrant(7)
    })
    writer.round()
    lane.append(fileEvent())
    writer.round()
    expect(eventsIn(directory.path).map(({ subject }) => subject)).toEqual([
      'app:payroll',
      'app:payroll',
      undefined,
    ])
    writer.close()
  })

  test('tells how many events a lane had to drop, and reports them', async () => {
    const { writer, reports } = await openWriter(directory.path)
    const memory = createRing(1024)
    const lane = new AuditBuffer(memory)
    writer.attach('lane 3', memory)
    for (let count = 0; count < 100; count++) lane.append(fileEvent())
    writer.round()
    writer.close()
    const events = eventsIn(directory.path)
    const {
      kind,
      source,
      events: dropped,
    } = events.at(-1) as { kind: string; source: string; events: number }
    expect([kind, source]).toEqual(['dropped', 'lane 3'])
    expect(dropped + events.length - 1).toBe(100)
    expect(reports.reduce((sum, report) => sum + report.dropped, 0)).toBe(dropped)
  })

  test('writes more than its buffer holds, whole', async () => {
    const { writer } = await openWriter(directory.path, { fileSizeMax: 1e9, filesMax: 2 })
    const memory = createRing()
    const lane = new AuditBuffer(memory)
    writer.attach('lane', memory)
    for (let uid = 0; uid < 20_000; uid++) lane.append(fileEvent({ uid }))
    writer.round()
    writer.close()
    expect(eventsIn(directory.path).map(({ uid }) => uid)).toEqual(
      Array.from({ length: 20_000 }, (_, uid) => uid),
    )
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true })
  })

  test('reports all of the control plane for the window, and of lanes so many a second', async () => {
    const { writer, write, reports } = await openWriter(directory.path)
    const memory = createRing()
    const lane = new AuditBuffer(memory)
    writer.attach('lane', memory)
    for (let count = 0; count < recentFilesPerSecond + 500; count++) lane.append(fileEvent())
    write('/a', '/b')
    const recent = reports.flatMap((report) => report.recent)
    expect(recent.filter(({ kind }) => kind === 'file')).toHaveLength(recentFilesPerSecond)
    expect(recent.filter(({ kind }) => kind === 'mount')).toMatchObject([
      { sequence: 2, at: noon, path: '/a' },
      { sequence: 3, path: '/b' },
    ])
    writer.close()
  })
})

describe('a disk that is full', () => {
  /** The kernel refuses to let this process write files beyond a size: EFBIG, after a part was written. */
  const limitFileSize = (size: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${size}:unlimited`])

  test('loses lines and counts them, and leaves no part of them', async () => {
    const { writer, write, troubles, reports } = await openWriter(directory.path)
    write('/a')
    writer.noteLost('lane 0', 5)
    const size = statSync(fileAt(0)).size
    limitFileSize(size + 100)
    try {
      write('/b', '/c')
      write('/d')
      expect(troubles).toMatchObject([{ cause: { code: 'EFBIG' } }])
    } finally {
      limitFileSize('unlimited')
    }
    write('/e')
    expect(troubles.slice(1)).toEqual([{}])
    writer.close()
    expect(eventsIn(directory.path)).toMatchObject([
      { path: '/a' },
      { path: '/e' },
      { kind: 'dropped', source: 'lane 0', events: 5 },
      { kind: 'dropped', source: 'disk', events: 3 },
    ])
    expect(reports.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(8)
    expect(reports.reduce((sum, { lines }) => sum + lines, 0)).toBe(4)
    expect(await verifyAudit(directory.path)).toMatchObject({ ok: true, lines: 5 })
  })
})

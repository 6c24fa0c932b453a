import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FileOperation, type FileEvent } from '../../../src/audit/event.ts'
import { FileLines } from '../../../src/audit/file-lines.ts'
import { controlLine, droppedLine, textSizeMax } from '../../../src/audit/line.ts'
import { AuditBuffer, createRing, RingReader } from '../../../src/audit/ring.ts'
import { maskTokens } from '../../../src/config/secrets.ts'
import { fileEvent, mountEvent, noon } from './fixture.ts'

/** The line of one event, by way of a ring: as text and as the bytes that are written, which are the same. */
function lineOf(event: FileEvent, lines = describedLines()) {
  const memory = createRing(16_384)
  new AuditBuffer(memory).append(event)
  const reader = new RingReader(memory)
  let line
  reader.take(reader.appended(), (record, bytes) => {
    const text = lines.text(record, bytes)
    const output = Buffer.alloc(65_536)
    for (const start of [0, 3, 100]) {
      const end = lines.write(record, bytes, output, start)
      expect(output.toString('utf8', start, end)).toBe(text)
    }
    line = lines.line(record, bytes, text)
  })
  return line! as ReturnType<FileLines['line']>
}

function describedLines(): FileLines {
  const lines = new FileLines()
  lines.describeGrant(7, { subject: 'app:payroll', address: '10.0.0.3' })
  lines.describeShare(12, '/finance/payroll')
  return lines
}

describe('a file operation', () => {
  test('is one line of JSON', () => {
    expect(lineOf(fileEvent()).line).toBe(
      '{"at":"2026-01-31T23:59:59.999Z","kind":"file","subject":"app:payroll","address":"10.0.0.3","grant":7,' +
        '"uid":1000,"gid":100,"operation":"CREATE","share":12,"sharePath":"/finance/payroll","path":"a/b","result":"OK"}',
    )
  })

  test('says where a rename led and why it failed', () => {
    const to = { toDirectory: Buffer.from('c/d'), toName: Buffer.from('e') }
    const event = fileEvent({ ...to, operation: FileOperation.RENAME, status: 70 })
    expect(JSON.parse(lineOf(event).line)).toMatchObject({ path: 'a/b', to: 'c/d/e', result: 'STALE' })
  })

  test('can be asked for by its logical path', () => {
    expect(lineOf(fileEvent())).toMatchObject({
      ...{ at: noon, kind: 'file', subject: 'app:payroll', address: '10.0.0.3', grant: 7, shareId: 12 },
      ...{ operation: 'CREATE', path: '/finance/payroll/a/b', result: 'OK' },
    })
    const root = fileEvent({ directory: Buffer.alloc(0), name: Buffer.alloc(0) })
    expect(lineOf(root).path).toBe('/finance/payroll')
  })

  test('of an unknown grant, share, operation or status has their numbers', () => {
    const event = fileEvent({ operation: 99 as FileOperation, status: 98 as FileEvent['status'] })
    expect(lineOf(event, new FileLines()).line).toBe(
      '{"at":"2026-01-31T23:59:59.999Z","kind":"file","grant":7,"uid":1000,"gid":100,"operation":"99","share":12,' +
        '"path":"a/b","result":"98"}',
    )
  })

  test('keeps the bytes of a name that is not UTF-8', () => {
    const event = fileEvent({ name: Buffer.from([0x61, 0xff, 0x22]) })
    expect(lineOf(event).line).toContain('"path":"a/a\ufffd\\"","pathBase64":"YS9h/yI="')
  })

  test('with any names is one line that gives them back', () => {
    const name = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(name, name, (from, to) => {
        const none = Buffer.alloc(0)
        const names = { directory: none, name: from, toDirectory: none, toName: to }
        const { line } = lineOf(fileEvent(names))
        expect(line).not.toContain('\n')
        const parsed = JSON.parse(line) as Record<string, string>
        for (const [key, bytes] of [['path', from] as const, ['to', to] as const]) {
          const base64 = parsed[`${key}Base64`]
          expect(base64 === undefined).toBe(isUtf8(bytes))
          const back = base64 === undefined ? Buffer.from(parsed[key]!) : Buffer.from(base64, 'base64')
          expect(back.equals(bytes)).toBe(true)
        }
      }),
    )
  })
})

describe('an event of the control plane', () => {
  test('is one line of JSON', () => {
    const line = controlLine({ ...mountEvent, detail: { labels: { pod: 'a\nb' } } }, 0)
    expect(line.line).toBe(
      '{"at":"2026-01-31T23:59:59.999Z","kind":"mount","subject":"app:payroll","address":"10.0.0.3","grant":7,' +
        '"operation":"MOUNT","share":12,"path":"/finance","result":"OK","detail":{"labels":{"pod":"a\\nb"}}}',
    )
    expect(line).toMatchObject({ at: noon, kind: 'mount', grant: 7, shareId: 12, path: '/finance' })
  })

  test('happens now, unless it says when', () => {
    const { kind, subject, address, operation, path, result } = mountEvent
    const event = { kind, subject, address, operation, path, result }
    expect(controlLine(event, noon).at).toBe(noon)
  })

  test('is bounded', () => {
    const long = 'ü'.repeat(100_000)
    const line = controlLine({ ...mountEvent, path: long, detail: { long } }, 0)
    expect(line.path).toHaveLength(textSizeMax)
    expect(JSON.parse(line.line)).toMatchObject({ detail: { cut: expect.any(String) as string } })
    expect(line.line.length).toBeLessThan(10_000)
  })

  test('that was lost is told of with a number', () => {
    expect(droppedLine('lane 1', 3, noon).line).toBe(
      '{"at":"2026-01-31T23:59:59.999Z","kind":"dropped","source":"lane 1","events":3}',
    )
  })
})

describe('no secret', () => {
  const secret = fc
    .tuple(fc.constantFrom('berth', 'bticket', 'BERTH'), fc.stringMatching(/^[0-9a-z]{8,60}$/))
    .map(([prefix, rest]) => ({ text: `${prefix}_${rest}`, rest, mask: `${prefix}_****` }))
  const around = fc.constantFrom('', '/', '"', '\\', 'ü', '@', '\u{1f512}', ' ')

  test('is in a line, whatever is around it', () => {
    fc.assert(
      fc.property(secret, around, around, ({ text, rest, mask }, before, after) => {
        const whole = `${before}${text}${after}`
        const detail = { [whole]: [whole] }
        const event = { ...mountEvent, subject: whole, path: whole, result: whole, detail }
        const file = fileEvent({ name: Buffer.from(whole), toName: Buffer.from(whole) })
        const lines = describedLines()
        lines.describeGrant(7, { subject: whole, address: whole })
        lines.describeShare(12, whole)
        for (const line of [controlLine(event, 0), lineOf(file, lines)]) {
          expect(JSON.stringify(line)).not.toContain(rest)
          expect(line.path).toContain(mask)
          expect(line.subject).toBe(`${before}${mask}${after}`)
        }
      }),
    )
  })

  test('is in the base64 of a name that is not UTF-8', () => {
    const name = Buffer.concat([Buffer.from([0xff]), Buffer.from('berth_0123456789abcdef')])
    const { pathBase64 } = JSON.parse(lineOf(fileEvent({ name })).line) as Record<string, string>
    expect(Buffer.from(pathBase64!, 'base64').toString('latin1')).toBe('a/\xffberth_****')
  })

  test('remains of texts that hold several', () => {
    expect(maskTokens('berth_00000000berth_11111111 bticket_2222222z')).toBe('berth_**** bticket_****')
    expect(maskTokens('berth_abcberth_11111111')).toBe('berth_****')
    expect(maskTokens('berth_berth_11111111')).toBe('berth_****')
    expect(maskTokens('berth_short')).toBe('berth_short')
  })
})

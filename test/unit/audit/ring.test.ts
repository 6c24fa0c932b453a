import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FileEvent } from '../../../src/audit/event.ts'
import {
  AuditBuffer,
  createRing,
  directorySizeMax,
  nameSizeMax,
  RingReader,
} from '../../../src/audit/ring.ts'
import { fileEvent } from './fixture.ts'

interface Taken {
  readonly event: Omit<FileEvent, 'directory' | 'name'>
  readonly path: Buffer
  readonly to: Buffer
  readonly isCut: boolean
}

function takeAll(reader: RingReader): Taken[] {
  const taken: Taken[] = []
  reader.take(reader.appended(), (record, bytes) => {
    const { at, operation, status, grant, shareId, uid, gid, isCut, pathStart, pathEnd, toEnd } = record
    taken.push({
      event: { at, operation, status, grant, shareId, uid, gid } as Taken['event'],
      path: Buffer.from(bytes.subarray(pathStart, pathEnd)),
      to: Buffer.from(bytes.subarray(pathEnd, toEnd)),
      isCut,
    })
  })
  return taken
}

function joined(directory: Uint8Array, name: Uint8Array): Buffer {
  const slash = directory.length > 0 && name.length > 0 ? '/' : ''
  return Buffer.concat([directory, Buffer.from(slash), name])
}

function expected({ directory, name, toDirectory, toName, ...event }: FileEvent): Taken {
  const nothing = Buffer.alloc(0)
  const to = joined(toDirectory ?? nothing, toName ?? nothing)
  return { event, path: joined(directory, name), to, isCut: false }
}

const uint32 = fc.nat({ max: 0xffff_ffff })
const path = fc.uint8Array({ maxLength: 100 })
const anyEvent: fc.Arbitrary<FileEvent> = fc
  .record({
    ...{
      at: fc.nat({ max: 8.64e15 }),
      operation: fc.nat(33),
      status: uint32,
      grant: uint32,
      shareId: uint32,
    },
    ...{ uid: uint32, gid: uint32, directory: path, name: path, toDirectory: path, toName: path },
  })
  .map((event) => event as FileEvent)

describe('a ring', () => {
  test('gives what was appended, in order, or counts it as dropped', () => {
    const step = fc.oneof(anyEvent, fc.constant('take' as const))
    const start = fc.constantFrom(0, 0xffff_ff00, 0x7fff_fffc)
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60 }), (position, steps) => {
        const memory = createRing(2048)
        // As after 4 GiB: the counters wrap.
        new Uint32Array(memory).set([position, position, 0xffff_fffe])
        const buffer = new AuditBuffer(memory)
        const reader = new RingReader(memory)
        const fits: FileEvent[] = []
        const taken: Taken[] = []
        let dropped = 0
        for (const each of [...steps, 'take' as const]) {
          if (each === 'take') {
            taken.push(...takeAll(reader))
            continue
          }
          buffer.append(each)
          const news = reader.takeDropped()
          dropped += news
          if (news === 0) fits.push(each)
        }
        expect(taken).toEqual(fits.map(expected))
        expect(fits.length + dropped).toBe(steps.filter((each) => each !== 'take').length)
      }),
    )
  })

  test('is full only when it is: an event that was taken makes room for one more', () => {
    const memory = createRing(256)
    const buffer = new AuditBuffer(memory)
    const reader = new RingReader(memory)
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 3; count++) buffer.append(fileEvent({ uid: count }))
      expect(reader.takeDropped()).toBe(0)
      expect(takeAll(reader).map(({ event }) => event.uid)).toEqual([0, 1, 2])
    }
    for (let count = 0; count < 10; count++) buffer.append(fileEvent())
    expect(reader.takeDropped()).toBe(10 - takeAll(reader).length)
    expect(reader.takeDropped()).toBe(0)
  })

  test('cuts what is longer than any path, and says so', () => {
    const memory = createRing(16_384)
    const buffer = new AuditBuffer(memory)
    const reader = new RingReader(memory)
    const long = Buffer.alloc(100_000, 'x')
    buffer.append(fileEvent({ directory: long }))
    buffer.append(fileEvent({ toDirectory: Buffer.from('c'), toName: long }))
    buffer.append(fileEvent())
    const [first, second, third] = takeAll(reader)
    expect(first!.path).toEqual(Buffer.from(`${'x'.repeat(directorySizeMax)}/b`))
    expect(second!.to).toEqual(Buffer.from(`c/${'x'.repeat(nameSizeMax)}`))
    expect([first!.isCut, second!.isCut, third!.isCut]).toEqual([true, true, false])
  })
})

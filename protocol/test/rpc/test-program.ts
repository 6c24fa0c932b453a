import type { RpcCall, RpcProcedure, RpcProgram } from 'nfs-server-ts'

/** Procedures of the program under test, by number. */
export const Test = {
  NULL: 0,
  ADD_ONE: 1,
  ONCE: 2,
  LATE: 3,
  LATE_ONCE: 4,
  BUG: 5,
  DATA: 6,
  WHO: 7,
  LATE_BUG: 8,
  STATUS: 9,
  LATE_STATUS: 10,
} as const

const testStatuses = { OK: 0, NOENT: 2, JUKEBOX: 10008 }

/** Program 300000: procedures that show what the RPC layer does with them. */
export class TestProgram {
  /** Runs of ONCE and LATE_ONCE. */
  runs = 0
  calls: RpcCall['credentials'][] = []
  /** Each lets one LATE or LATE_ONCE go on. */
  readonly waiting: (() => void)[] = []

  release(): void {
    for (const go of this.waiting.splice(0)) go()
  }

  readonly program: RpcProgram = {
    name: 'test',
    program: 300000,
    versions: [
      { version: 1, procedures: this.#procedures() },
      { version: 3, procedures: [procedure('NULL', () => undefined)] },
    ],
  }

  #procedures(): RpcProcedure[] {
    const late = async (value: number) => {
      await new Promise<void>((resolve) => this.waiting.push(resolve))
      return value
    }
    return [
      procedure('NULL', () => undefined),
      procedure('ADD_ONE', (reader, _call, writer) => writer.uint32(reader.uint32() + 1)),
      once('ONCE', (reader, _call, writer) => {
        reader.uint32()
        writer.uint32(++this.runs)
      }),
      procedure('LATE', async (reader) => {
        const value = await late(reader.uint32())
        return (writer) => writer.uint32(value)
      }),
      once('LATE_ONCE', async (reader) => {
        reader.uint32()
        const run = ++this.runs
        await late(0)
        return (writer) => writer.uint32(run)
      }),
      procedure('BUG', (_reader, _call, writer) => {
        writer.uint32(0xdead)
        throw new TypeError('a bug')
      }),
      // As READ does: room for the data is made first, and it is written in place.
      procedure('DATA', (reader, _call, writer) => {
        const size = reader.uint32()
        const lengthAt = writer.offset
        writer.uint32(0)
        writer.ensure(size + 3)
        writer.buffer.fill(size & 0xff, writer.offset, writer.offset + size)
        writer.advanceOpaque(size)
        writer.patchUint32(lengthAt, size)
      }),
      procedure('WHO', (_reader, call) => void this.calls.push(call.credentials)),
      procedure('LATE_BUG', async () => {
        await late(0)
        throw new TypeError('a late bug')
      }),
      // Their result begins with the status that they are given.
      {
        ...procedure('STATUS', (reader, _call, writer) => writer.uint32(reader.uint32())),
        statuses: testStatuses,
      },
      {
        ...procedure('LATE_STATUS', async (reader) => {
          const status = await late(reader.uint32())
          return (writer) => writer.uint32(status)
        }),
        statuses: testStatuses,
      },
    ]
  }
}

function procedure(name: string, run: RpcProcedure['run']): RpcProcedure {
  return { name, replyCached: false, run }
}

function once(name: string, run: RpcProcedure['run']): RpcProcedure {
  return { name, replyCached: true, run }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNfs3Program, Nfs3ProcedureNumber, nfs3Program, nfs3Version } from 'nfs-server-ts'
import { DirectTransport, MemoryBackend, Nfs3Client, RpcCallError } from 'nfs-server-ts/testing'
import { readGolden, ReplayTransport } from './golden.ts'

const none = Buffer.alloc(0)

/** Reads a reply as the client would; throws for one that is not to the letter. */
const decoders: Record<number, (client: Nfs3Client) => Promise<unknown>> = {
  [Nfs3ProcedureNumber.NULL]: (c) => c.null(),
  [Nfs3ProcedureNumber.GETATTR]: (c) => c.getattr(none),
  [Nfs3ProcedureNumber.SETATTR]: (c) => c.setattr(none, {}),
  [Nfs3ProcedureNumber.LOOKUP]: (c) => c.lookup(none, none),
  [Nfs3ProcedureNumber.ACCESS]: (c) => c.access(none, 0),
  [Nfs3ProcedureNumber.READLINK]: (c) => c.readlink(none),
  [Nfs3ProcedureNumber.READ]: (c) => c.read(none, 0, 0xffff_ffff),
  [Nfs3ProcedureNumber.WRITE]: (c) => c.write(none, 0, none),
  [Nfs3ProcedureNumber.CREATE]: (c) => c.create(none, none, { mode: 'GUARDED', attributes: {} }),
  [Nfs3ProcedureNumber.MKDIR]: (c) => c.mkdir(none, none, {}),
  [Nfs3ProcedureNumber.SYMLINK]: (c) => c.symlink(none, none, none),
  [Nfs3ProcedureNumber.MKNOD]: (c) => c.mknod(none, none, { type: 1 }),
  [Nfs3ProcedureNumber.REMOVE]: (c) => c.remove(none, none),
  [Nfs3ProcedureNumber.RMDIR]: (c) => c.rmdir(none, none),
  [Nfs3ProcedureNumber.RENAME]: (c) => c.rename(none, none, none, none),
  [Nfs3ProcedureNumber.LINK]: (c) => c.link(none, none, none),
  [Nfs3ProcedureNumber.READDIR]: (c) => c.readdir(none, 0),
  [Nfs3ProcedureNumber.READDIRPLUS]: (c) => c.readdirplus(none, 0, 0),
  [Nfs3ProcedureNumber.FSSTAT]: (c) => c.fsstat(none),
  [Nfs3ProcedureNumber.FSINFO]: (c) => c.fsinfo(none),
  [Nfs3ProcedureNumber.PATHCONF]: (c) => c.pathconf(none),
  [Nfs3ProcedureNumber.COMMIT]: (c) => c.commit(none),
}

/** A tree with one object of each kind; the handles of all. */
async function plant() {
  const backend = new MemoryBackend()
  const transport = new DirectTransport(createNfs3Program(backend))
  const client = new Nfs3Client(transport)
  const made = [
    await client.mkdir(backend.root, 'dir', { mode: 0o755 }),
    await client.create(backend.root, 'foo', { mode: 'GUARDED', attributes: { mode: 0o644 } }),
    await client.symlink(backend.root, 'sym', 'foo'),
    await client.mknod(backend.root, 'fifo', { type: 7, attributes: { mode: 0o644 } }),
  ]
  const handles = made.map((each) => ('object' in each ? (each.object ?? none) : none))
  return { transport, handles: [backend.root, ...handles] }
}

async function answer(transport: DirectTransport, procedure: number, args: Buffer): Promise<void> {
  const credentials = { flavor: 'sys', machineName: '', uid: 0, gid: 0, gids: [] } as const
  const request = { program: nfs3Program, version: nfs3Version, procedure, credentials, args }
  let reply: Buffer
  try {
    const reader = await transport.call(request)
    reply = Buffer.from(reader.buffer.subarray(reader.offset, reader.end))
  } catch (error) {
    // Anything else is a bug of ours.
    expect(error).toBeInstanceOf(RpcCallError)
    expect((error as RpcCallError).failure).toBe('GARBAGE_ARGS')
    return
  }
  await decoders[procedure]?.(new Nfs3Client(new ReplayTransport(reply)))
}

const anyProcedure = fc.integer({ min: 0, max: 21 })
const files = [
  ['getattr', 1],
  ['setattr-times', 2],
  ['lookup', 3],
  ['access', 4],
  ['readlink', 5],
  ['read', 6],
  ['write', 7],
  ['create', 8],
  ['mkdir', 9],
  ['symlink', 10],
  ['mknod-device', 11],
  ['remove', 12],
  ['rmdir', 13],
  ['rename', 14],
  ['link', 15],
  ['readdir', 16],
  ['readdirplus', 17],
  ['fsstat', 18],
  ['fsinfo', 19],
  ['pathconf', 20],
  ['commit', 21],
] as const

/** The captured call with handles of this tree in place of the captured ones. */
function transplant(file: string, handles: readonly Buffer[]): Buffer {
  const golden = readGolden(file)
  let call = golden.call
  for (const [index, handle] of handles.entries()) {
    const old = golden.handles[index]
    if (old === undefined) break
    const at = call.indexOf(old) - 4
    const size = Buffer.alloc(4)
    size.writeUInt32BE(handle.length)
    call = Buffer.concat([call.subarray(0, at), size, handle, call.subarray(at + 4 + old.length)])
  }
  return call
}

describe('any bytes into any procedure', () => {
  it('are garbage or get a well-formed reply', async () => {
    const { transport } = await plant()
    await fc.assert(
      fc.asyncProperty(anyProcedure, fc.uint8Array({ maxLength: 300 }), (procedure, args) =>
        answer(transport, procedure, Buffer.from(args)),
      ),
      { numRuns: 2000 },
    )
  })

  it('that are a real call with real handles, changed here and there, too', async () => {
    const { transport, handles } = await plant()
    const change = fc.record({ at: fc.nat(200), to: fc.constantFrom(0, 1, 2, 3, 7, 0x2f, 0x7f, 0x80, 0xff) })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.shuffledSubarray(handles, { minLength: 2 }),
        fc.array(change, { maxLength: 4 }),
        fc.option(fc.nat(200)),
        ([file, procedure], chosen, changes, end) => {
          const args = Buffer.from(transplant(file, chosen))
          for (const { at, to } of changes) if (at < args.length) args[at] = to
          return answer(transport, procedure, end === null ? args : args.subarray(0, end))
        },
      ),
      { numRuns: 3000 },
    )
  })
})

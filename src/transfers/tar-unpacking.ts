import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { addAbortSignal, PassThrough, Transform, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ServiceError } from '../config/service-error.ts'
import { endGroup, endOf, gather, programPath, type ProgramEnd } from '../service/child-process.ts'
import { shown } from '../service/shown.ts'
import { MemberList } from './member-list.ts'
import { keptAttributes } from './tar-options.ts'

/** KiB of address space of a tar: it keeps all hard links and directories, and headers as long as they say they are. */
const memoryKibMax = 4 * 1024 * 1024
/** Bytes that are kept of what tar complains of. */
const complaintSizeMax = 64 * 1024
/** Lines of it that are told of a tar that was unpacked. */
const warningCountMax = 10
/** Characters of the begin and end of a line that are shown. */
const clipSize = 45
const isRoot = process.geteuid!() === 0

/** By the bytes that it begins with, the program that decompresses it. */
const decompressors = [
  { begin: Buffer.from([0x1f, 0x8b]), program: 'gzip', args: ['-d', '-c'] },
  // It refuses what would need over 128 MiB of memory.
  { begin: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), program: 'zstd', args: ['-d', '-c', '-q'] },
] as const
const beginSize = 4
const idleMsDefault = 10 * 60_000
type Decompressor = (typeof decompressors)[number]

export interface UnpackOrder {
  /** The tar, also compressed by gzip or zstd. Its error ends the unpacking. */
  readonly body: Readable
  /** Absolute path of an empty directory that is closed to others. */
  readonly root: string
  /** Most bytes of the tar, decompressed, and most objects in it. */
  readonly bytesMax: number
  readonly filesMax: number
  /** What is done with devices: the tar is refused, or they are left out. */
  readonly devices: 'refuse' | 'skip'
  /** Leading directories that are left out of each name. */
  readonly stripComponents: number
  /** Time in which nothing comes, after which the tar has broken off; default 10 minutes. */
  readonly idleMsMax?: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: { files: number; bytes: number }) => void
}

export interface Unpacked {
  readonly files: number
  /** Of the tar, decompressed. */
  readonly bytes: number
  readonly warnings: readonly string[]
}

type Program = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Unpacks a tar by GNU tar, with numeric owners, modes, times, extended attributes `user.*`, ACLs, hard links and holes.
 * GNU tar strips leading slashes, refuses `..`, and makes symlinks that lead outside only when all else is done.
 * @throws {ServiceError} `invalid` for what is no tar or hostile, `limit`, `unavailable`; what `body` or `signal` say
 */
export async function unpackTar(order: UnpackOrder): Promise<Unpacked> {
  const { body, root, signal, devices, idleMsMax = idleMsDefault } = order
  const fault = new AbortController()
  const stop = AbortSignal.any([signal, fault.signal])
  const intake = takeIn(body, stop, idleMsMax)
  const unpacking = new Unpacking(order, fault)
  try {
    const begin = await beginning(intake)
    if (begin.length < beginSize) throw new ServiceError('invalid', 'it is empty, and no tar')
    intake.unshift(begin)
    const packed = decompressors.find(({ begin: magic }) => begin.subarray(0, magic.length).equals(magic))
    const complaints = await unpacking.run(intake, packed, stop)
    if (unpacking.members.deviceCount > 0 && devices === 'skip') await removeDevices(root, stop)
    // What comes after the end of a tar is nothing to anybody, but who sends it waits.
    body.unpipe(intake).resume()
    return { ...unpacking.progress, warnings: [...complaints, ...unpacking.warnings()] }
  } catch (error) {
    stop.throwIfAborted()
    throw error
  } finally {
    // Its own end is for who has it: a request must still be answered.
    body.unpipe(intake)
    intake.destroy()
  }
}

/** What is unpacked, without the power to end where it comes from. It breaks off where that does. */
function takeIn(body: Readable, stop: AbortSignal, idleMsMax: number): PassThrough {
  const intake = addAbortSignal(stop, new PassThrough())
  const breakOff = (error?: Error): void => {
    if (body.readableEnded) return
    const why = error === undefined ? '' : `: ${error.message}`
    intake.destroy(new ServiceError('unavailable', `the tar broke off${why}`, { cause: error }))
  }
  body.once('error', breakOff)
  body.once('close', () => breakOff())
  // What it fails with is told by who reads it.
  intake.on('error', () => {})
  const idle = setTimeout(() => {
    // Then it is tar that is slow.
    if (intake.writableNeedDrain) idle.refresh()
    else breakOff(new Error(`nothing came for ${idleMsMax / 1000} s`))
  }, idleMsMax)
  body.on('data', () => idle.refresh())
  intake.once('close', () => clearTimeout(idle))
  if (body.destroyed) breakOff()
  else body.pipe(intake)
  return intake
}

/** What is known of one unpacking while it goes on. */
class Unpacking {
  readonly members: MemberList
  readonly #order: UnpackOrder
  readonly #fault: AbortController
  #bytes = 0

  constructor(order: UnpackOrder, fault: AbortController) {
    this.#order = order
    this.#fault = fault
    const { filesMax, devices } = order
    this.members = new MemberList((list, line) => {
      if (list.count > filesMax)
        this.#refuse('limit', `the tar has over ${filesMax} objects (imports.tarFiles)`)
      else if (list.deviceCount > 0 && devices === 'refuse')
        this.#refuse(
          'invalid',
          `the tar has a device in it: ${shown(line)}. Have devices left out, or leave it`,
        )
    })
  }

  get progress(): { files: number; bytes: number } {
    return { files: this.members.count, bytes: this.#bytes }
  }

  /** Lets it all flow through the programs. Answers what they complained of. @throws what `fault` has, or a program's */
  async run(intake: Readable, packed: Decompressor | undefined, stop: AbortSignal): Promise<string[]> {
    const tar = start('tar', argsOf(this.#order))
    tar.stdout.on('data', (chunk: Buffer) => this.members.add(chunk))
    const programs: Running[] = []
    const flows: Promise<void>[] = []
    let source = intake
    if (packed !== undefined) {
      const child = start(packed.program, packed.args)
      programs.push(new Running(packed.program, child, stop))
      flows.push(pipeline(intake, child.stdin, { signal: stop }))
      source = child.stdout
    }
    programs.push(new Running('tar', tar, stop))
    flows.push(pipeline(source, this.#counter(), tar.stdin, { signal: stop }))
    for (const flow of await Promise.allSettled(flows))
      if (flow.status === 'rejected' && !isEndOfReader(flow.reason)) this.#fault.abort(flow.reason)
    const ends = await Promise.allSettled(programs.map((program) => program.done()))
    stop.throwIfAborted()
    return ends.flatMap((end) => {
      if (end.status === 'rejected') throw end.reason
      return linesOf(end.value)
    })
  }

  #counter(): Transform {
    const { bytesMax, onProgress } = this.#order
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        this.#bytes += chunk.length
        if (this.#bytes > bytesMax)
          this.#refuse(
            'limit',
            `the tar is over ${bytesMax} bytes (imports.tarBytes, or the quota of the share)`,
          )
        onProgress(this.progress)
        done(null, chunk)
      },
    })
  }

  warnings(): string[] {
    const { deviceCount } = this.members
    return deviceCount === 0 ? [] : [`${deviceCount} devices were left out`]
  }

  #refuse(code: 'limit' | 'invalid', message: string): void {
    this.#fault.abort(new ServiceError(code, message))
  }
}

/** A program that works on the tar; ended early by a signal. */
class Running {
  readonly #name: string
  readonly #ended: Promise<ProgramEnd>
  readonly #complaints: ReturnType<typeof gather>
  readonly #forget: () => void

  constructor(name: string, child: Program, stop: AbortSignal) {
    this.#name = name
    const ended = endOf(child)
    this.#ended = ended
    this.#complaints = gather([child.stderr], complaintSizeMax)
    const end = (): void =>
      void endGroup(
        child,
        ended.catch(() => {}),
      )
    if (stop.aborted) end()
    else stop.addEventListener('abort', end)
    this.#forget = () => stop.removeEventListener('abort', end)
    // It is waited for later.
    ended.catch(() => {})
    child.stdin.on('error', () => {})
  }

  /** What it complained of. @throws {ServiceError} if it failed */
  async done(): Promise<string> {
    try {
      const { code, by } = await this.#ended.catch((cause: unknown) => {
        const message = `${this.#name} cannot be run: ${(cause as Error).message}`
        throw new ServiceError('unavailable', message, { cause })
      })
      const text = await this.#complaints.text()
      // Who reads what it decompresses has ended, and says why.
      if (code === 0 || by === 'SIGPIPE') return text
      throw failure(this.#name, text || (code === null ? `it was ended by ${by}` : `exit code ${code}`))
    } finally {
      this.#forget()
      this.#complaints.close()
    }
  }
}

function failure(program: string, why: string): ServiceError {
  const isOurs = /No space left|Disk quota|Read-only file system|Input\/output error|memory/.test(why)
  return new ServiceError(
    isOurs ? 'unavailable' : 'invalid',
    `the tar was not unpacked, ${program} says: ${linesOf(why).slice(0, 3).join(', ')}`,
  )
}

function start(program: string, args: readonly string[]): Program {
  const limited = ['-c', `ulimit -v ${memoryKibMax}; exec "$@"`, 'sh', program, ...args]
  return spawn('/bin/sh', limited, {
    cwd: '/',
    // Messages as they are, and not as the machine's language has them.
    env: { PATH: programPath, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
}

function argsOf({ root, stripComponents }: UnpackOrder): string[] {
  return [
    '--extract',
    '--file=-',
    `--directory=${root}`,
    // Each object is a line, whatever its name; see MemberList.
    '--verbose',
    '--verbose',
    '--quoting-style=escape',
    '--numeric-owner',
    // Without root everything is the server's own user's.
    isRoot ? '--same-owner' : '--no-same-owner',
    '--preserve-permissions',
    '--delay-directory-restore',
    // Clocks differ.
    '--warning=no-timestamp',
    ...keptAttributes,
    `--strip-components=${stripComponents}`,
  ]
}

/** By now nobody but the owner of the store can have seen them. */
async function removeDevices(root: string, stop: AbortSignal): Promise<void> {
  const child = start('find', [root, '-xdev', '(', '-type', 'b', '-o', '-type', 'c', ')', '-delete'])
  child.stdin.end()
  child.stdout.resume()
  await new Running('find', child, stop).done()
}

/** Names may be long; what is wrong with them stands at the end. */
function clipped(line: string): string {
  return line.length <= 2 * clipSize ? line : `${line.slice(0, clipSize)}…${line.slice(-clipSize)}`
}

function linesOf(complaints: string): string[] {
  const lines = complaints.split('\n').filter((line) => line !== '' && !line.includes('Exiting with failure'))
  return lines.slice(0, warningCountMax).map((line) => shown(clipped(line.replace(/^\w+: /, ''))))
}

/** So much of it that can be told how it is compressed; shorter only at its end. */
async function beginning(intake: PassThrough): Promise<Buffer> {
  let begin = Buffer.alloc(0)
  for await (const chunk of intake.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    begin = Buffer.concat([begin, chunk])
    if (begin.length >= beginSize) break
  }
  return begin
}

/** A program that has ended takes no more; why it ended it says itself. */
function isEndOfReader(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED'
}

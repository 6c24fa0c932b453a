import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a program that was told to end may take for it. */
const endMsMax = 5000
/** How long the output of a program that has ended is waited for: what it started may still hold it. */
const outputMsMax = 500

/** The search path of programs that Berth starts: nothing of its own environment, which may have secrets. */
export const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface ProgramEnd {
  readonly code: number | null
  /** The signal that ended it. */
  readonly by: string
}

/** Resolves when a program has ended. @throws {Error} if it could not be started */
export function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, by: signal ?? 'a signal' }))
  })
}

/** Asks a program and all it started to end, then ends them. It was started `detached`: in a process group of its own. */
export async function endGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  await Promise.race([ended, sleep(endMsMax, undefined, { ref: false })])
  signalGroup(child, 'SIGKILL')
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // None of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Reads all, so that nobody waits, and keeps the beginning: `sizeMax` bytes. */
export function gather(streams: readonly Readable[], sizeMax: number) {
  const chunks: Buffer[] = []
  let size = 0
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      if (size < sizeMax) chunks.push(chunk.subarray(0, sizeMax - size))
      size += chunk.length
    })
  const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
  return {
    /** What was said, when the program has ended. */
    async text(): Promise<string> {
      await Promise.race([closed, sleep(outputMsMax, undefined, { ref: false })])
      const text = Buffer.concat(chunks).toString().trim()
      return size > sizeMax ? `${text}… (${size} bytes)` : text
    },
    close: () => streams.forEach((stream) => stream.destroy()),
  }
}

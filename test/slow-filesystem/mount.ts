import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A filesystem that takes its time, over a directory of its own. */
export interface SlowFilesystem {
  /** Where it is mounted. */
  readonly path: string
  /** The same files without delay. */
  readonly behind: string
  /** Milliseconds that each call takes from now on, those that wait included; `hang`: none is answered. */
  take(delay: number | 'hang'): void
  unmount(): Promise<void>
}

/** Why it cannot be mounted here, as a sentence; undefined: it can. */
export const slowFilesystemMissing =
  process.getuid!() !== 0
    ? 'only root may mount filesystems'
    : existsSync('/dev/fuse')
      ? undefined
      : 'there is no /dev/fuse'

const source = fileURLToPath(new URL('slow-filesystem.c', import.meta.url))

/** Mounts one without delay. To be unmounted, or it stays. */
export async function mountSlowFilesystem(): Promise<SlowFilesystem> {
  const top = mkdtempSync(join(tmpdir(), 'berth-slow-'))
  const [program, behind, path, control] = ['program', 'behind', 'mounted', 'control'].map((name) =>
    join(top, name),
  ) as [string, string, string, string]
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', program, source])
  for (const directory of [behind, path]) mkdirSync(directory)
  const controlFd = openSync(control, 'w')
  const take = (delay: number | 'hang') => {
    const bytes = Buffer.alloc(4)
    new Int32Array(bytes.buffer, bytes.byteOffset, 1)[0] = delay === 'hang' ? -1 : delay
    writeSync(controlFd, bytes, 0, 4, 0)
  }
  take(0)
  const child = spawn(program, [behind, path, control], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [said] = (await Promise.race([once(child.stdout, 'data'), exited])) as unknown[]
  if (!String(said).startsWith('mounted')) throw new Error(`slow-filesystem ended with ${String(said)}`)
  return {
    path,
    behind,
    take,
    async unmount() {
      take(0)
      execFileSync('umount', ['--lazy', path])
      // Whoever has files open there still gets errors.
      child.kill('SIGKILL')
      await exited
      closeSync(controlFd)
      rmSync(top, { recursive: true })
    },
  }
}

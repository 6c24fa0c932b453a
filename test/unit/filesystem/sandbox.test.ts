import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { native } from '../../../src/native/index.ts'

const addon = fileURLToPath(new URL('../../../build/berth.node', import.meta.url))

/** Runs a script that has the addon as `native`, in a process of its own for which one system call fails. */
function runWithout(call: string, errno: string, script: string, ...args: string[]) {
  const program = `const native = require(${JSON.stringify(addon)}); ${script}`
  const strace = ['-f', '-qq', '-e', `trace=${call}`, '-e', `inject=${call}:error=${errno}`]
  return spawnSync('strace', [...strace, process.execPath, '-e', program, ...args], { encoding: 'utf8' })
}

const canTrace = runWithout('getsid', 'ENOSYS', '').status === 0
const isRoot = process.getuid!() === 0

// A container's seccomp profile answers system calls that it does not list with ENOSYS or EPERM.
describe.runIf(canTrace)('in a sandbox (needs strace)', () => {
  let directory: string
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'berth-sandbox-'))))
  afterEach(() => rmSync(directory, { recursive: true }))

  it.runIf(isRoot)(
    'access without faccessat2 is refused, never granted as to the process (needs root)',
    () => {
      const file = join(directory, 'secret')
      writeFileSync(file, 'secret', { mode: 0o600 })
      const script = `
      const fd = require('node:fs').openSync(process.argv[1])
      native.setfsuid(4242)
      console.log(native.access(fd, 4))`
      for (const errno of ['ENOSYS', 'EPERM'])
        expect(Number(runWithout('faccessat2', errno, script, file).stdout), errno).toBeLessThan(0)
    },
  )

  it('the umask is cleared even where a thread may not have its own', () => {
    const script = 'console.log(native.clearUmask(), process.umask())'
    expect(runWithout('unshare', 'EPERM', script).stdout).toBe('0 0\n')
  })
})

describe('a call of the addon with a wrong argument', () => {
  it('throws before it acts on another descriptor', () => {
    const fd = openSync('/dev/null', 'r')
    const wrong = `${fd}` as unknown as number
    for (const call of [native.close, native.fsync, native.syncfs, native.flockExclusive, native.fstatfs])
      expect(() => call(wrong)).toThrow(TypeError)
    const before = fstatSync(0)
    expect(() => native.chmod(0, wrong)).toThrow(TypeError)
    expect(() => native.chown(0, wrong, -1)).toThrow(TypeError)
    expect(() => native.startSync(fd, 0, undefined as unknown as () => void)).toThrow(TypeError)
    expect(fstatSync(0)).toMatchObject({ mode: before.mode, uid: before.uid })
    closeSync(fd)
  })
})

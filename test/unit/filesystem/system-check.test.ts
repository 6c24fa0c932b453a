import { constants } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openFileCountPossible } from '../../../src/filesystem/system-check.ts'
import { native } from '../../../src/native/index.ts'
import { openLinuxFixture } from './fixture.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('at the start', () => {
  it.each([
    [
      'reopen',
      constants.errno.ENOENT,
      '/share-1: cannot be served without /proc/self/fd (is /proc mounted?): ENOENT',
    ],
    [
      'openBeneath',
      constants.errno.EPERM,
      'without openat2 (Linux 5.6, or a seccomp profile that knows it): EPERM',
    ],
    [
      'access',
      constants.errno.ENOSYS,
      'without faccessat2 (Linux 5.8, or a seccomp profile that knows it): ENOSYS',
    ],
  ] as const)('says what the system lacks: %s', (call, errno, message) => {
    vi.spyOn(native, call).mockReturnValue(-errno)
    expect(() => openLinuxFixture()).toThrow(message)
  })

  it('keeps no more files open than the process may have descriptors, and says so', async () => {
    const possible = openFileCountPossible()
    expect(possible).toBeGreaterThan(0)
    if (possible === Infinity) return
    const fixture = openLinuxFixture([{}], { openFileCountMax: possible + 1 })
    expect(fixture.backend.restrictions).toContainEqual(
      expect.stringContaining(`At most ${possible} files are kept open, not ${possible + 1}`),
    )
    await fixture.close()
  })
})

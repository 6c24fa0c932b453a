import { constants } from 'node:os'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Nfsstat3, type Credentials } from 'nfs-server-ts'
import { ThreadIdentity } from '../../../src/filesystem/identity.ts'
import { native } from '../../../src/native/index.ts'
import { unsquashed } from './fixture.ts'

const { EPERM, EINVAL } = constants.errno

const sys = (uid: number, gids: readonly number[] = []): Credentials => ({
  flavor: 'sys',
  machineName: 'test',
  uid,
  gid: uid,
  gids,
})

/** Filesystem uid, gid and groups of this thread, as the kernel tells. */
function actual(): { uid: number; gid: number; gids: number[] } {
  const status = readFileSync('/proc/thread-self/status', 'latin1')
  const numbers = (field: string) =>
    [...new RegExp(`^${field}:(.*)$`, 'm').exec(status)![1]!.matchAll(/\d+/g)].map(([digits]) =>
      Number(digits),
    )
  return { uid: numbers('Uid')[3]!, gid: numbers('Gid')[3]!, gids: numbers('Groups') }
}

describe.runIf(process.getuid!() === 0)('ThreadIdentity (needs root)', () => {
  const server = { ...actual(), gids: process.getgroups!() }
  let identity: ThreadIdentity
  afterEach(() => {
    vi.restoreAllMocks()
    identity.assumeServer()
  })

  it('acts as the caller, with all of its groups, and as the server again', () => {
    identity = new ThreadIdentity(true)
    expect(actual()).toEqual(server)
    const gids = [...Array(16).keys()].map((index) => 5000 + index)
    identity.assume(unsquashed, sys(4001, gids))
    expect(actual()).toEqual({ uid: 4001, gid: 4001, gids })
    expect(identity.asServer(actual)).toEqual(server)
    expect(actual()).toEqual({ uid: 4001, gid: 4001, gids })
    identity.assume(unsquashed, sys(4002))
    expect(actual()).toEqual({ uid: 4002, gid: 4002, gids: [] })
    identity.assumeServer()
    expect(actual()).toEqual(server)
  })

  // A user namespace maps few numbers: setfsuid to another is refused, and setgroups says EINVAL.
  it.each(['setfsuid', 'setfsgid', 'setgroups'] as const)(
    'refuses a caller whom %s refuses, and nobody acts as the server in its stead',
    (call) => {
      identity = new ThreadIdentity(true)
      const known = sys(4001, [7])
      identity.assume(unsquashed, known)
      const real = native[call]
      vi.spyOn(native, call).mockImplementation((value: number | Buffer) => {
        const unmapped = typeof value === 'number' ? value === 4242 : value.length === 8
        return unmapped ? -(call === 'setgroups' ? EINVAL : EPERM) : real(value as never)
      })
      expect(() => identity.assume(unsquashed, sys(4242, [1, 2]))).toThrow(
        expect.objectContaining({ status: Nfsstat3.ACCES }),
      )
      expect(actual()).toEqual(server)
      identity.assume(unsquashed, known)
      expect(actual()).toEqual({ uid: 4001, gid: 4001, gids: [7] })
    },
  )

  it('says at the start that root may not act as others', () => {
    identity = new ThreadIdentity(true)
    const real = native.setfsuid
    vi.spyOn(native, 'setfsuid').mockImplementation((uid) => (uid === server.uid ? real(uid) : -EPERM))
    expect(() => new ThreadIdentity(true)).toThrow('CAP_SETUID')
    expect(actual()).toEqual(server)
  })

  it('leaves every other thread of the process as it was, those of the pool too', async () => {
    identity = new ThreadIdentity(true)
    const [started, switched] = [vi.spyOn(native, 'startSync'), vi.spyOn(native, 'setfsuid')]
    const first = new ThreadIdentity(true)
    expect(started).toHaveBeenCalledBefore(switched)
    first.assume(unsquashed, sys(4001))
    await new Promise((resolve) => native.startSync(-1, 0, resolve))
    const others = readdirSync('/proc/self/task')
      .map((task) => readFileSync(`/proc/self/task/${task}/status`, 'latin1'))
      .filter((status) => /^Uid:.*\b4001$/m.test(status))
    expect(others.length).toBe(1)
    first.assumeServer()
  })
})

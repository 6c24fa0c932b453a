import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Access3, Nfsstat3, StableHow } from 'nfs-server-ts'
import { caller, openLinuxFixture, statusOf, type LinuxFixture } from './fixture.ts'

/** Set in the run of this file that the other one starts in a mount namespace of its own. */
const isInside = process.env.BERTH_TEST_MOUNTS === '1'
const inNamespace = ['--mount', '--propagation', 'private']
const canMount =
  !isInside && spawnSync('unshare', [...inNamespace, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const canLoop =
  isInside &&
  ['losetup --find', 'mkfs.ext4 -V'].every((command) => spawnSync('sh', ['-c', command]).status === 0)

describe.runIf(canMount)('in a mount namespace (needs the right to mount)', () => {
  it('the tests of failing disks pass', { timeout: 60_000 }, () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const run = [process.execPath, vitest, 'run', '--project', 'unit', fileURLToPath(import.meta.url)]
    const environment = { ...process.env, BERTH_TEST_MOUNTS: '1' }
    const { status, stdout } = spawnSync('unshare', [...inNamespace, ...run], {
      cwd: root,
      env: environment,
      encoding: 'utf8',
    })
    expect(status, stdout).toBe(0)
  })
})

describe.runIf(isInside)('a disk', () => {
  let mounted: string
  let fixture: LinuxFixture
  const temporary = tmpdir()
  beforeEach(() => (mounted = mkdtempSync(join(temporary, 'berth-disk-'))))
  afterEach(async () => {
    await fixture.close()
    process.env.TMPDIR = temporary
    execFileSync('umount', ['--recursive', mounted])
    rmSync(mounted, { recursive: true })
  })

  function mount(...options: string[]): void {
    execFileSync('mount', options)
  }

  /** A share in `directory`, which was mounted. */
  function open(directory = mounted): LinuxFixture {
    process.env.TMPDIR = directory
    return (fixture = openLinuxFixture([{}], { onWarning() {} }))
  }

  const where = (name: string) => ({ dir: fixture.root, name: Buffer.from(name) })
  const unchecked = { mode: 'UNCHECKED', attributes: {} } as const

  async function made(name: string): Promise<Buffer> {
    const result = await fixture.backend.create(caller, where(name), unchecked)
    return (result as { object: Buffer }).object
  }

  it('that is full answers NOSPC, and takes data again when there is room', async () => {
    mount('-t', 'tmpfs', '-o', 'size=256k,nr_inodes=16', 'none', mounted)
    const { backend } = open()
    const [file, other] = [await made('file'), await made('other')]
    const data = Buffer.alloc(64 * 1024, 'x')
    const fill = async (offset: number): Promise<number> => {
      const result = await backend.write(caller, file, offset, StableHow.FILE_SYNC, data)
      return result.status === Nfsstat3.OK
        ? fill(offset + (result as { count: number }).count)
        : result.status
    }
    expect(await fill(0)).toBe(Nfsstat3.NOSPC)
    expect(await backend.write(caller, other, 0, StableHow.UNSTABLE, data)).toMatchObject({
      status: Nfsstat3.NOSPC,
      wcc: { before: { size: 0 }, after: { size: 0 } },
    })
    let count = 0
    while ((await statusOf(() => backend.mkdir(caller, where(`d${count}`), {}))) === Nfsstat3.OK) count++
    expect(count).toBeLessThan(16)
    for (const call of [
      () => backend.mkdir(caller, where('d'), {}),
      () => backend.create(caller, where('f'), unchecked),
      () => backend.symlink(caller, where('l'), {}, Buffer.from('target')),
    ])
      expect(await statusOf(call)).toBe(Nfsstat3.NOSPC)
    expect(await statusOf(() => backend.remove(caller, where('file')))).toBe(Nfsstat3.OK)
    expect(await statusOf(() => backend.write(caller, other, 0, StableHow.FILE_SYNC, data))).toBe(Nfsstat3.OK)
  })

  it('that became read-only answers ROFS, and is read', async () => {
    mount('-t', 'tmpfs', 'none', mounted)
    const { backend, root } = open()
    writeFileSync(join(fixture.directory(), 'file'), 'content')
    mkdirSync(join(fixture.directory(), 'd'))
    mount('-o', 'remount,ro', mounted)
    const found = await backend.lookup(caller, where('file'))
    const file = Buffer.from((found as { object: Buffer }).object)
    for (const call of [
      () => backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('x')),
      () => backend.setattr(caller, file, { mode: 0o600 }, undefined),
      () => backend.setattr(caller, file, { size: 0 }, undefined),
      () => backend.create(caller, where('new'), unchecked),
      () => backend.create(caller, where('file'), { mode: 'UNCHECKED', attributes: { size: 0 } }),
      () => backend.mkdir(caller, where('new'), {}),
      () => backend.remove(caller, where('file')),
      () => backend.rmdir(caller, where('d')),
      () => backend.rename(caller, where('file'), where('new')),
      () => backend.link(caller, file, where('new')),
    ])
      expect(await statusOf(call), call.toString()).toBe(Nfsstat3.ROFS)
    expect(await statusOf(() => backend.getattr(caller, root))).toBe(Nfsstat3.OK)
    expect(await backend.access(caller, file, 0x3f)).toMatchObject({ access: Access3.READ })
    mount('-o', 'remount,rw', mounted)
  })

  it.runIf(canLoop)(
    'that loses data fails COMMIT and has another verifier (needs loop devices)',
    async () => {
      // An image that has more blocks than the tmpfs below it has room for.
      mount('-t', 'tmpfs', '-o', 'size=16m', 'none', mounted)
      const [image, disk] = [join(mounted, 'image'), join(mounted, 'disk')]
      writeFileSync(image, '')
      truncateSync(image, 256 * 1024 * 1024)
      mkdirSync(disk)
      execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', '-E', 'lazy_itable_init=1', image])
      mount('-o', 'loop', image, disk)
      const { backend } = open(disk)
      const [file, other] = [await made('file'), await made('other')]
      const data = Buffer.alloc(1024 * 1024, 'x')
      const write = (to: Buffer, offset: number) =>
        backend.write(caller, to, offset, StableHow.UNSTABLE, data) as { status: number; verifier: Buffer }
      const before = write(other, 0).verifier
      expect(await backend.commit(caller, other, 0, 0)).toMatchObject({
        status: Nfsstat3.OK,
        verifier: before,
      })
      for (let index = 0; index < 32; index++)
        expect(write(file, index * data.length).status).toBe(Nfsstat3.OK)
      // The loop device hands its own error up on some kernels.
      expect([Nfsstat3.IO, Nfsstat3.NOSPC]).toContain(
        await statusOf(() => backend.commit(caller, file, 0, 0)),
      )
      expect(fixture.backend.statistics.syncFailureCount).toBe(1)
      expect(write(other, 0).verifier).not.toEqual(before)
    },
  )
})

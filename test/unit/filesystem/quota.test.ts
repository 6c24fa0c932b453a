import { linkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { caller, openLinuxFixture, statusOf, usualState, type LinuxFixture } from './fixture.ts'

const kibibyte = 1024

let fixture: LinuxFixture
afterEach(() => fixture.close())

const at = (name: string) => ({ dir: fixture.root, name: Buffer.from(name) })

async function create(name: string): Promise<Buffer> {
  const made = await fixture.backend.create(caller, at(name), { mode: 'GUARDED', attributes: {} })
  if (made.status !== Nfsstat3.OK) throw new Error(`CREATE ${name}: ${made.status}`)
  return Buffer.from(made.object!)
}

const write = (file: Buffer, offset: number, size: number) =>
  statusOf(() => fixture.backend.write(caller, file, offset, StableHow.UNSTABLE, Buffer.alloc(size, 'x')))

const used = () => fixture.shareTable.used(1)

describe('quota', () => {
  it('counts what is written, cut off and removed', async () => {
    fixture = openLinuxFixture([{ quotaBytes: 1024 * kibibyte }])
    const file = await create('file')
    expect(used()).toEqual({ bytes: 0, files: 1 })
    await write(file, 0, 100 * kibibyte)
    expect(used()).toEqual({ bytes: 100 * kibibyte, files: 1 })
    await write(file, 0, 100 * kibibyte)
    expect(used()).toEqual({ bytes: 100 * kibibyte, files: 1 })
    await fixture.backend.setattr(caller, file, { size: 10 * kibibyte }, undefined)
    expect(used()).toEqual({ bytes: 12 * kibibyte, files: 1 })
    await fixture.backend.rename(caller, at('file'), at('file'))
    expect(used()).toEqual({ bytes: 12 * kibibyte, files: 1 })
    await fixture.backend.mkdir(caller, at('dir'), {})
    await fixture.backend.symlink(caller, at('link'), {}, Buffer.from('file'))
    expect(used()).toEqual({ bytes: 12 * kibibyte, files: 3 })
    await fixture.backend.rmdir(caller, at('dir'))
    await fixture.backend.remove(caller, at('link'))
    await fixture.backend.remove(caller, at('file'))
    expect(used()).toEqual({ bytes: 0, files: 0 })
  })

  it('counts an object once, however many names it has', async () => {
    fixture = openLinuxFixture()
    const file = await create('file')
    await write(file, 0, 8 * kibibyte)
    await fixture.backend.link(caller, file, at('second'))
    await fixture.backend.remove(caller, at('file'))
    expect(used()).toEqual({ bytes: 8 * kibibyte, files: 1 })
    await create('other')
    await fixture.backend.rename(caller, at('other'), at('second'))
    expect(used()).toEqual({ bytes: 0, files: 1 })
  })

  it('refuses what does not fit with DQUOT, and takes it once there is room', async () => {
    fixture = openLinuxFixture([{ quotaBytes: 64 * kibibyte, quotaFiles: 2 }])
    const file = await create('file')
    expect(await write(file, 0, 60 * kibibyte)).toBe(Nfsstat3.OK)
    expect(await write(file, 60 * kibibyte, 8 * kibibyte)).toBe(Nfsstat3.DQUOT)
    expect(await write(file, 60 * kibibyte, 4 * kibibyte)).toBe(Nfsstat3.OK)
    // What is there can be written over: a database at its limit goes on.
    expect(await write(file, 0, 64 * kibibyte)).toBe(Nfsstat3.OK)
    expect(await write(file, 64 * kibibyte, 1)).toBe(Nfsstat3.DQUOT)
    await create('second')
    expect(
      await statusOf(() => fixture.backend.create(caller, at('third'), { mode: 'GUARDED', attributes: {} })),
    ).toBe(Nfsstat3.DQUOT)
    expect(await statusOf(() => fixture.backend.mkdir(caller, at('third'), {}))).toBe(Nfsstat3.DQUOT)
    // Opening a file that exists for writing is a CREATE too.
    const existing = () => fixture.backend.create(caller, at('second'), { mode: 'UNCHECKED', attributes: {} })
    expect(await statusOf(existing)).toBe(Nfsstat3.OK)
    await fixture.backend.remove(caller, at('file'))
    expect(await statusOf(() => fixture.backend.mkdir(caller, at('third'), {}))).toBe(Nfsstat3.OK)
    fixture.shareTable.change(1, usualState)
    expect(await write(await lookupSecond(), 0, 100 * kibibyte)).toBe(Nfsstat3.OK)
  })

  it('counts holes when they are filled', async () => {
    fixture = openLinuxFixture([{ quotaBytes: 64 * kibibyte }])
    truncateSync(
      (writeFileSync(join(fixture.directory(), 'second'), ''), join(fixture.directory(), 'second')),
      1024 * kibibyte,
    )
    const sparse = await lookupSecond()
    expect(await write(sparse, 512 * kibibyte, 32 * kibibyte)).toBe(Nfsstat3.OK)
    expect(used().bytes).toBe(32 * kibibyte)
    expect(await write(sparse, 0, 32 * kibibyte)).toBe(Nfsstat3.OK)
    expect(await write(sparse, 64 * kibibyte, 32 * kibibyte)).toBe(Nfsstat3.DQUOT)
  })

  it('is what df shows', async () => {
    fixture = openLinuxFixture([{ quotaBytes: 64 * kibibyte, quotaFiles: 10 }])
    await write(await create('file'), 0, 16 * kibibyte)
    linkSync(join(fixture.directory(), 'file'), join(fixture.directory(), 'link'))
    expect(await fixture.backend.fsstat(caller, fixture.root)).toMatchObject({
      tbytes: 64 * kibibyte,
      abytes: 48 * kibibyte,
      fbytes: 48 * kibibyte,
      tfiles: 10,
      afiles: 9,
    })
  })
})

async function lookupSecond(): Promise<Buffer> {
  const found = await fixture.backend.lookup(caller, at('second'))
  if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP: ${found.status}`)
  return Buffer.from(found.object)
}

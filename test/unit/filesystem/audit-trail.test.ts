import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { FileOperation, type FileEvent } from '../../../src/audit/index.ts'
import {
  caller,
  grantOf,
  openLinuxFixture,
  usualState,
  type LinuxFixture,
  type ShareWish,
} from './fixture.ts'

const uid = process.getuid!()
const operationNames = new Map(Object.entries(FileOperation).map(([name, number]) => [number, name]))

let fixture: LinuxFixture
let told: string[]
let events: FileEvent[]
afterEach(() => fixture.close())

function open(wish: ShareWish): void {
  told = []
  events = []
  fixture = openLinuxFixture([wish], {
    audit: {
      append(event) {
        events.push({ ...event })
        const paths = [event.directory, event.name, event.toDirectory, event.toName]
        const [directory, name, toDirectory, toName] = paths.map((path) => Buffer.from(path ?? []).toString())
        told.push(
          `${operationNames.get(event.operation)} ${directory}|${name}|${toDirectory}|${toName} ${event.status}`,
        )
      },
    },
  })
}

const at = (name: string, dir = fixture.root) => ({ dir, name: Buffer.from(name) })

async function lookup(name: string, dir = fixture.root): Promise<Buffer> {
  const found = await fixture.backend.lookup(caller, at(name, dir))
  if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP ${name}: ${found.status}`)
  return Buffer.from(found.object)
}

it.each([{ relaxed: true }, { relaxed: false }])('tells every change and its result, %o', async (wish) => {
  open({ audit: 'changes', ...wish })
  const { backend } = fixture
  mkdirSync(join(fixture.directory(), 'a/b'), { recursive: true })
  const b = await lookup('b', await lookup('a'))
  await backend.create(caller, at('file', b), { mode: 'GUARDED', attributes: {} })
  await backend.create(caller, at('file', b), { mode: 'GUARDED', attributes: {} })
  await backend.mkdir(caller, at('dir'), {})
  await backend.symlink(caller, at('symlink'), {}, Buffer.from('x'))
  await backend.rename(caller, at('file', b), at('moved'))
  const file = await lookup('moved')
  await backend.link(caller, file, at('link', b))
  await backend.setattr(caller, file, { mode: 0o600 }, undefined)
  // Whoever made a file writes it: that is told once. A file that was there is told of at the first write.
  await backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('x'))
  writeFileSync(join(fixture.directory(), 'given'), '')
  const given = await lookup('given')
  for (let call = 0; call < 3; call++)
    await backend.write(caller, given, 0, StableHow.UNSTABLE, Buffer.from('x'))
  await backend.remove(caller, at('moved'))
  await backend.rmdir(caller, at('dir'))
  expect(told).toEqual([
    'CREATE a/b|file|| 0',
    `CREATE a/b|file|| ${Nfsstat3.EXIST}`,
    'MKDIR |dir|| 0',
    'SYMLINK |symlink|| 0',
    'RENAME a/b|file||moved 0',
    'LINK ||a/b|link 0',
    'SETATTR moved||| 0',
    'OPEN_WRITE given||| 0',
    'REMOVE |moved|| 0',
    'RMDIR |dir|| 0',
  ])
  expect(events[0]).toMatchObject({ grant: grantOf(1), shareId: 1, uid, gid: process.getgid!() })
})

it('follows a directory that a client renames at once', async () => {
  open({ audit: 'changes' })
  mkdirSync(join(fixture.directory(), 'old/in'), { recursive: true })
  const inside = await lookup('in', await lookup('old'))
  await fixture.backend.mkdir(caller, at('one', inside), {})
  await fixture.backend.rename(caller, at('old'), at('new'))
  await fixture.backend.mkdir(caller, at('two', inside), {})
  expect(told).toEqual(['MKDIR old/in|one|| 0', 'RENAME |old||new 0', 'MKDIR new/in|two|| 0'])
})

it('tells of reading only where opens are wanted, and of nothing where the audit is off', async () => {
  open({ audit: 'off' })
  const read = async () => {
    const buffer = Buffer.alloc(8)
    await fixture.backend.read(caller, await lookup('file'), 0, 8, { buffer, offset: 0, takesFile: false })
  }
  writeFileSync(join(fixture.directory(), 'file'), 'content')
  await read()
  await fixture.backend.remove(caller, at('file'))
  expect(told).toEqual([])
  fixture.shareTable.change(1, { ...usualState, audit: 'opens' })
  writeFileSync(join(fixture.directory(), 'file'), 'content')
  await read()
  await read()
  expect(told).toEqual(['OPEN file||| 0'])
})

it('follows a directory, and the share itself, that is renamed on the host', async () => {
  open({ audit: 'changes' })
  mkdirSync(join(fixture.directory(), 'old'))
  const dir = await lookup('old')
  await fixture.backend.mkdir(caller, at('one', dir), {})
  renameSync(join(fixture.directory(), 'old'), join(fixture.directory(), 'new'))
  renameSync(fixture.directory(), `${fixture.directory()}-moved`)
  // What it knows of a path it believes for a tenth of a second.
  await new Promise((resolve) => setTimeout(resolve, 120))
  await fixture.backend.mkdir(caller, at('two', dir), {})
  expect(told).toEqual(['MKDIR old|one|| 0', 'MKDIR new|two|| 0'])
})

import { Mountstat3, Nfsstat3, type Fattr3, type Nfs3Caller } from 'nfs-server-ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ControlPlane } from '../../../src/lanes/control-plane.ts'
import { FolderBackend } from '../../../src/lanes/folder-backend.ts'
import { FolderHandles } from '../../../src/lanes/folder-handle.ts'
import { openAccess, type AccessFixture } from '../access/fixture.ts'

const visitor = { address: '10.0.0.5', machineName: 'node5' }
const caller: Nfs3Caller = {
  client: { address: visitor.address, port: 700, transport: 'tcp' },
  credentials: { flavor: 'sys', machineName: visitor.machineName, uid: 0, gid: 0, gids: [] },
}

let access: AccessFixture
let backend: FolderBackend
let handles: FolderHandles
beforeEach(async () => {
  access = await openAccess()
  const plane = new ControlPlane((id, question) => {
    if (question.kind !== 'folder') throw new Error(`asked for ${question.kind}`)
    void access.mounts.folder(question.grant, question.folder).then((folder) => {
      plane.answered(id, typeof folder === 'number' ? { status: folder } : { status: Nfsstat3.OK, folder })
    })
  })
  const arrive = () => {
    throw new Error('nobody goes anywhere')
  }
  handles = new FolderHandles(Buffer.alloc(16))
  backend = new FolderBackend({ plane, handles, grants: access.table, arrive })
})
afterEach(() => access.close())

const allow = (object: string) =>
  access.rules.add({ kind: 'p', subject: 'app:shop', object, action: '*', effect: 'allow' }, 'admin:test')

it('tells of a change whenever other names are seen: clients keep what they have read until then', async () => {
  const { shares } = access.space.namespace
  const web = await shares.create({ path: '/shop/web' })
  await shares.create({ path: '/shop/hidden' })
  await allow('/shop/web')
  const { text } = await access.tokens.create(
    { kind: 'workload', name: 'test', subject: 'app:shop' },
    'admin:test',
  )
  const mounted = await access.mounts.mount(visitor, Buffer.from(`/@${text}/shop`))
  if (mounted.status !== Mountstat3.OK || mounted.place.kind !== 'folder') throw new Error('no folder')
  const handle = handles.make(mounted.place.folder, mounted.place.grant)
  const times = async () => {
    const answer = await backend.getattr(caller, handle)
    if (answer.status !== Nfsstat3.OK) throw new Error(`GETATTR answered ${answer.status}`)
    const { mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds }: Fattr3 = answer.attributes
    expect([ctimeSeconds, ctimeNanoseconds]).toEqual([mtimeSeconds, mtimeNanoseconds])
    return `${mtimeSeconds}.${mtimeNanoseconds}`
  }
  const seen = [await times()]
  // Nothing that it sees.
  await shares.create({ path: '/shop/other' })
  expect(await times()).toBe(seen[0])
  await allow('/shop/other')
  seen.push(await times())
  await shares.delete(web.id, 'admin:test')
  seen.push(await times())
  await allow('/shop/hidden')
  seen.push(await times())
  expect(new Set(seen).size).toBe(seen.length)
})

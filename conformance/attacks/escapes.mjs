// Ways out of a share: dots, names with separators, symbolic links, a directory swapped for a link under the server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { nfsPort } from '../servers/server.mjs'
import { Client, noAttributes, opaque, words } from './rpc.mjs'

/** Of folders: another filesystem than every share. */
const namespaceFsid = '0000000100000000'

const secret = 'outside of every share'
const fileTypeLink = 5
/** What a refusal may not be mistaken for. @param {string} message @returns {never} */
const escaped = (message) => {
  throw new Error(message)
}

/** @param {import('../test-run.mjs').Context} context */
export async function escapes(context) {
  const outside = path.join(context.image.directory, `outside-${path.basename(context.directory)}`)
  mkdirSync(outside, { recursive: true })
  writeFileSync(path.join(outside, 'secret'), secret)
  layOut(context.directory, outside)
  const nfs = await Client.connect(nfsPort)
  const mount = await Client.connect(context.settings.flavour.mountPort)
  const root = await mount.root(context.share)

  await dotsFromTheRoot(nfs, root)
  await badNames(nfs, root)
  await linksAreNotFollowed(nfs, root)
  await mountPaths(mount, nfs, context, root)
  await swappedDirectory(nfs, root, context, outside)

  const left = readdirSync(outside)
  if (left.join() !== 'secret') escaped(`outside the share: ${left.join()}`)
  await Promise.all([nfs.close(), mount.close()])
}

/** @param {string} share @param {string} outside */
function layOut(share, outside) {
  mkdirSync(path.join(share, 'directory/below'), { recursive: true })
  writeFileSync(path.join(share, 'file'), 'inside')
  symlinkSync('/', path.join(share, 'to-root'))
  symlinkSync(outside, path.join(share, 'to-outside'))
  symlinkSync(`../${path.basename(outside)}`, path.join(share, 'relative'))
  symlinkSync(path.join(outside, 'secret'), path.join(share, 'to-secret'))
  symlinkSync('file', path.join(share, 'to-file'))
}

/** `..` of the root is the root, or refused, however often. @param {Client} nfs @param {Buffer} root */
async function dotsFromTheRoot(nfs, root) {
  const attributes = (await nfs.nfs('getattr', opaque(root))).reader.attributes()
  let at = root
  for (let step = 0; step < 20; step++) {
    const found = await nfs.lookup(at, '..')
    if (found.status !== 0) break
    if (found.attributes?.fileid !== attributes.fileid) escaped(`LOOKUP .. left the share at step ${step}`)
    at = found.handle
  }
  const below = await nfs.find(await nfs.find(root, 'directory'), 'below')
  let up = below
  for (let step = 0; step < 10; step++) {
    const found = await nfs.lookup(up, '..')
    if (found.status !== 0) return
    up = found.handle
  }
  const top = (await nfs.nfs('getattr', opaque(up))).reader.attributes()
  if (top.fileid !== attributes.fileid) escaped('LOOKUP .. from below left the share')
}

/** No call takes a name that is more than one component. @param {Client} nfs @param {Buffer} root */
async function badNames(nfs, root) {
  const names = [
    '',
    '..',
    '.',
    '/',
    'a/b',
    '../x',
    './file',
    'directory/below',
    '/etc/passwd',
    '..\0',
    'file\0',
    '\0',
    'directory/',
  ]
  const file = await nfs.find(root, 'file')
  for (const name of names) {
    const at = Buffer.concat([opaque(root), opaque(name)])
    const inside = Buffer.concat([opaque(root), opaque('file')])
    const mayFind = name === '.' || name === '..'
    const answers = {
      ...(mayFind ? {} : { lookup: await nfs.nfs('lookup', at) }),
      create: await nfs.nfs('create', at, words(0), noAttributes),
      createExclusive: await nfs.nfs('create', at, words(2, 1, 2)),
      mkdir: await nfs.nfs('mkdir', at, noAttributes),
      symlink: await nfs.nfs('symlink', at, noAttributes, opaque('x')),
      mknod: await nfs.nfs('mknod', at, words(7), noAttributes),
      remove: await nfs.nfs('remove', at),
      rmdir: await nfs.nfs('rmdir', at),
      renameFrom: await nfs.nfs('rename', at, opaque(root), opaque('renamed')),
      renameTo: await nfs.nfs('rename', inside, at),
      link: await nfs.nfs('link', opaque(file), at),
    }
    for (const [call, answer] of Object.entries(answers)) {
      if (answer.status === 0) escaped(`${call} took the name ${JSON.stringify(name)}`)
    }
  }
}

/** A link is an object of its own: the server goes through none. @param {Client} nfs @param {Buffer} root */
async function linksAreNotFollowed(nfs, root) {
  for (const name of ['to-root', 'to-outside', 'relative', 'to-secret', 'to-file']) {
    const { handle, attributes } = await nfs.lookup(root, name)
    if (attributes?.type !== fileTypeLink) escaped(`LOOKUP of ${name} is of type ${attributes?.type}`)
    const link = opaque(handle)
    const answers = {
      lookup: await nfs.nfs('lookup', link, opaque('secret')),
      read: await nfs.nfs('read', link, words(0, 0, 100)),
      write: await nfs.nfs('write', link, words(0, 0, 1, 2), opaque('x')),
      create: await nfs.nfs('create', link, opaque('new'), words(0), noAttributes),
      mkdir: await nfs.nfs('mkdir', link, opaque('new'), noAttributes),
      remove: await nfs.nfs('remove', link, opaque('secret')),
      rename: await nfs.nfs('rename', opaque(root), opaque('file'), link, opaque('moved')),
      readdir: await nfs.nfs('readdir', link, words(0, 0, 0, 0, 4096)),
      readdirplus: await nfs.nfs('readdirplus', link, words(0, 0, 0, 0, 4096, 8192)),
      truncate: await nfs.nfs('setattr', link, words(0, 0, 0, 1, 0, 0, 0, 0), words(0)),
    }
    for (const [call, answer] of Object.entries(answers)) {
      if (answer.status === 0) escaped(`${call} went through the link ${name}`)
    }
    const changed = await nfs.nfs('setattr', link, words(1, 0o777, 0, 0, 0, 0, 0), words(0))
    if (changed.status === 0) {
      const target = (await nfs.lookup(root, 'file')).attributes
      if (target === undefined) escaped('file is gone')
    }
  }
}

/**
 * MOUNT paths are shares or below, without tricks.
 * @param {Client} mount @param {Client} nfs @param {import('../test-run.mjs').Context} context @param {Buffer} root
 */
async function mountPaths(mount, nfs, context, root) {
  const own = (await nfs.nfs('getattr', opaque(root))).reader.attributes().fileid
  const tails = [
    '/..',
    '/../..',
    '/./..',
    '/to-outside',
    '/to-root',
    '/to-root/etc',
    '/relative',
    '/directory/../..',
    '/file/..',
    '/\0',
    '/to-secret',
    '\0',
  ]
  for (const tail of [
    ...tails.map((tail) => context.share + tail),
    '/',
    '',
    '..',
    context.directory,
    '/etc',
    '/'.repeat(900),
  ]) {
    const { handle } = await mount.mount(tail)
    if (handle === undefined) continue
    const { fsid, fileid } = (await nfs.nfs('getattr', opaque(handle))).reader.attributes()
    // The root of the namespace is a folder, in which there are no files of the host.
    if (fileid !== own && fsid !== namespaceFsid)
      escaped(`MOUNT of ${JSON.stringify(tail)} gave something else than the share`)
  }
}

/**
 * On the server a directory and a link to the outside take turns under one name, while the client walks through it.
 * @param {Client} nfs @param {Buffer} root @param {import('../test-run.mjs').Context} context @param {string} outside
 */
async function swappedDirectory(nfs, root, context, outside) {
  const swap = `cd "$1" && mkdir flip && while :; do mv flip away; ln -s "$2" flip; rm flip; mv away flip; done`
  const swapper = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'bash', '-c', swap, 'swap', context.directory, outside],
    { stdio: 'ignore' },
  )
  const end = Date.now() + (context.full ? 20_000 : 4_000)
  let walks = 0
  try {
    for (; Date.now() < end; walks++) {
      const { status: found, handle, attributes } = await nfs.lookup(root, 'flip')
      if (found !== 0 || attributes?.type === fileTypeLink) continue
      const answers = await Promise.all([
        nfs.lookup(handle, 'secret'),
        nfs.nfs('create', opaque(handle), opaque(`made-${walks % 50}`), words(0), noAttributes),
        nfs.nfs('remove', opaque(handle), opaque('secret')),
        nfs.nfs('rename', opaque(root), opaque('file'), opaque(handle), opaque('file')),
        nfs.nfs('rename', opaque(handle), opaque('file'), opaque(root), opaque('file')),
      ])
      if (answers[0].status === 0) escaped('a walk through the swapped directory found the secret')
    }
  } finally {
    swapper.kill('SIGKILL')
    await once(swapper, 'exit')
  }
  context.note(`${walks} walks through a directory swapped for a link`)
}

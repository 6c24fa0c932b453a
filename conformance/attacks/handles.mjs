// Altered file handles: only the very bytes the server gave may open anything.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { nfsPort } from '../servers/server.mjs'
import { Client, noAttributes, opaque, status, words } from './rpc.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function alteredHandles(context) {
  writeFileSync(path.join(context.directory, 'file'), 'first share')
  writeFileSync(path.join(context.secondDirectory, 'file'), 'second share')
  const client = await Client.connect(context.settings.flavour.mountPort)
  const nfs = await Client.connect(nfsPort)
  const root = await client.root(context.share)
  const secondRoot = await client.root(context.secondShare)
  const file = await nfs.find(root, 'file')
  const secondFile = await nfs.find(secondRoot, 'file')

  let tried = 0
  /** @param {Buffer} handle @param {string} what */
  async function mustBeRefused(handle, what) {
    tried += 1
    const answers = await Promise.all([
      nfs.nfs('getattr', opaque(handle)),
      nfs.nfs('read', opaque(handle), words(0, 0, 100)),
      nfs.nfs('lookup', opaque(handle), opaque('file')),
      nfs.nfs('setattr', opaque(handle), noAttributes, words(0)),
    ])
    for (const answer of answers) {
      if (answer.status !== status.badHandle && answer.status !== status.stale) {
        throw new Error(`${what} answered ${answer.status}: ${handle.toString('hex')}`)
      }
    }
  }

  for (const [name, handle] of Object.entries({ root, file })) {
    for (let bit = 0; bit < handle.length * 8; bit++) {
      const altered = Buffer.from(handle)
      altered[bit >> 3] = /** @type {number} */ (altered[bit >> 3]) ^ (1 << (bit & 7))
      await mustBeRefused(altered, `${name} with bit ${bit} flipped`)
    }
    for (let size = 0; size < handle.length; size++)
      await mustBeRefused(handle.subarray(0, size), `${name} cut to ${size}`)
    for (let size = handle.length + 1; size <= 64; size++) {
      await mustBeRefused(
        Buffer.concat([handle, Buffer.alloc(size - handle.length)]),
        `${name} grown to ${size}`,
      )
    }
  }
  for (const [one, other] of /** @type {const} */ ([
    [file, secondFile],
    [root, file],
    [file, secondRoot],
    [root, secondRoot],
  ])) {
    for (let at = 1; at < one.length; at++) {
      const spliced = Buffer.concat([one.subarray(0, at), other.subarray(at)])
      if (!spliced.equals(one) && !spliced.equals(other))
        await mustBeRefused(spliced, `two handles spliced at ${at}`)
    }
  }

  // Whole handles of two shares in one call.
  const link = await nfs.nfs('link', opaque(file), opaque(secondRoot), opaque('linked'))
  if (link.status === 0) throw new Error('LINK across shares worked')
  const rename = await nfs.nfs('rename', opaque(root), opaque('file'), opaque(secondRoot), opaque('moved'))
  if (rename.status === 0) throw new Error('RENAME across shares worked')

  // The true ones still work, also after a restart.
  await nfs.close()
  await context.server.kill()
  await context.server.start()
  const again = await Client.connect(nfsPort)
  const { data } = await again.read(file, 100)
  if (data.toString() !== 'first share')
    throw new Error('the true handle does not read its file after a restart')
  await Promise.all([again.close(), client.close()])
  context.note(`${tried} altered handles refused`)
}

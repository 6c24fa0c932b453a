// A share that goes from one store to another, on another filesystem, and back while clients have it mounted and work in it.
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Image } from '../images/images.mjs'
import { Api, check } from './api.mjs'
import { converse } from './conversation.mjs'

const otherBytes = 1024 ** 3

/** @param {import('../test-run.mjs').Context} context */
export async function storeMoves(context) {
  const other = new Image(context.work, context.filesystem === 'xfs' ? 'ext4' : 'xfs', 'other', otherBytes)
  try {
    await moveAbout(context, path.join(other.directory, 'store'))
  } finally {
    other.remove()
  }
}

/** @param {import('../test-run.mjs').Context} context @param {string} otherDirectory */
async function moveAbout(context, otherDirectory) {
  const api = Api.of(context)
  await api.makeStore(context)
  mkdirSync(otherDirectory)
  await api.call('POST', '/v1/stores', { name: 'other', directory: otherDirectory })
  const { id } = await api.makeShare('/finance/db')
  await api.allow('app:payroll', '/finance/**')
  /** @type {number[]} */
  const held = []
  await converse(
    context,
    'access/store-moves.sh',
    { TOKEN: (await api.makeToken('app:payroll')).text },
    {
      async to(store = '') {
        const before = await api.share(id)
        const { heldMs, rounds, files } = await api.call('POST', `/v1/shares/${id}/move-store`, { store })
        const after = await api.share(id)
        const base = store === 'other' ? otherDirectory : context.storeDirectory
        check(after.directory === path.join(base, 'finance/db'), `it lies in ${after.directory}`)
        check(readdirSync(after.directory).length > 0, `${after.directory} is empty`)
        check(!existsSync(before.directory), `${before.directory} is still there`)
        held.push(heldMs)
        return `${files} files, ${rounds} rounds, held ${heldMs} ms`
      },
      async restart() {
        await context.server.stop()
        await context.server.start()
      },
    },
  )
  context.note(`${held.length} moves, clients held for ${held.join(', ')} ms`)
}

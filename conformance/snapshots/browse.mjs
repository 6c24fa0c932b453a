// `.snapshot` as a client sees it.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Api, check } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function browse(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const share = await api.makeShare('/finance/db')
  await api.makeShare('/finance/other')
  for (const action of ['read', 'write']) await api.allow('app:browser', '/finance/**', action)
  const token = await api.makeToken('app:browser')
  /** @type {Map<string, number>} */
  const ids = new Map()
  const take = async (/** @type {string} */ name) => {
    const { id, driver } = await api.call('POST', `/v1/shares/${share.id}/snapshots`, { name })
    ids.set(name, id)
    return driver
  }
  await converse(
    context,
    'snapshots/browse.sh',
    { TOKEN: token.text },
    {
      take,
      list: async () =>
        (await api.call('GET', `/v1/shares/${share.id}/snapshots`)).items
          .map((/** @type {{ name: string }} */ { name }) => name)
          .join(' '),
      rename: async (from, to) => {
        await api.call('POST', `/v1/snapshots/${ids.get(from ?? '')}/rename`, { name: to })
        ids.set(to ?? '', ids.get(from ?? '') ?? 0)
      },
      async remove(name) {
        await api.call('DELETE', `/v1/snapshots/${ids.get(name ?? '')}`)
        const place = path.join(context.storeDirectory, '.berth/snapshots', String(share.id))
        check(!existsSync(path.join(place, name ?? '')), `${name} is still in ${place}`)
        check(!readdirSync(place).some((other) => other.startsWith('.')), `something is left in ${place}`)
      },
      show: (access) =>
        api.call('PATCH', `/v1/shares/${share.id}`, { snapshotAccess: access }).then(() => {}),
      allowBackup: () => api.allow('app:browser', '/finance/db', 'backup'),
      async restart() {
        await context.server.stop()
        await context.server.start()
      },
    },
  )
}

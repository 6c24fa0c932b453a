// A share deleted while it is mounted, taken back, and purged.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Api, check, mustRefuse } from './api.mjs'
import { converse } from './conversation.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function tombstone(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  await api.call('POST', '/v1/applications', { name: 'shop', owner: 'test' })
  const { id, directory } = await api.makeShare('/shop/files', { application: 'shop' })
  await api.allow('app:shop', '/**')
  const token = await api.makeToken('app:shop')
  const grave = path.join(context.storeDirectory, '.berth/tombstones', String(id))
  const remove = async () => {
    await api.call('DELETE', `/v1/shares/${id}`)
    check(!existsSync(directory), `${directory} is still there`)
    check(existsSync(path.join(grave, 'data/tree')), `${grave} has no data`)
  }
  await converse(
    context,
    'access/tombstone.sh',
    { TOKEN: token.text },
    {
      delete: remove,
      undelete: (where = '/shop/files') =>
        api.call('POST', `/v1/shares/${id}/undelete`, { path: where }).then(() => {}),
      async purge() {
        await api.call('POST', `/v1/shares/${id}/purge`)
        const left = existsSync(grave) ? readdirSync(grave, { recursive: true }) : []
        check(
          left.every((name) => name === 'record.json'),
          `a purge left ${left.join(', ')}`,
        )
        await mustRefuse(() => api.call('POST', `/v1/shares/${id}/undelete`, {}), 404)
      },
    },
  )
  // What it was is known for ever.
  const { items } = await api.call('GET', `/v1/owners?share=${id}`)
  check(items[0]?.application?.name === 'shop' && items[0].purgedAt !== null, JSON.stringify(items))
  const workloads = await api.call('GET', `/v1/shares/${id}/workloads`)
  check(workloads.items[0]?.subject === 'app:shop', JSON.stringify(workloads))
}

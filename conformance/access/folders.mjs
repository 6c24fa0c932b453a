// Folders of the namespace as a client walks them.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { Client, opaque } from '../attacks/rpc.mjs'
import { nfsPort } from '../servers/server.mjs'
import { Api, check } from './api.mjs'
import { converse } from './conversation.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function folders(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  await api.makeShare('/finance/payroll/db', { quotaBytes: 64 * 2 ** 20 })
  for (const where of [
    '/finance/payroll/Ablage für 東京',
    '/finance/ledger',
    '/shop/web',
    '/a/b/c/d/e/f/deep',
  ])
    await api.makeShare(where)
  for (const where of ['/empty', '/hidden']) await api.call('POST', '/v1/folders', { path: where })
  for (const pattern of ['/finance/payroll/**', '/shop/**', '/a/**', '/new/**'])
    await api.allow('app:walker', pattern)
  await api.allow('app:walker', '/empty', 'list')
  const token = await api.makeToken('app:walker')
  /** @type {import('./api.mjs').Share | undefined} */
  let added
  await converse(
    context,
    'access/folders.sh',
    { TOKEN: token.text },
    {
      written() {
        const file = path.join(context.storeDirectory, 'finance/payroll/db/written')
        check(existsSync(file), `${file} is not there`)
      },
      async above() {
        const client = await Client.connect(nfsPort)
        const folder = await client.root(`/@${token.text}/finance/payroll`)
        const { status, reader } = await client.nfs('getattr', opaque(folder))
        const up = await client.lookup(folder, '..')
        await client.close()
        check(status === 0 && up.status === 0, `GETATTR answered ${status}, LOOKUP of .. ${up.status}`)
        check(reader.attributes().fileid === up.attributes?.fileid, 'a mounted folder can be left upwards')
      },
      async add() {
        added = await api.makeShare('/new/share')
      },
      remove: () => api.call('DELETE', `/v1/shares/${added?.id}`).then(() => {}),
      deny: () =>
        api
          .call('POST', '/v1/rules', {
            ...{ kind: 'p', subject: 'app:walker', object: '/shop/**', action: '*', effect: 'deny' },
          })
          .then(() => {}),
      revoke: () => api.revoke(token),
    },
  )
}

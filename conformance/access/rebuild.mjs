// The catalog lost: the records beside the shares bring everything back under its name.
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Api, check, dataOf } from './api.mjs'
import { converse } from './conversation.mjs'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** What must be the same afterwards. @param {Api} api */
async function everything(api) {
  const { items } = await api.call('GET', '/v1/shares?limit=1000')
  const { items: deleted } = await api.call('GET', '/v1/tombstones?limit=1000')
  const { items: applications } = await api.call('GET', '/v1/applications?limit=1000')
  /** @param {any} share */
  const lasting = ({
    id,
    path,
    directory,
    application,
    owner,
    labels,
    identity,
    quotaBytes,
    readOnly,
    store,
  }) => ({
    ...{ id, path, directory, application, owner, labels, identity, quotaBytes, readOnly, store },
  })
  const names = applications.map((/** @type {any} */ { id, name, owner }) => ({ id, name, owner }))
  return JSON.stringify({ shares: items.map(lasting), deleted: deleted.map(lasting), names }, null, 1)
}

/** @param {import('../test-run.mjs').Context} context */
export async function rebuild(context) {
  let api = Api.of(context)
  await api.makeStore(context)
  await api.call('POST', '/v1/applications', { name: 'shop', owner: 'shop@example.org' })
  await api.makeShare('/shop/files', { application: 'shop', labels: { tier: 'db' }, quotaBytes: 2 ** 30 })
  await api.makeShare('/finance/payroll/Gehälter', { owner: 'somebody' })
  await api.makeShare('/in-the-default-store', { store: 'default', readOnly: false })
  const moved = await api.makeShare('/before')
  await api.call('POST', `/v1/shares/${moved.id}/move`, { to: '/after' })
  const deleted = await api.makeShare('/deleted', { application: 'shop' })
  await api.allow('app:shop', '/**')
  const token = await api.makeToken('app:shop')
  const environment = { TOKEN: token.text, STEP: 'fill' }
  await converse(context, 'access/rebuild.sh', environment, {
    delete: () => api.call('DELETE', `/v1/shares/${deleted.id}`).then(() => {}),
  })
  const before = await everything(api)

  await context.server.kill()
  const data = dataOf(context)
  for (const name of readdirSync(data).filter((name) => name.startsWith('catalog.db')))
    rmSync(path.join(data, name))
  await mustNotStart(context)
  const report = JSON.parse(
    execFileSync(
      process.execPath,
      [
        main,
        'catalog',
        'rebuild',
        '--data',
        data,
        '--store',
        context.storeDirectory,
        '--replace',
        '--yes',
        '--json',
      ],
      { encoding: 'utf8' },
    ),
  )
  context.log.write(`${JSON.stringify(report, null, 1)}\n`)
  check(report.problems.length === 0, JSON.stringify(report.problems))

  await context.server.start()
  api = Api.of(context)
  const after = await everything(api)
  check(after === before, `before: ${before}\nafter: ${after}`)
  await api.allow('app:shop', '/**')
  const fresh = await api.makeToken('app:shop')
  await converse(
    context,
    'access/rebuild.sh',
    { TOKEN: fresh.text, OLD: token.text, STEP: 'compare' },
    { undelete: () => api.call('POST', `/v1/shares/${deleted.id}/undelete`, {}).then(() => {}) },
  )
}

/** A gateway without its catalog must not begin a new one on the same stores. @param {import('../test-run.mjs').Context} context */
async function mustNotStart(context) {
  try {
    await context.server.start()
  } catch (error) {
    check(/berth catalog rebuild/.test(String(error)), `it does not say what to do: ${error}`)
    context.note(String(error))
    return
  }
  throw new Error('it started without its catalog')
}

// The disaster drill: a gateway is destroyed with all it had, and a new one made from a restic repository alone.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Api, check, dataOf } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'
import { removeTree } from '../test-run.mjs'
import { Scene } from './scene.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const backupTimeoutMs = 300_000

/** @param {Context} context */
export async function disaster(context) {
  const repository = path.join(context.work, 'restic')
  const scene = await Scene.set(context)
  await decorate(scene)
  await beginBackups(context, scene.api, repository)
  await converse(
    context,
    'backup/disaster.sh',
    { ...scene.environment, STEP: 'before' },
    { backUp: () => runSchedules(scene.api) },
  )
  const before = await everything(scene.api)

  await destroy(context)
  const startedAt = Date.now()
  await context.server.start()
  const api = Api.of(context)
  await api.makeStore(context)
  berth(context, [
    'repository',
    'add',
    'disk',
    repository,
    '--no-init',
    '--password-file',
    putPassword(context),
  ])
  context.log.write(berth(context, ['repository', 'scan', 'disk']))
  context.log.write(berth(context, ['backup', 'restore', 'disk', '--all', '--store', 'image', '--yes']))
  context.note(`a new gateway has it all after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)

  const after = await everything(api)
  check(isDeepStrictEqual(after, before), `before: ${told(before)}\nafter: ${told(after)}`)
  await api.allow('app:worker', '/**', 'read')
  await api.allow('app:worker', '/**', 'write')
  const WORKER = (await api.makeToken('app:worker')).text
  await converse(context, 'backup/disaster.sh', { ...scene.environment, WORKER, STEP: 'after' }, {})
}

/** What is to come back besides files. @param {Scene} scene */
async function decorate({ api, shares }) {
  const settings = [
    { description: 'the books', quotaBytes: 2 ** 34, owner: 'team:books' },
    { quotaFiles: 50_000, labels: { tier: 'gold', place: '1' } },
    { identity: { squash: 'none', uid: 1234, gid: 4321, gids: [] }, snapshotAccess: 'backup' },
  ]
  for (const [index, { id }] of shares.entries()) await api.call('PATCH', `/v1/shares/${id}`, settings[index])
  const where = '/v1/applications/payroll/manifests/deploy.yaml'
  for (const replicas of [1, 2])
    await api.call('PUT', where, {
      content: `# ${replicas}\nkind: Deployment\nspec: { replicas: ${replicas} }\n`,
    })
  // Nothing is in it: that comes back too.
  await api.makeShare('/shop/empty', { application: 'shop' })
}

/** A schedule for each application. @param {Context} context @param {Api} api @param {string} repository */
async function beginBackups(context, api, repository) {
  const secrets = { password: { file: putPassword(context) } }
  await api.call('POST', '/v1/repositories', { name: 'disk', url: repository, secrets })
  for (const application of ['payroll', 'shop']) {
    const backupRetention = { daily: 7 }
    const selector = { application }
    const rest = { group: true, retention: { last: 2 }, repository: 'disk', backupRetention }
    await api.call('POST', '/v1/schedules', { name: application, cron: '30 2 * * *', selector, ...rest })
  }
}

/** As the clock would. Waits until what they have begun is in the repository. @param {Api} api */
async function runSchedules(api) {
  for (const name of ['payroll', 'shop']) {
    const { state, messages } = await api.call('POST', `/v1/schedules/${name}/run`)
    check(state === 'done', `schedule ${name} is ${state}: ${messages.join('; ')}`)
  }
  const deadline = Date.now() + backupTimeoutMs
  for (;;) {
    const { items } = await api.call('GET', '/v1/backup-jobs?limit=500')
    const failed = items.filter((/** @type {any} */ { state }) => state === 'failed')
    check(failed.length === 0, `backups failed: ${told(failed)}`)
    if (items.every((/** @type {any} */ { state }) => state === 'done')) break
    check(Date.now() < deadline, `the backups do not end: ${told(items)}`)
    await sleep(200)
  }
  const { items } = await api.call('GET', '/v1/backups?state=done&limit=500')
  return `${items.length} backups`
}

/** Catalog, keys, stores: all but the repository. @param {Context} context */
async function destroy(context) {
  await context.server.kill()
  for (const directory of [dataOf(context), context.storeDirectory]) {
    removeTree(directory, context.filesystem)
    mkdirSync(directory, { mode: 0o700 })
  }
}

/** Its file, as the gateway names it. @param {Context} context */
function putPassword(context) {
  const directory = path.join(dataOf(context), 'secrets')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(path.join(directory, 'restic'), 'correct horse\n', { mode: 0o600 })
  return 'restic'
}

/** What must be the same afterwards, but for files. @param {Api} api */
async function everything(api) {
  const { items: shares } = await api.call('GET', '/v1/shares?limit=1000&below=/')
  const { items: applications } = await api.call('GET', '/v1/applications?limit=1000')
  const documents = []
  for (const { id, name } of applications) {
    const { items } = await api.call('GET', `/v1/applications/${id}/manifests`)
    for (const item of items) {
      const { content, contentType } = await api.call('GET', `/v1/applications/${id}/manifests/${item.name}`)
      documents.push({ application: name, name: item.name, contentType, content })
    }
  }
  return {
    shares: shares.filter((/** @type {any} */ share) => share.origin !== 'config').map(lastingShare),
    applications: applications.map(lastingApplication),
    documents,
  }
}

/** What it was restored from is a label that it did not have. @param {any} share */
function lastingShare({ path, application, description, owner, labels, ...rest }) {
  const { identity, quotaBytes, quotaFiles, readOnly, snapshotAccess, durability, audit } = rest
  delete labels['berth/restored-from']
  return {
    ...{ path, application, description, owner, labels, identity },
    ...{ quotaBytes, quotaFiles, readOnly, snapshotAccess, durability, audit },
  }
}

/** @param {any} application */
function lastingApplication({ id, name, owner, description, labels, links }) {
  return { id, name, owner, description, labels, links }
}

/** @param {Context} context @param {string[]} words of a command line */
function berth(context, words) {
  return execFileSync(process.execPath, [main, ...words, '--data', dataOf(context)], { encoding: 'utf8' })
}

/** @param {unknown} value */
function told(value) {
  return JSON.stringify(value, null, 1)
}

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'
import { Scene } from './scene.mjs'

/** The audit shows what is a second old. */
const auditDelayMs = 1500

/** @param {import('../test-run.mjs').Context} context */
export async function view(context) {
  const scene = await Scene.set(context)
  const { api, shares } = scene
  await converse(context, 'backup/view.sh', scene.environment, {
    ...scene.answers,
    /** Of the third share alone. */
    takeWeb: (name) => api.call('POST', `/v1/shares/${shares[2]?.id}/snapshots`, { name }).then(() => {}),
    /** What the guest has read as the manifest of a share, in /run/exchange/manifest. */
    async manifest(index, name) {
      const share = shares[Number(index)]
      const { items } = await api.call('GET', `/v1/shares/${share?.id}/snapshots`)
      const { id } = items.find((/** @type {{ name: string }} */ item) => item.name === name)
      const told = await api.call('GET', `/v1/snapshots/${id}/manifest`)
      const read = JSON.parse(readFileSync(path.join(context.settings.work, 'exchange/manifest'), 'utf8'))
      check(isDeepStrictEqual(read, told), `${share?.path}: the manifest in the view is another`)
      check(read.share.path === share?.path, `the manifest of ${share?.path} is of ${read.share.path}`)
      const { application } = read
      const isWhole = application.manifests[0]?.content.includes(`image: example`)
      check(application.name === ['payroll', 'payroll', 'shop'][Number(index)], `of ${application.name}`)
      check(isWhole, `application ${application.name} has no documents in the manifest`)
    },
    async restart() {
      await context.server.stop()
      await context.server.start()
    },
    async audit() {
      await sleep(auditDelayMs)
      const { items } = await api.call('GET', '/v1/audit?subject=app:backup&pathPrefix=/.backup&limit=500')
      const paths = items.map((/** @type {{ path: string }} */ item) => item.path)
      for (const wanted of ['/.backup', ...shares.map((share) => `/.backup${share.path}`)])
        check(paths.includes(wanted), `the audit does not have the mount of ${wanted}: ${paths.join(', ')}`)
    },
  })
}

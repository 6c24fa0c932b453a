// Quotas of shares, hit, freed, raised and lowered while they are mounted.
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { Api, check } from './api.mjs'
import { converse } from './conversation.mjs'

const quotaBytes = 64 * 2 ** 20
const quotaFiles = 300
/** How far from the quota the last byte and file may be. */
const inexactness = 0.01

/** @param {import('../test-run.mjs').Context} context */
export async function quota(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const bytes = await api.makeShare('/bytes', { quotaBytes })
  const files = await api.makeShare('/files', { quotaFiles })
  await api.allow('app:filler', '/**')
  const token = await api.makeToken('app:filler')
  /** @param {string} where @param {number} found @param {number} limit */
  const checkFull = (where, found, limit) => {
    context.note(`${where}: ${found} of ${limit}, ${((found / limit - 1) * 100).toFixed(2)} % off`)
    check(Math.abs(found / limit - 1) <= inexactness, `${where} is full with ${found} of ${limit}`)
  }
  /** @param {number} id @param {object} change */
  const set = (id, change) => api.call('PATCH', `/v1/shares/${id}`, change).then(() => {})
  await converse(
    context,
    'access/quota.sh',
    { TOKEN: token.text },
    {
      full: (times = '1') => checkFull('/bytes', sizesIn(bytes.directory), quotaBytes * Number(times)),
      fullOfFiles: () => checkFull('/files', readdirSync(files.directory).length, quotaFiles),
      raise: () => set(bytes.id, { quotaBytes: 2 * quotaBytes }),
      lower: () => set(bytes.id, { quotaBytes: quotaBytes / 2 }),
      lift: () => set(bytes.id, { quotaBytes: null }),
      raiseFiles: () => set(files.id, { quotaFiles: 2 * quotaFiles }),
      async restart() {
        await context.server.stop()
        const { usedBytes } = bytes
        check(usedBytes === 0, 'a new share uses something')
        await context.server.start()
        checkFull('/bytes as the API tells', (await api.share(bytes.id)).usedBytes, sizesIn(bytes.directory))
      },
    },
  )
}

/** Bytes that the files in a directory say they have: these are without holes. @param {string} directory */
function sizesIn(directory) {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0)
}

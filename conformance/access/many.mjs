// A gateway with many shares and folders: how long it takes to start and to mount, and how much memory.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Client } from '../attacks/rpc.mjs'
import { Random } from '../random.mjs'
import { nfsPort } from '../servers/server.mjs'
import { Api, check, dataOf } from './api.mjs'

const program = fileURLToPath(new URL('many-shares.mjs', import.meta.url))
const shareCount = 10_000
const folderCount = 2_000
const mountCount = 1_000
/** Of what is timed. */
const attempts = 3
const startMsMax = 3_000
const mountMsMax = 20
const residentMiBMax = 300

/** @param {import('../test-run.mjs').Context} context */
export async function many(context) {
  await context.server.stop()
  const words = [program, dataOf(context), context.storeDirectory, String(shareCount), String(folderCount)]
  const made = Number(execFileSync(process.execPath, words, { encoding: 'utf8' }))
  check(made >= folderCount, `only ${made} folders were made`)
  const started = await bestStart(context)
  const { residentMiB: startedMiB, processorMs } = context.server.usage()
  const api = Api.of(context)
  const { items } = await api.call('GET', '/v1/folders/0/children?limit=1000')
  await api.allow('app:many', '/company-1*/**')
  const token = await api.makeToken('app:many')
  await context.guest('access/many.sh', { TOKEN: token.text, COMPANIES: String(items.length) })

  const paths = (await shownPaths(api)).map((where) => `/@${token.text}${where}`)
  const mounts = await bestMounts(paths, new Random(context.seed))
  const { residentMiB } = context.server.usage()
  await context.server.stop()
  const again = await bestStart(context)
  context.note(
    `${shareCount} shares, ${made} folders: start ${started.toFixed()} ms (${processorMs} ms of processor), with the grants of the mounts ` +
      `${again.toFixed()} ms; ${mountCount} mounts: median ${mounts.median.toFixed(1)} ms, p99 ${mounts.p99.toFixed(1)} ms; ` +
      `${startedMiB.toFixed()} MiB after the start, ${residentMiB.toFixed()} MiB after the mounts`,
  )
  check(Math.max(started, again) < startMsMax, `it starts in ${started.toFixed()} and ${again.toFixed()} ms`)
  check(mounts.p99 < mountMsMax, `p99 of mounts is ${mounts.p99.toFixed(1)} ms`)
  check(residentMiB < residentMiBMax, `it has ${residentMiB.toFixed()} MiB in memory`)
}

/**
 * Milliseconds of the fastest of some starts: others may be busy on this machine.
 * @param {import('../test-run.mjs').Context} context whose server is stopped; it runs afterwards
 */
async function bestStart(context) {
  let best = Infinity
  for (let attempt = 1; attempt <= attempts; attempt++) {
    best = Math.min(best, await timeOf(() => context.server.start()))
    if (attempt < attempts) await context.server.stop()
  }
  return best
}

/** The calmest of some rounds of mounts. @param {readonly string[]} paths @param {Random} random */
async function bestMounts(paths, random) {
  let best = { median: Infinity, p99: Infinity }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const client = await Client.connect(nfsPort)
    /** @type {number[]} */
    const times = []
    for (let count = 0; count < mountCount; count++) {
      const where = random.pick(paths)
      times.push(await timeOf(() => client.root(where)))
    }
    await client.close()
    times.sort((a, b) => a - b)
    const percentile = (/** @type {number} */ part) => times[Math.ceil(times.length * part) - 1] ?? Infinity
    const round = { median: percentile(0.5), p99: percentile(0.99) }
    if (round.p99 < best.p99) best = round
  }
  return best
}

/** Paths of shares that the token may mount. @param {Api} api @returns {Promise<string[]>} */
async function shownPaths(api) {
  /** @type {string[]} */
  const paths = []
  for (let next = ''; next !== undefined;) {
    const page = await api.call('GET', `/v1/shares?limit=1000${next === '' ? '' : `&after=${next}`}`)
    paths.push(...page.items.map((/** @type {{ path: string }} */ share) => share.path))
    next = page.next
  }
  check(paths.length >= shareCount, `the API tells of ${paths.length} shares`)
  return paths.filter((where) => where.startsWith('/company-1'))
}

/** @param {() => Promise<unknown>} action @returns {Promise<number>} milliseconds */
async function timeOf(action) {
  const before = performance.now()
  await action()
  return performance.now() - before
}

// A gateway's backups, in a process that is killed.
// node backup-crash-child.mjs DATA SECRETS REPOSITORY begin | restore | look
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Applications } from '../../dist/applications/index.js'
import { Backups } from '../../dist/backups/backups.js'
import { openCatalog } from '../../dist/catalog/catalog.js'
import { Namespace } from '../../dist/namespace/namespace.js'
import { Comparisons } from '../../dist/snapshots/comparison/comparisons.js'
import * as drivers from '../../dist/snapshots/drivers/index.js'
import { Hooks } from '../../dist/snapshots/hooks.js'
import { Restores } from '../../dist/snapshots/restore/restores.js'
import { Schedules } from '../../dist/snapshots/schedules.js'
import { Snapshots } from '../../dist/snapshots/snapshots.js'

const [, , data, secrets, url, what] = process.argv
const told = []
const log = Object.fromEntries(
  ['info', 'warn', 'error'].map((level) => [level, (_, message) => void told.push(message)]),
)
/** Nobody is served. */
const dataPlane = {
  watch: () => Promise.resolve(),
  unwatch() {},
  beginJournal: async () => false,
  endJournal() {},
  hold: async () => ({
    ...{ since: performance.now(), changed: new Map() },
    ...{ release: async () => true, settle: async () => {} },
  }),
}
if (!existsSync(data)) mkdirSync(data)
const catalog = await openCatalog({ directory: data })
const onWarning = (message) => void told.push(message)
const namespace = await Namespace.open({ catalog, dataDirectory: data, onWarning })
const applications = new Applications({ catalog, log })
const hooks = new Hooks({ permissions: { commands: [], urls: [] }, log })
const snapshots = await Snapshots.open({ catalog, namespace, applications, drivers, hooks, log, dataPlane })
const restores = await Restores.open({ catalog, namespace, applications, snapshots, log })
const comparisons = new Comparisons(snapshots)
const schedules = new Schedules({ catalog, namespace, applications, hooks })
const backups = await Backups.open({
  ...{ catalog, namespace, applications, snapshots, restores, comparisons, schedules, log },
  config: { restic: 'restic', host: 'gateway', secrets, sshArguments: [] },
  ...{ protection: { snapshotHours: 0, backupHours: 0 }, dataDirectory: data, audit: { record() {} } },
})

/** Says in which phase the last job is, until it is killed or that has ended. */
async function follow() {
  for (let phase = ''; ; await sleep(2)) {
    const job = backups.jobs().at(-1)
    if (job !== undefined && job.phase !== phase) console.log((phase = job.phase))
    if (backups.jobs().every(({ endedAt }) => endedAt !== null)) return
  }
}

if (what === 'begin') {
  const secret = { password: { file: 'password' } }
  await backups.repositories.create({ name: 'offsite', url, secrets: secret }, 'admin:ada')
  const share = await namespace.shares.create({ path: '/a' })
  const at = namespace.shares.directoryOf(share)
  for (let n = 0; n < 200; n++) writeFileSync(`${at}/${n}`, randomBytes(200_000))
  const selector = { path: '/a' }
  const wanted = { name: 'nightly', selector, cron: '0 3 * * *', repository: 'offsite', enabled: false }
  const schedule = await schedules.create(wanted, 'admin:ada')
  const snapshot = await snapshots.takings.create({
    shareId: share.id,
    scheduleId: schedule.id,
    createdBy: 'x',
  })
  backups.beginScheduled(schedule, snapshot)
  await sleep(100)
  await follow()
}
if (what === 'restore') {
  await backups.restore({ repository: 'offsite', all: true, pathPrefix: '/old', createdBy: 'admin:ada' })
  await follow()
}
if (what === 'look') {
  await follow()
  const { items } = await backups.list({ limit: 10 })
  const shares = [...namespace.shares.all()].map(({ path }) => path)
  console.log(JSON.stringify({ items, shares, told }))
  for (const one of [backups, restores, comparisons, snapshots, applications, namespace, catalog])
    await one.close()
}

// A gateway's backups, in a process that is killed, or kills itself before its n-th step in files, catalog or restic.
// node backup-crash-child.mjs DATA SECRETS REPOSITORY begin | scan | restore | look | again [STEP]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSnapshots, Steps, steppingDataPlane } from './crash-steps.mjs'

const [, , directory, secrets, url, what, lastStep] = process.argv
const steps = new Steps(Number(lastStep ?? 0))
steps.countFiles()

const { Backups } = await import('../../dist/backups/backups.js')
const { Restic } = await import('../../dist/backups/restic.js')
const { Comparisons } = await import('../../dist/snapshots/comparison/comparisons.js')
const drivers = await import('../../dist/snapshots/drivers/index.js')
const { Hooks } = await import('../../dist/snapshots/hooks.js')
const { Restores } = await import('../../dist/snapshots/restore/restores.js')
const { Schedules } = await import('../../dist/snapshots/schedules.js')

const told = []
const log = Object.fromEntries(
  ['info', 'warn', 'error'].map((level) => [level, (_, message) => void told.push(message)]),
)
steps.countCalls(Restic.prototype, 'run')
if (!existsSync(directory)) mkdirSync(directory)
const dataPlane = { ...steppingDataPlane(steps), takeChanges: async () => undefined }
const { catalog, namespace, applications, snapshots, close } = await openSnapshots({
  ...{ directory, steps, dataPlane, drivers, log },
})
const restores = await Restores.open({ catalog, namespace, applications, snapshots, log })
const comparisons = new Comparisons(snapshots)
const hooks = new Hooks({ permissions: { commands: [], urls: [] }, log })
const schedules = new Schedules({ catalog, namespace, applications, hooks })
const backups = await Backups.open({
  ...{ catalog, namespace, applications, snapshots, restores, comparisons, schedules, log },
  config: { restic: 'restic', host: 'gateway', secrets, sshArguments: [] },
  ...{ protection: { snapshotHours: 0, backupHours: 0 }, dataDirectory: directory, audit: { record() {} } },
})

/** Says in which phase the last job is, until it is killed or that has ended. */
async function follow() {
  for (let phase = ''; ; await sleep(2)) {
    const job = backups.jobs().at(-1)
    if (job !== undefined && job.phase !== phase) console.log((phase = job.phase))
    if (backups.jobs().every(({ endedAt }) => endedAt !== null)) return
  }
}

const repository = { name: 'offsite', url, secrets: { password: { file: 'password' } } }
if (what === 'begin') {
  await backups.repositories.create(repository, 'admin:ada')
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
if (what === 'scan') {
  await backups.repositories.create(repository, 'admin:ada')
  await backups.scan('offsite', 'admin:ada')
  await follow()
}
const restore = async () => {
  await backups.restore({ repository: 'offsite', all: true, pathPrefix: '/old', createdBy: 'admin:ada' })
  await follow()
}
const tell = async () => {
  const { items } = await backups.list({ limit: 10 })
  const { items: found } = await applications.list({ limit: 10 })
  const shares = [...namespace.shares.all()].map(({ path }) => path)
  const intents = await catalog.db.selectFrom('intents').selectAll().execute()
  const report = backups.jobs().at(-1)?.report
  console.log(
    JSON.stringify({ items, shares, applications: found.map(({ name }) => name), intents, report, told }),
  )
}
if (what === 'restore') {
  steps.isCounting = true
  await restore()
  steps.isCounting = false
}
if (what === 'look' || what === 'again') {
  await follow()
  await tell()
}
if (what === 'again') await restore()
if (what === 'again' || what === 'restore') await tell()
for (const one of [backups, restores, comparisons]) await one.close()
await close()

// Does one thing to the snapshots of a data directory, and kills itself before its n-th step in files or catalog.
// node snapshot-crash-child.mjs DIRECTORY OPERATION STEP
// Says on standard output what it has done to the end.
import { writeSync } from 'node:fs'
import { openSnapshots, Steps, steppingDataPlane, strictLog } from './crash-steps.mjs'

const [, , directory, operation, lastStep] = process.argv
const steps = new Steps(Number(lastStep))
steps.countFiles()

const { detectDriver, drivers } = await import('../../dist/snapshots/drivers/index.js')
const { Restores } = await import('../../dist/snapshots/restore/restores.js')

const stepping = Object.fromEntries(
  Object.entries(drivers).map(([name, driver]) => [
    name,
    {
      ...driver,
      begin(order) {
        const taking = driver.begin(order)
        steps.countCalls(taking, 'prepare', 'cut', 'finish')
        return taking
      },
    },
  ]),
)
const { catalog, namespace, applications, snapshots, close } = await openSnapshots({
  ...{ directory, steps },
  dataPlane: { ...steppingDataPlane(steps), takeChanges: async () => undefined },
  drivers: { drivers: stepping, detectDriver },
})
const restores = await Restores.open({ catalog, namespace, applications, snapshots, log: strictLog })

const createdBy = 'admin:ada'
const shareIds = [...namespace.shares.all()].map(({ id }) => id)
const [shareId] = shareIds
const [first] = snapshots.of(shareId).slice(-1)
const operations = {
  create: () => snapshots.takings.create({ shareId, name: 'new', createdBy }),
  group: () => snapshots.takings.createGroup({ shareIds, name: 'new', createdBy }),
  rename: () => snapshots.rename(first.id, 'renamed'),
  hold: () => snapshots.hold(first.id, 'why', createdBy),
  delete: () => snapshots.deletions.delete(first.id, { last: true }),
  clone: () => restores.clone(first.id, { path: '/clone' }, createdBy),
  async purge() {
    await namespace.shares.delete(shareId, createdBy)
    await namespace.purges.purge(shareId)
  },
}
steps.isCounting = true
await operations[operation]()
steps.isCounting = false
writeSync(1, 'done\n')
await restores.close()
await close()

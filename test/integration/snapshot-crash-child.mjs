// Does one thing to the snapshots of a data directory, and kills itself before its n-th step in files or catalog.
// node snapshot-crash-child.mjs DIRECTORY OPERATION STEP
// Says on standard output what it has done to the end.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { writeSync } from 'node:fs'

const [, , directory, operation, lastStep] = process.argv

let step = 0
let isCounting = false
function count() {
  if (isCounting && ++step === Number(lastStep)) process.kill(process.pid, 'SIGKILL')
}
/** Counts the calls of a method. */
function counted(owner, name) {
  const original = owner[name].bind(owner)
  owner[name] = (...call) => {
    count()
    return original(...call)
  }
}
for (const name of ['mkdir', 'rename', 'rmdir', 'unlink']) counted(fs, name)
syncBuiltinESMExports()

const { Applications } = await import('../../dist/applications/index.js')
const { openCatalog } = await import('../../dist/catalog/catalog.js')
const { Namespace } = await import('../../dist/namespace/namespace.js')
const { detectDriver, drivers } = await import('../../dist/snapshots/drivers/index.js')
const { Hooks } = await import('../../dist/snapshots/hooks.js')
const { Restores } = await import('../../dist/snapshots/restore/restores.js')
const { Snapshots } = await import('../../dist/snapshots/snapshots.js')

const log = {
  info() {},
  warn(fields, message) {
    throw new Error(message, { cause: fields.err })
  },
}
const catalog = await openCatalog({ directory })
counted(catalog, 'transaction')
for (const name of ['insertInto', 'updateTable', 'deleteFrom']) counted(catalog.db, name)
const namespace = await Namespace.open({
  catalog,
  dataDirectory: directory,
  onWarning(message, error) {
    throw new Error(message, { cause: error })
  },
})
// Nobody is served, so there is nobody to hold; each of these is a step.
const dataPlane = {
  async watch() {
    count()
  },
  unwatch() {},
  takeChanges: async () => undefined,
  beginJournal: async () => false,
  endJournal() {},
  async hold() {
    count()
    return {
      changed: new Map(),
      async release() {
        count()
        return true
      },
    }
  },
}
const stepping = Object.fromEntries(
  Object.entries(drivers).map(([name, driver]) => [
    name,
    {
      ...driver,
      begin(order) {
        const taking = driver.begin(order)
        for (const phase of ['prepare', 'cut', 'finish']) counted(taking, phase)
        return taking
      },
    },
  ]),
)
const applications = new Applications({ catalog, log })
const snapshots = await Snapshots.open({
  ...{ catalog, namespace, dataPlane, log, applications },
  drivers: { drivers: stepping, detectDriver },
  hooks: new Hooks({ permissions: { commands: [], urls: [] }, log }),
})
const restores = await Restores.open({ catalog, namespace, applications, snapshots, log })

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
isCounting = true
await operations[operation]()
isCounting = false
writeSync(1, 'done\n')
await restores.close()
await snapshots.close()
await namespace.close()
await catalog.close()

// Moves a share of a data directory to another store, and kills itself before its n-th step in files, catalog or copy.
// node move-crash-child.mjs DIRECTORY SHARE STORE STEP
// Says on standard output that it came to the end.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { writeSync } from 'node:fs'

const [, , directory, shareId, store, lastStep] = process.argv

let step = 0
let isCounting = false
function count() {
  if (isCounting && ++step === Number(lastStep)) process.kill(process.pid, 'SIGKILL')
}
/** Counts the calls of a method. */
function counted(owner, name) {
  const original = owner[name]
  owner[name] = function (...call) {
    count()
    return original.apply(this, call)
  }
}
for (const name of ['mkdir', 'rename', 'rmdir', 'unlink']) counted(fs, name)
syncBuiltinESMExports()

const { Applications } = await import('../../dist/applications/index.js')
const { openCatalog } = await import('../../dist/catalog/catalog.js')
const { Namespace } = await import('../../dist/namespace/namespace.js')
const { detectDriver, drivers } = await import('../../dist/snapshots/drivers/index.js')
const { Hooks } = await import('../../dist/snapshots/hooks.js')
const { Snapshots } = await import('../../dist/snapshots/snapshots.js')
const { Moves } = await import('../../dist/transfers/moves/moves.js')
const { MoveThread } = await import('../../dist/transfers/moves/thread.js')

for (const name of ['copy', 'round', 'map', 'finish', 'close']) counted(MoveThread.prototype, name)
const log = {
  info() {},
  warn(fields, message) {
    throw new Error(message, { cause: fields.err })
  },
}
log.error = log.warn
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
const stepped = async () => count()
const dataPlane = {
  beginJournal: async () => false,
  endJournal() {},
  watch: stepped,
  unwatch() {},
  takeChanges: stepped,
  async hold() {
    count()
    return { since: performance.now(), changed: new Map(), release: async () => (count(), true) }
  },
  seal: async () => (count(), true),
  move: stepped,
}
const snapshots = await Snapshots.open({
  ...{ catalog, namespace, dataPlane, log },
  applications: new Applications({ catalog, log }),
  drivers: { drivers, detectDriver },
  hooks: new Hooks({ permissions: { commands: [], urls: [] }, log }),
})
const moves = await Moves.open({
  ...{ catalog, namespace, snapshots, dataPlane, log },
  definition: (share) => share,
  isMounted: () => true,
})
isCounting = true
await moves.move(Number(shareId), store, 'admin:ada')
// What was left is removed while the gateway runs.
while ((await catalog.db.selectFrom('intents').selectAll().execute()).length > 0)
  await new Promise((resolve) => setTimeout(resolve, 10))
isCounting = false
writeSync(1, 'done\n')
await moves.close()
await snapshots.close()
await namespace.close()
await catalog.close()

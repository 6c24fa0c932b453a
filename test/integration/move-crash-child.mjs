// Moves a share of a data directory to another store, and kills itself before its n-th step in files, catalog or copy.
// node move-crash-child.mjs DIRECTORY SHARE STORE STEP
// Says on standard output that it came to the end.
import { writeSync } from 'node:fs'
import { openSnapshots, Steps, steppingDataPlane, strictLog } from './crash-steps.mjs'

const [, , directory, shareId, store, lastStep] = process.argv
const steps = new Steps(Number(lastStep))
steps.countFiles()

const drivers = await import('../../dist/snapshots/drivers/index.js')
const { Moves } = await import('../../dist/transfers/moves/moves.js')
const { MoveThread } = await import('../../dist/transfers/moves/thread.js')

steps.countCalls(MoveThread.prototype, 'copy', 'round', 'map', 'finish', 'close')
const dataPlane = steppingDataPlane(steps)
const { catalog, namespace, snapshots, close } = await openSnapshots({ directory, steps, dataPlane, drivers })
const moves = await Moves.open({
  ...{ catalog, namespace, snapshots, dataPlane, log: strictLog },
  definition: (share) => share,
  isMounted: () => true,
})
steps.isCounting = true
await moves.move(Number(shareId), store, 'admin:ada')
// What was left is removed while the gateway runs.
while ((await catalog.db.selectFrom('intents').selectAll().execute()).length > 0)
  await new Promise((resolve) => setTimeout(resolve, 10))
steps.isCounting = false
writeSync(1, 'done\n')
await moves.close()
await close()

// Restores what it is told to from a snapshot of a data directory, and kills itself before its n-th step in files, catalog
// or the thread that restores.
// node restore-crash-child.mjs DIRECTORY, and on its standard input {"step", "kind": "restore" or "clone", "snapshotId", "wish"}
// Says on standard output that it came to the end.
import { readFileSync, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'
import { openSnapshots, Steps, steppingDataPlane, strictLog } from './crash-steps.mjs'

const [, , directory] = process.argv
const steps = new Steps()
steps.countFiles()

const counted = new URL('restore-crash-thread.mjs', import.meta.url)
threads.Worker = class extends threads.Worker {
  constructor(module, options) {
    const isRestore = module.pathname.endsWith('/restore/worker.js')
    const workerData = { ...options.workerData, module: module.href, steps: steps.state }
    super(isRestore ? counted : module, isRestore ? { ...options, workerData } : options)
  }
}
syncBuiltinESMExports()

const drivers = await import('../../dist/snapshots/drivers/index.js')
const { Restores } = await import('../../dist/snapshots/restore/restores.js')
await import('../../dist/snapshots/snapshots.js')

// So far it may come while another works on the directory.
const { step, kind, snapshotId, wish } = JSON.parse(readFileSync(0, 'utf8'))
steps.last = step
const dataPlane = { ...steppingDataPlane(steps), takeChanges: async () => undefined }
const { close, ...services } = await openSnapshots({ directory, steps, dataPlane, drivers })
const restores = await Restores.open({ ...services, log: strictLog })
steps.isCounting = true
await restores[kind](snapshotId, wish, 'admin:ada')
steps.isCounting = false
writeSync(1, 'done\n')
await restores.close()
await close()

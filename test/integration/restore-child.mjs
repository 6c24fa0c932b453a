// Restores a tree, and kills itself at its n-th look at whether to go on.
// node restore-child.mjs ORDER.json STEP
// Says on standard output that it came to the end.
import { readFileSync, writeSync } from 'node:fs'

const [, , file, step] = process.argv
const { RestoreWork } = await import('../../dist/snapshots/restore/work.js')

let breaths = 0
const work = new RestoreWork(JSON.parse(readFileSync(file, 'utf8')), () => {
  if (++breaths === Number(step)) process.kill(process.pid, 'SIGKILL')
})
await work.run()
writeSync(1, 'done\n')

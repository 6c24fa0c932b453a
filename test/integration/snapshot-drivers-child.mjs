// Takes snapshots and removes them until it is killed.
// node snapshot-drivers-child.mjs DRIVER SOURCE DIRECTORY
import { writeSync } from 'node:fs'
import { drivers } from '../../dist/snapshots/drivers/index.js'

const [, , name, source, directory] = process.argv
const order = { source, directory, name: 'taken', onProgress() {}, signal: new AbortController().signal }
writeSync(1, 'begins\n')
for (;;) {
  const taking = drivers[name].begin(order)
  await taking.prepare()
  await taking.cut(undefined)
  await taking.finish()
  await drivers[name].remove(order)
}

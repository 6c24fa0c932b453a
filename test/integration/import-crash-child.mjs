// Imports a directory, and kills itself at its n-th change of the namespace's files or catalog.
// node import-crash-child.mjs DATA DIRECTORY MODE STEP
// Says on standard output that it came to the end.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { writeSync } from 'node:fs'

const [, , data, directory, mode, step] = process.argv

// Each call that changes something on the disk is a step; the kill comes right after it.
let steps = -Infinity
const counted = (call) =>
  async function (...args) {
    const result = await call.apply(this, args)
    if (++steps === Number(step)) process.kill(process.pid, 'SIGKILL')
    return result
  }
const promises = createRequire(import.meta.url)('node:fs/promises')
for (const name of ['mkdir', 'rename', 'rmdir', 'unlink', 'chmod']) promises[name] = counted(promises[name])
syncBuiltinESMExports()

const { openCatalog } = await import('../../dist/catalog/catalog.js')
const { Namespace } = await import('../../dist/namespace/namespace.js')
const { Imports } = await import('../../dist/transfers/imports.js')
const { Applications } = await import('../../dist/applications/index.js')

const log = { info() {}, warn() {} }
const catalog = await openCatalog({ directory: data })
const namespace = await Namespace.open({ catalog, dataDirectory: data, onWarning() {} })
const applications = new Applications({ catalog, log })
const config = { directories: [directory], dockerSocket: '/nowhere', tarBytes: 1e9, tarFiles: 1e6 }
const imports = new Imports({ config, namespace, applications, log })
steps = 0
await imports.importDirectory({ path: '/a/b', directory: `${directory}/data`, mode }, 'admin:ada')
writeSync(1, 'done\n')
process.kill(process.pid, 'SIGKILL')

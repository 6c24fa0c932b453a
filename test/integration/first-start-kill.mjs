// Loaded before a gateway (node --import): kills it after the n-th step of its main thread in files or catalog.
// KILL_AFTER: n.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const require = createRequire(import.meta.url)
  const Database = require('better-sqlite3')
  let steps = 0
  const step = (result) => {
    if (++steps === Number(process.env.KILL_AFTER)) process.kill(process.pid, 'SIGKILL')
    return result
  }
  const count = (owner, names, isStep = () => true) => {
    for (const name of names) {
      const original = owner[name]
      owner[name] = function (...call) {
        const result = original.apply(this, call)
        if (!isStep(this, ...call)) return result
        return result instanceof Promise ? result.then(step) : step(result)
      }
    }
  }
  const makesFile = (_, __, flags) => flags === 'w' || (Number(flags) & constants.O_CREAT) !== 0
  count(require('node:fs'), ['mkdirSync', 'renameSync'])
  count(require('node:fs'), ['openSync'], makesFile)
  count(require('node:fs/promises'), ['mkdir', 'rename', 'rmdir'])
  count(require('node:fs/promises'), ['open'], makesFile)
  syncBuiltinESMExports()
  count(Database.prototype, ['exec'])
  // Of a transaction, the end.
  const statement = Object.getPrototypeOf(new Database(':memory:').prepare('select 1'))
  count(statement, ['run'], ({ database }) => !database.inTransaction)
}

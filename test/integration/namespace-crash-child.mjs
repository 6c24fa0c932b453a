// Changes a namespace until it is killed, and says on standard output which shares it has made.
// node namespace-crash-child.mjs DIRECTORY SEED
import { renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openCatalog } from '../../dist/catalog/catalog.js'
import { Namespace } from '../../dist/namespace/namespace.js'

const [, , directory, seed] = process.argv

/** Numbers below `below`, the same for each seed (Numerical Recipes' generator). */
let state = Number(seed)
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

const catalog = await openCatalog({ directory })
const namespace = await Namespace.open({
  catalog,
  dataDirectory: directory,
  graceMs: 0,
  onWarning(message, error) {
    throw new Error(message, { cause: error })
  },
})

/** Anything that the state of things forbids is passed over. */
const tried = async (work) => {
  try {
    await work()
  } catch (error) {
    if (error.name !== 'ServiceError') throw error
  }
}
const any = (list) => list[random(list.length)]
const path = () => `/${['a', 'b', 'c'].slice(0, 1 + random(3)).join('/')}/${random(1000)}`

for (;;) {
  const living = [...namespace.shares.all('living')]
  const deleted = [...namespace.shares.all('deleted')]
  await tried(async () => {
    const share = await namespace.shares.create({ path: path() })
    // Whole or not at all: a kill may come between the making of a file and its content.
    const marker = join(namespace.shares.directoryOf(share), 'number')
    writeFileSync(`${marker}.new`, String(share.id))
    renameSync(`${marker}.new`, marker)
    writeSync(1, `${share.id}\n`)
  })
  if (living.length > 5) await tried(() => namespace.shares.delete(any(living).id, 'admin:ada'))
  if (deleted.length > 3) await tried(() => namespace.shares.undelete(any(deleted).id))
  if (deleted.length > 5) await tried(() => namespace.purges.purge(any(deleted).id))
  const moved = any(namespace.nodes.children(0))
  if (moved) await tried(() => namespace.nodes.move(moved.id, path(), { aliasSeconds: 1 }))
}

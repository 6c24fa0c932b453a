// What a client may do to the modes of its own directories, in a namespace of a server that is a plain user.
// node namespace-plain-user-child.mjs DIRECTORY
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCatalog } from '../../dist/catalog/catalog.js'
import { Namespace } from '../../dist/namespace/namespace.js'

const [, , directory] = process.argv
const catalog = await openCatalog({ directory })
const namespace = await Namespace.open({
  catalog,
  dataDirectory: directory,
  onWarning(message, error) {
    throw new Error(message, { cause: error })
  },
})
const identity = { squash: 'all', uid: 5, gid: 5, gids: [] }
await namespace.shares.create({ path: '/a', identity })
const owned = () => namespace.shares.directoryOf(namespace.shares.get(1))
assert.equal(statSync(owned()).uid, process.getuid())
await assert.rejects(namespace.shares.create({ path: '/b', directoryUid: 5 }), { code: 'forbidden' })

mkdirSync(join(owned(), 'x', 'y'), { recursive: true })
writeFileSync(join(owned(), 'x', 'y', 'file'), '')
chmodSync(join(owned(), 'x', 'y'), 0)
chmodSync(join(owned(), 'x'), 0o500)
chmodSync(owned(), 0o500)
await namespace.nodes.move(namespace.nodes.at('/a').id, '/c/d')
assert.equal(statSync(owned()).mode & 0o7777, 0o500)
await namespace.shares.delete(1, 'admin:ada')
await namespace.shares.undelete(1)
assert.equal(statSync(owned()).mode & 0o7777, 0o500)
await namespace.shares.delete(1, 'admin:ada')
await namespace.purges.purge(1)
const { directory: store } = namespace.stores.get('default')
assert.deepEqual(readdirSync(join(store, '.berth', 'tombstones')), [])
assert.deepEqual(readdirSync(store), ['.berth'])
await namespace.close()
await catalog.close()

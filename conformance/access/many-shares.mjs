// A process of its own: fills a data directory with folders and shares through the services that the gateway has.
// node many-shares.mjs DATA STORE SHARES FOLDERS
import { openCatalog } from '../../dist/catalog/catalog.js'
import { Namespace } from '../../dist/namespace/namespace.js'

const [dataDirectory = '', directory = '', shareCount = '0', folderCount = '0'] = process.argv.slice(2)
const log = { info: () => {}, warn: console.error, error: console.error }
const catalog = await openCatalog({ directory: dataDirectory, log })
const namespace = await Namespace.open({ catalog, dataDirectory, onWarning: console.error })
await namespace.stores.add({ name: 'image', directory })
/** Ten departments in each of the companies. @param {number} folder */
const pathOf = (folder) => `/company-${Math.floor(folder / 10)}/department-${folder % 10}`
const departments = Math.floor((Number(folderCount) * 10) / 11)
for (let folder = 0; folder < departments; folder++)
  await namespace.nodes.createFolder({ path: pathOf(folder) })
for (let share = 0; share < Number(shareCount); share++) {
  const path = `${pathOf(share % departments)}/share-${Math.floor(share / departments)}`
  await namespace.shares.create({ path, store: 'image', directoryMode: 0o777 })
}
let nodes = -1
for (const _ of namespace.tree.subtree(namespace.tree.root)) nodes += 1
console.log(nodes - Number(shareCount))
await namespace.close()
await catalog.close()

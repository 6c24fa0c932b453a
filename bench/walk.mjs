/**
 * `npm run bench:walk [-- --files N --passes N --scratch DIR]`: walks a tree of a million files through the gateway,
 * listing every directory with READDIRPLUS and asking GETATTR of every handle, and prints the gateway's resident memory
 * after each pass. Flat memory is what it shows: caches have limits, and a file seen leaves nothing behind.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { memoryOf } from './lib/process.mjs'
import { startBerth } from './lib/servers.mjs'
import { filesPerDirectory, makeTree } from './lib/share-tree.mjs'
import { grouped } from './lib/table.mjs'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    passes: { type: 'string', default: '3' },
    scratch: { type: 'string', default: '/var/tmp' },
  },
})
const directoryCount = Math.ceil(Number(values.files) / filesPerDirectory)
/** GETATTRs in flight. */
const depth = 128
const pageSize = 64 * 1024
const port = 22_349

/**
 * Every entry of a directory but "." and "..".
 * @param {Nfs3Client} nfs
 * @param {Buffer} dir
 */
async function* entriesOf(nfs, dir) {
  let from
  for (;;) {
    const page = await nfs.readdirplus(dir, pageSize, pageSize, from)
    if (page.status !== 0) throw new Error(`READDIRPLUS: status ${page.status}`)
    for (const entry of page.entries) if (!/^\.\.?$/.test(entry.name.toString())) yield entry
    const last = page.entries.at(-1)
    if (page.eof || last === undefined) return
    from = { cookie: last.cookie, cookieVerifier: page.cookieVerifier }
  }
}

/**
 * @param {Nfs3Client} nfs
 * @param {Buffer} root
 */
async function walk(nfs, root) {
  let count = 0
  for await (const directory of entriesOf(nfs, root)) {
    if (directory.handle === undefined) throw new Error('READDIRPLUS told no handle')
    let asked = []
    for await (const { handle } of entriesOf(nfs, directory.handle)) {
      if (handle === undefined) throw new Error('READDIRPLUS told no handle')
      asked.push(nfs.getattr(handle))
      if (asked.length < depth) continue
      for (const { status } of await Promise.all(asked))
        if (status !== 0) throw new Error(`GETATTR: status ${status}`)
      count += asked.length
      asked = []
    }
    await Promise.all(asked)
    count += asked.length
  }
  return count
}

const folder = mkdtempSync(join(values.scratch, 'berth-walk-'))
try {
  const directory = join(folder, 'tree')
  console.log(`making ${grouped(directoryCount * filesPerDirectory)} files`)
  makeTree(directory, directoryCount)
  const server = await startBerth({ name: 'berth', folder, directory, port })
  try {
    const transport = await TcpTransport.connect(port)
    const mounted = await new Mount3Client(transport).mount('/bench')
    if (mounted.status !== 0) throw new Error(`MNT: status ${mounted.status}`)
    const nfs = new Nfs3Client(transport)
    const show = (/** @type {string} */ when) =>
      console.log(`${when.padEnd(14)} ${memoryOf(server.pid).nowMib.toFixed(0).padStart(5)} MiB`)
    show('at the start')
    for (let pass = 1; pass <= Number(values.passes); pass++) {
      const count = await walk(nfs, mounted.handle)
      show(`${grouped(count)} files`)
    }
    await transport.close()
  } finally {
    await server.stop()
  }
} finally {
  rmSync(folder, { recursive: true })
}

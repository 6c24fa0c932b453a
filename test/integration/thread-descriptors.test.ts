import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { writeInodeMap } from '../../dist/snapshots/drivers/inode-map.js'
import { ObjectTable } from '../../dist/snapshots/drivers/object-table.js'

// As built: threads run what users run.
const module = new URL('../../dist/snapshots/restore/original.js', import.meta.url).href

/** Reads an inode map, and ends when it is told to. */
const reader = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData.module).then(({ Original }) => {
    new Original(workerData.map, { highMask: 0xffffffff }).close()
    parentPort.once('message', () => {})
    parentPort.postMessage('closed')
  })
`

test('a thread that has read an inode map ends without closing what has its descriptor’s number by then', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'berth-threads-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const map = join(directory, 'inodes')
  writeInodeMap(map, new ObjectTable(), new Uint32Array())

  const thread = new Worker(reader, { eval: true, workerData: { module, map } })
  expect(await once(thread, 'message')).toEqual(['closed'])
  // The lowest numbers that are free, the one of the map among them.
  const others = Array.from({ length: 64 }, () => openSync('/dev/null', 'r'))
  onTestFinished(() => others.forEach((fd) => closeSync(fd)))
  thread.postMessage('end')
  expect(await once(thread, 'exit')).toEqual([0])
  for (const fd of others) expect(fstatSync(fd).isCharacterDevice()).toBe(true)
})

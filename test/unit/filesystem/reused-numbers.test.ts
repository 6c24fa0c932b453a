import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Nfsstat3 } from 'nfs-server-ts'
import { expect, onTestFinished, test } from 'vitest'
import { caller, openLinuxFixture, statusOf } from './fixture.ts'

/** Makes and removes files as quickly as it can, so that the numbers of removed ones are given away at once. */
const maker = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { closeSync, openSync, unlinkSync } = require('node:fs')
  parentPort.postMessage('begins')
  for (let k = 0; ; k++) {
    closeSync(openSync(workerData + '/' + (k % 50), 'w'))
    if (k >= 40) unlinkSync(workerData + '/' + ((k - 40) % 50))
  }
`

test('the handle of a removed file is STALE while its number is being given to another', async () => {
  const fixture = openLinuxFixture([{}, {}])
  onTestFinished(() => fixture.close())
  const thread = new Worker(maker, { eval: true, workerData: fixture.directory(2) })
  onTestFinished(async () => {
    await thread.terminate()
  })
  await once(thread, 'message')
  const { backend, root } = fixture
  const name = Buffer.from('file')
  /** Rounds in which it was not known at once: the thread may stand still while it makes a file. */
  let unknownCount = 0
  for (let round = 0; round < 500; round++) {
    const made = await backend.create(caller, { dir: root, name }, { mode: 'GUARDED', attributes: {} })
    if (made.status !== Nfsstat3.OK) throw new Error(`CREATE: status ${made.status}`)
    const file = Buffer.from(made.object!)
    expect(await statusOf(() => backend.remove(caller, { dir: root, name }))).toBe(Nfsstat3.OK)
    const seen = new Set<number>()
    for (let k = 0; k < 20; k++) seen.add(await statusOf(() => backend.getattr(caller, file)))
    expect([Nfsstat3.STALE, Nfsstat3.JUKEBOX]).toEqual(expect.arrayContaining([...seen]))
    if (seen.has(Nfsstat3.JUKEBOX)) unknownCount++
  }
  expect(unknownCount).toBeLessThan(15)
})

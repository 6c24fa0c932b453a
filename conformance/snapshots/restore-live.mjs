// A share goes back to what it was, and forth again, while a client works in it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Api, check, treeOf } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'

/** Bytes of a record of faults/markers.c. */
const recordSize = 64
/** Files that a restore has to do with, so that it can be killed in the middle. */
const manyCount = 3000
/** Milliseconds after the begin of a restore at which the gateway is killed. */
const killedAfterMs = [1, 60, 120, 180]

/** @param {import('../test-run.mjs').Context} context */
export async function restoreLive(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const share = await api.makeShare('/db')
  await api.allow('app:worker', '/db')
  const token = await api.makeToken('app:worker')
  const many = path.join(share.directory, 'many')
  const safeFile = path.join(context.settings.work, 'exchange/safe')
  /** @type {Map<string, number>} */
  const ids = new Map()
  /** What has been written and synced, as the client was told. */
  const safeCount = () => readFileSync(safeFile, 'latin1').match(/^safe \d+$/gm)?.length ?? 0
  const restore = async (/** @type {string} */ name) =>
    api.call('POST', `/v1/snapshots/${ids.get(name)}/restore`, { safetySnapshot: name === 'then' })

  await converse(
    context,
    'snapshots/restore-live.sh',
    { TOKEN: token.text, MANY: String(manyCount) },
    {
      fill(text) {
        mkdirSync(many, { recursive: true })
        for (let index = 0; index < manyCount; index++)
          writeFileSync(path.join(many, String(index)), `${text} ${index}\n`)
      },
      async take(name) {
        const { id } = await api.call('POST', `/v1/shares/${share.id}/snapshots`, { name })
        ids.set(name ?? '', id)
      },
      async restore(name) {
        const acknowledged = safeCount()
        const { safetySnapshot } = await restore(name ?? '')
        if (safetySnapshot === null) return
        ids.set('safety', safetySnapshot.id)
        const saved = readFileSync(path.join(treeOf(context, share, safetySnapshot), 'written'), 'latin1')
        checkRecords(saved, acknowledged)
        check(acknowledged > 0, 'the writer had not begun')
        return `${acknowledged} records were acknowledged before\n`
      },
      async interrupt() {
        for (const ms of killedAfterMs) {
          const running = restore('then').then(
            () => true,
            () => false,
          )
          while (!existsSync(path.join(share.directory, '.berth-restore'))) await sleep(1)
          await sleep(ms)
          await context.server.kill()
          check(!(await running), `the restore was done after ${ms} ms: it takes more files`)
          const right = Array.from({ length: manyCount }, (_, index) =>
            readFileSync(path.join(many, String(index)), 'utf8'),
          ).filter((text) => text.startsWith('before ')).length
          context.note(`killed after ${ms} ms: ${right} of ${manyCount} files were restored`)
          await context.server.start()
        }
        const told = context.server
          .log()
          .filter(({ msg }) => msg === 'restore: one was interrupted; run again, it goes on where it was')
        check(told.length === killedAfterMs.length, `${told.length} interrupted restores in the log`)
        check(!existsSync(path.join(share.directory, '.berth-restore')), 'something is left of them')
        await restore('then')
      },
    },
  )
}

/** @param {string} text @param {number} countMin */
function checkRecords(text, countMin) {
  const lines = text.slice(0, Math.floor(text.length / recordSize) * recordSize).match(/.{63}\n/gs) ?? []
  for (const [number, line] of lines.entries())
    check(Number(line.slice(0, 10)) === number, `record ${number} of the safety snapshot is ${line}`)
  check(
    lines.length >= countMin,
    `${lines.length} records in the safety snapshot, ${countMin} were acknowledged`,
  )
}

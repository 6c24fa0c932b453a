// What ends a grant ends its calls at once, in the middle of a write, and no other grant's.
import { statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Api, check } from './api.mjs'
import { converse } from './conversation.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */

/** From the answer to what ends a grant: by then no byte more may arrive. */
const stopMsMax = 100
/** A write is in the middle when so much has arrived. */
const middleBytes = 64 * 2 ** 20
const patienceMs = 60_000
/** The longest that the writes of another grant may rest meanwhile: a sign of life on a busy machine, no speed. */
const restMsMax = 1500

/** Everything that a write changes. @param {string} file */
function trace(file) {
  const { size, blocks, mtimeNs } = statSync(file, { bigint: true })
  return `${size} bytes in ${blocks} blocks, changed at ${mtimeNs}`
}

/**
 * Ends a write in the middle, and sees that nothing arrives any more while another goes on.
 * @param {Context} context
 * @param {string} file that is written
 * @param {string} otherFile that is written under another grant
 * @param {() => Promise<unknown>} end
 */
async function endWrite(context, file, otherFile, end) {
  const deadline = Date.now() + patienceMs
  while ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < middleBytes) {
    check(Date.now() < deadline, `no ${middleBytes} bytes of ${file} after ${patienceMs} ms`)
    await sleep(20)
  }
  let otherSize = statSync(otherFile).size
  let grownAt = performance.now()
  let restMs = 0
  const watch = setInterval(() => {
    const { size } = statSync(otherFile)
    restMs = Math.max(restMs, performance.now() - grownAt)
    if (size === otherSize) return
    otherSize = size
    grownAt = performance.now()
  }, 10)
  const askedAt = performance.now()
  await end()
  const answeredAt = performance.now()
  await sleep(stopMsMax)
  const stopped = trace(file)
  const otherBefore = otherSize
  await sleep(1500)
  clearInterval(watch)
  check(trace(file) === stopped, `it was written on: ${stopped}, later ${trace(file)}`)
  check(otherSize > otherBefore, 'the other grant writes no more')
  check(restMs < restMsMax, `the other grant rested for ${restMs.toFixed()} ms`)
  const lastWrite = Number(statSync(file, { bigint: true }).mtimeNs / 1_000_000n)
  const answeredOn = performance.timeOrigin + answeredAt
  context.note(
    `${path.basename(file)}: answered after ${(answeredAt - askedAt).toFixed(1)} ms, last byte ` +
      `${(answeredOn - lastWrite).toFixed()} ms before the answer, ${statSync(file).size >> 20} MiB written; ` +
      `the other wrote ${(otherSize - otherBefore) >> 20} MiB in 1.5 s after, rested for ${restMs.toFixed()} ms at most`,
  )
}

/** @param {Context} context */
export async function revoke(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const victim = await api.makeShare('/victim')
  const other = await api.makeShare('/other')
  for (const path of ['/victim', '/other']) await api.allow('app:writer', path)
  const tokens = {
    revoked: await api.makeToken('app:writer'),
    ended: await api.makeToken('app:writer'),
    denied: await api.makeToken('app:writer/denied'),
    turned: await api.makeToken('app:writer'),
  }
  const otherFile = path.join(other.directory, 'steady')
  /** @param {string} name @param {() => Promise<unknown>} end */
  const stop = (name, end) => endWrite(context, path.join(victim.directory, name), otherFile, end)
  const environment = {
    REVOKED: tokens.revoked.text,
    ENDED: tokens.ended.text,
    DENIED: tokens.denied.text,
    TURNED: tokens.turned.text,
    OTHER: (await api.makeToken('app:writer')).text,
    FRESH: (await api.makeToken('app:writer')).text,
  }
  await converse(context, 'access/revoke.sh', environment, {
    revoked: () => stop('revoked', () => api.revoke(tokens.revoked)),
    ended: () =>
      stop('ended', async () => {
        const { items } = await api.call('GET', `/v1/grants?token=${tokens.ended.id}`)
        for (const { number } of items) await api.call('DELETE', `/v1/grants/${number}`)
      }),
    denied: () =>
      stop('denied', () =>
        api.call('POST', '/v1/rules', {
          ...{ kind: 'p', subject: 'app:writer/denied', object: '/victim/**', action: '*', effect: 'deny' },
        }),
      ),
    turned: () => stop('turned', () => api.call('PATCH', `/v1/shares/${victim.id}`, { readOnly: true })),
    writable: () => api.call('PATCH', `/v1/shares/${victim.id}`, { readOnly: false }).then(() => {}),
    async restart() {
      await context.server.stop()
      await context.server.start()
    },
    async kill() {
      await context.server.kill()
      await context.server.start()
    },
  })
}

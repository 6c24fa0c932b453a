// A script in the guest that asks the host to do things on the way: `ask WORD...` of prelude.sh.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs a script in a guest and answers what it asks.
 * @param {import('../test-run.mjs').Context} context
 * @param {string} script path below conformance/
 * @param {Record<string, string>} environment
 * @param {Record<string, (...words: string[]) => Promise<string | void> | string | void>} answers by the first word of
 * a question; what they return is what `ask` prints
 */
export async function converse(context, script, environment, answers) {
  const exchange = path.join(context.settings.work, 'exchange')
  const question = path.join(exchange, 'question')
  for (const name of ['question', 'answer', 'refusal']) rmSync(path.join(exchange, name), { force: true })
  /** @param {'answer' | 'refusal'} name @param {string} text */
  const say = (name, text) => {
    writeFileSync(path.join(exchange, `${name}.new`), text)
    renameSync(path.join(exchange, `${name}.new`), path.join(exchange, name))
  }
  /** @type {unknown} */
  let failure
  let isRunning = true
  const ended = context.guest(script, environment).finally(() => (isRunning = false))
  ended.catch(() => {}) // Awaited below.
  while (isRunning) {
    await sleep(20)
    if (!existsSync(question)) continue
    const [name = '', ...words] = readFileSync(question, 'utf8').trim().split(' ')
    rmSync(question)
    context.log.write(`# asked: ${name} ${words.join(' ')}\n`)
    try {
      const answer = answers[name]
      if (answer === undefined) throw new Error(`the guest asks for ${name}`)
      say('answer', (await answer(...words)) ?? '')
    } catch (error) {
      failure ??= error
      say('refusal', String(error))
    }
  }
  // What went wrong here is why the script ended.
  if (failure !== undefined) throw failure
  await ended
}

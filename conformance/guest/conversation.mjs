// A script in the guest that asks the host to do things on the way: `ask WORD...` of prelude.sh.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {Record<string, (...words: string[]) => Promise<string | void> | string | void>} Answers by the first word of
 * a question; what they return is what `ask` prints */

const names = /** @type {const} */ (['question', 'answer', 'refusal'])

/**
 * Runs something in a guest and answers what it asks. Throws what went wrong in an answer, or else in the guest.
 * @template T
 * @param {string} exchange the guest's /run/exchange
 * @param {() => Promise<T>} start starts the guest; resolves when it has ended
 * @param {Answers} answers
 * @returns {Promise<T>}
 */
export async function answering(exchange, start, answers) {
  const question = path.join(exchange, 'question')
  for (const name of names) rmSync(path.join(exchange, name), { force: true })
  /** @param {'answer' | 'refusal'} name @param {string} text */
  const say = (name, text) => {
    writeFileSync(path.join(exchange, `${name}.new`), text)
    renameSync(path.join(exchange, `${name}.new`), path.join(exchange, name))
  }
  /** @type {unknown} */
  let failure
  let isRunning = true
  const ended = start().finally(() => (isRunning = false))
  ended.catch(() => {}) // Awaited below.
  while (isRunning) {
    await sleep(20)
    if (!existsSync(question)) continue
    const [name = '', ...words] = readFileSync(question, 'utf8').trim().split(' ')
    rmSync(question)
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
  return ended
}

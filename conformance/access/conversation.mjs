// A script in the guest that asks the host to do things on the way.
import path from 'node:path'
import { answering } from '../guest/conversation.mjs'

/**
 * Runs a script in a guest and answers what it asks.
 * @param {import('../test-run.mjs').Context} context
 * @param {string} script path below conformance/
 * @param {Record<string, string>} environment
 * @param {import('../guest/conversation.mjs').Answers} answers
 */
export async function converse(context, script, environment, answers) {
  const logged = Object.entries(answers).map(([name, answer]) => [
    name,
    (/** @type {string[]} */ ...words) => {
      context.log.write(`# asked: ${name} ${words.join(' ')}\n`)
      return answer(...words)
    },
  ])
  const exchange = path.join(context.settings.work, 'exchange')
  await answering(exchange, () => context.guest(script, environment), Object.fromEntries(logged))
}

/** Options of the commands, and how a command that does not understand them ends. */

import { tmpdir } from 'node:os'
/** Options that cannot be meant; the message says what is wrong. */
export class UsageError extends Error {}

/**
 * @param {string | undefined} text
 * @param {number} fallback
 * @param {string} name
 */
export function positive(text, fallback, name) {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value > 0 && value < 1e6)) throw new UsageError(`--${name} wants a number above 0, not '${text}'`)
  return value
}

/**
 * @param {string | undefined} text
 * @param {number} fallback
 * @param {string} name
 */
export function positiveInteger(text, fallback, name) {
  const value = positive(text, fallback, name)
  if (!Number.isInteger(value)) throw new UsageError(`--${name} wants a whole number`)
  return value
}

/**
 * @template {string} T
 * @param {string} text
 * @param {readonly T[]} known
 * @param {string} name
 * @returns {T}
 */
export function oneOf(text, known, name) {
  const found = known.find((value) => value === text)
  if (found === undefined) throw new UsageError(`--${name} wants ${known.join(' or ')}, not '${text}'`)
  return found
}

/**
 * The names of a list, all of them without one.
 * @template {string} T
 * @param {string | undefined} text  With commas.
 * @param {readonly T[]} known
 * @param {string} name
 * @returns {T[]}
 */
export function someOf(text, known, name) {
  if (text === undefined) return [...known]
  const asked = text.split(',').map((word) => oneOf(word, known, name))
  return known.filter((value) => asked.includes(value))
}

/** The command line that was typed, for the documents. @param {string} script  As package.json has it. */
export function commandLine(script) {
  return [`npm run ${script} --`, ...process.argv.slice(2)].join(' ').replace(/ --$/, '')
}

/**
 * Runs a command and sets the exit status; options that are wrong are answered with the usage text.
 * @param {() => Promise<number>} main
 * @param {string} usage
 */
export async function runCommand(main, usage) {
  try {
    process.exitCode = await main()
  } catch (error) {
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
    process.stderr.write(
      isUsage ? `${error.message}\n\n${usage}` : `${error instanceof Error ? error.message : error}\n`,
    )
    process.exitCode = isUsage ? 2 : 1
  }
}

/** Options of every bench that makes an image and writes results. */
export const runOptions = /** @type {const} */ ({
  'write-results': { type: 'boolean', default: false },
  scratch: { type: 'string', default: tmpdir() },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
})

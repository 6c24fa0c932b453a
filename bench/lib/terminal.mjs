/** What a person watching sees. */

export const isTerminal = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined

/** @param {string} text  A line that later text replaces; only on a terminal. */
export function progress(text) {
  if (isTerminal) process.stdout.write(`\r\x1b[K${text}`)
}

/** @param {string} text */
export function say(text) {
  progress('')
  process.stdout.write(`${text}\n`)
}

/** Trees of many files, made past the server. */

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'

export const filesPerDirectory = 1000

/**
 * Makes `d0/f0` and so on, empty.
 * @param {string} directory
 * @param {number} directoryCount
 */
export function makeTree(directory, directoryCount) {
  for (let d = 0; d < directoryCount; d++) {
    const path = join(directory, `d${d}`)
    mkdirSync(path, { recursive: true })
    for (let f = 0; f < filesPerDirectory; f++) closeSync(openSync(join(path, `f${f}`), 'w'))
  }
}

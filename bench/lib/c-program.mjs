/** Programs in C, built for a run. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.mjs'

/**
 * Builds a program in C from all sources, or one, of a folder beside this one.
 * @param {string} folder  Where it goes.
 * @param {string} name
 * @param {string} sources  Folder or file.
 * @returns {Promise<string>} Its path.
 */
export async function build(folder, name, sources) {
  const source = join(import.meta.dirname, '..', sources)
  const program = join(folder, name)
  const files = statSync(source).isDirectory()
    ? readdirSync(source, { encoding: 'utf8' }).map((file) => join(source, file))
    : [source]
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program]
  await run('cc', [...flags, ...files.filter((file) => file.endsWith('.c'))])
  return program
}

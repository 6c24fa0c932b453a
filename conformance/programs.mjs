// The C programs that tests run, built on the host: the guest sees the host's libraries.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Builds every .c file of guest/, posix/ and faults/ into one folder. @param {string} folder */
export function buildPrograms(folder) {
  for (const part of ['guest', 'posix', 'faults']) {
    for (const file of readdirSync(path.join(here, part))) {
      if (!file.endsWith('.c')) continue
      const output = path.join(folder, file.slice(0, -2))
      const flags = [
        '-std=gnu17',
        '-O1',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-D_GNU_SOURCE',
        '-D_FILE_OFFSET_BITS=64',
      ]
      execFileSync('cc', [...flags, '-o', output, path.join(here, part, file)], { stdio: 'inherit' })
    }
  }
}

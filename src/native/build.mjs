// Builds build/berth.node: one C compiler call, so that a machine needs a compiler and nothing else (no Python, no
// make). Node-API is stable across Node versions: the same file loads in Node 20 and 24.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const output = join(root, 'build/berth.node')
const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers')), 'include')
const sources = readdirSync(here)
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => join(here, name))
const inputs = [
  ...sources,
  ...readdirSync(here)
    .filter((name) => name.endsWith('.h'))
    .map((name) => join(here, name)),
  fileURLToPath(import.meta.url),
]

const builtAt = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (inputs.every((path) => statSync(path).mtimeMs < builtAt)) process.exit(0)

mkdirSync(dirname(output), { recursive: true })
const temporary = `${output}.${process.pid}`
const flags = [
  '-std=gnu11',
  '-D_GNU_SOURCE',
  '-O2',
  '-shared',
  '-pthread',
  '-fPIC',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-DNAPI_VERSION=9',
]
execFileSync(process.env.CC ?? 'cc', [...flags, '-I', headers, '-o', temporary, ...sources], {
  stdio: 'inherit',
})
renameSync(temporary, output)
console.log('built build/berth.node')

// Runs the conformance tests: `npm run conformance -- --help`.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setUpNetwork } from './guest/guest.mjs'
import { missingOfCeph } from './images/ceph.mjs'
import {
  filesystems,
  filesystemsHere,
  makeImage,
  makeWorkFolder,
  removeWorkFolder,
} from './images/images.mjs'
import { buildPrograms } from './programs.mjs'
import { Progress } from './report/progress.mjs'
import { describeMachine, outcomesFile, resultsDocument } from './report/results.mjs'
import { berth } from './servers/berth.mjs'
import { ganesha } from './servers/ganesha.mjs'
import { runTest } from './test-run.mjs'
import { tests } from './tests.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const flavours = { berth, ganesha }

const help = `usage: npm run conformance -- [options]
  --cut                   the part that fits into ten minutes on two cores
  --only PATTERN          tests whose name matches this regular expression
  --filesystem LIST       of ${filesystems.join(',')} (default all that can be made here; of the cut all but cephfs)
  --server NAME           ${Object.keys(flavours).join(' or ')} (default berth)
  --seed NUMBER           of everything random (default 1)
  --work FOLDER           where images and source trees live while it runs (default /var/tmp)
  --write-results         writes conformance/RESULTS.md
  --again FOLDER          of an earlier run's results: only what failed there or is missing, and one table of both
  --list                  names the tests and ends
Each test's output is kept below conformance/results/.`

const { values: options } = parseArgs({
  options: {
    cut: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    filesystem: { type: 'string' },
    server: { type: 'string', default: 'berth' },
    seed: { type: 'string', default: '1' },
    work: { type: 'string', default: '/var/tmp' },
    'write-results': { type: 'boolean', default: false },
    again: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message)
  process.exit(2)
}

/**
 * What passed in the run that this one goes on with.
 * @returns {import('./report/results.mjs').Run[]}
 */
function earlierRuns() {
  if (options.again === '') return []
  /** @type {import('./report/results.mjs').Run[]} */
  const runs = JSON.parse(readFileSync(path.join(options.again, outcomesFile), 'utf8'))
  return runs.map((run) => ({ ...run, outcomes: run.outcomes.filter((outcome) => outcome.passed) }))
}

/** A cluster is not started in every cut. @returns {string[]} */
function usualFilesystems() {
  return options.cut ? filesystemsHere.filter((name) => name !== 'cephfs') : filesystemsHere
}

/**
 * The tests asked for, with the filesystem each runs on; a filesystem's tests follow each other.
 * @param {import('./servers/server.mjs').Flavour} flavour
 * @param {import('./report/results.mjs').Run[]} earlier
 */
function chosen(flavour, earlier) {
  const asked = options.filesystem?.split(',') ?? usualFilesystems()
  const unknown = asked.filter((name) => !(/** @type {string[]} */ (filesystems).includes(name)))
  if (unknown.length > 0) refuse(`no such filesystem: ${unknown.join(', ')}`)
  const missing = asked.includes('cephfs') ? missingOfCeph() : []
  if (missing.length > 0) refuse(`cephfs needs what is not installed: ${missing.join(', ')}`)
  const pattern = new RegExp(options.only)
  return filesystems
    .filter((filesystem) => asked.includes(filesystem))
    .map((filesystem) => ({
      filesystem,
      tests: tests.filter((test) => {
        const inCut = test.cut === 'everywhere' || (test.cut === 'once' && filesystem === asked[0])
        const isDone = earlier.some((run) =>
          run.outcomes.some((outcome) => outcome.test === test.name && outcome.filesystem === filesystem),
        )
        const isPossible =
          (flavour.hasApi || test.needsApi !== true) && !(filesystem === 'cephfs' && test.smallImage)
        return isPossible && pattern.test(test.name) && (inCut || !options.cut) && !isDone
      }),
    }))
    .filter((part) => part.tests.length > 0)
}

/**
 * Starts this program again in a network namespace of its own: no port or device of this machine is touched, and what
 * was made there goes with it.
 */
function enterNetworkNamespace() {
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', 'unshare', '--net', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, CONFORMANCE_INSIDE: '1' } },
  )
  // The terminal sends Ctrl-C to both; the inner one cleans up, and this one waits for it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(code ?? 1))
}

async function main() {
  const flavour = flavours[/** @type {keyof typeof flavours} */ (options.server)]
  if (flavour === undefined) refuse(`no such server: ${options.server}`)
  const earlier = earlierRuns()
  const parts = chosen(flavour, earlier)
  if (parts.length === 0) refuse('no test matches')
  const startedAt = new Date()
  const results = path.join(here, 'results', startedAt.toISOString().replaceAll(':', '-').slice(0, 19))
  mkdirSync(results, { recursive: true })
  const progress = new Progress(
    process.stdout,
    parts.reduce((sum, part) => sum + part.tests.length, 0),
  )
  /** @type {import('./test-run.mjs').Outcome[]} */
  const outcomes = []
  const machine = describeMachine(options.server, startedAt)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      progress.interrupted(outcomes, results)
      process.exit(130)
    })
  }
  const work = makeWorkFolder(options.work)
  /** @type {import('./images/images.mjs').Mounted | undefined} */
  let image
  process.on('exit', () => {
    image?.remove()
    removeWorkFolder(work)
  })
  setUpNetwork()
  buildPrograms(path.join(work, 'exchange/programs'))

  for (const { filesystem, tests: ofPart } of parts) {
    image = makeImage(work, filesystem, filesystem, 16 * 2 ** 30)
    for (const test of ofPart) {
      const settings = {
        flavour,
        filesystem,
        image,
        work,
        results,
        seed: Number(options.seed),
        full: !options.cut,
      }
      outcomes.push(await runTest(test, settings, progress))
      writeFileSync(path.join(results, outcomesFile), JSON.stringify([...earlier, { machine, outcomes }]))
    }
    image.remove()
    image = undefined
  }
  progress.summary(outcomes, results)
  const words = process.argv.slice(2).map((word) => word.replace(here, 'conformance/'))
  const document = resultsDocument([...earlier, { machine, outcomes }], words)
  writeFileSync(path.join(results, 'RESULTS.md'), document)
  if (options['write-results']) writeFileSync(path.join(here, 'RESULTS.md'), document)
  process.exit(outcomes.every((outcome) => outcome.passed) ? 0 : 1)
}

if (options.help) console.log(help)
else if (options.list) for (const test of tests) console.log(`${test.name.padEnd(28)} ${test.about}`)
else if (os.userInfo().uid !== 0)
  refuse('the conformance tests need root: loop images, a tap device, a guest kernel')
else if (process.env['CONFORMANCE_INSIDE'] === '1') await main()
else {
  execFileSync(path.join(here, 'install.sh'), { stdio: 'inherit' })
  enterNetworkNamespace()
}

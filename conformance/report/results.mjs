// RESULTS.md: every test on every filesystem, with what is needed to judge and repeat the run.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import os from 'node:os'

/** @typedef {import('../test-run.mjs').Outcome} Outcome */

/** @param {string} server @param {Date} startedAt */
export function describeMachine(server, startedAt) {
  const git = (/** @type {string[]} */ ...words) => execFileSync('git', words, { encoding: 'utf8' }).trim()
  const changed =
    git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with uncommitted changes'
  return {
    Date: startedAt.toISOString().slice(0, 10),
    Server: server,
    Commit: git('rev-parse', '--short', 'HEAD') + changed,
    'Kernel of the server': os.release(),
    'Kernel of the client': readdirSync('/usr/lib/uml/modules').join(', '),
    Machine: `${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`,
    Node: process.version,
  }
}

/**
 * @typedef {object} Run
 * @property {Record<string, string>} machine
 * @property {Outcome[]} outcomes
 */

/** Where a run's folder has the outcomes, for a run that goes on with it. */
export const outcomesFile = 'outcomes.json'

const groupOf = (/** @type {Outcome} */ { test, filesystem }) =>
  `all of ${test.slice(0, test.indexOf('/'))} on ${filesystem}`

/**
 * Which tests these are, in as few words as they can be told.
 * @param {Outcome[]} some  Of `all`.
 * @param {Outcome[]} all
 */
function describeTests(some, all) {
  const partial = new Set(all.filter((outcome) => !some.includes(outcome)).map(groupOf))
  const names = some.map((outcome) =>
    partial.has(groupOf(outcome)) ? `${outcome.test} on ${outcome.filesystem}` : groupOf(outcome),
  )
  return [...new Set(names)]
}

/**
 * @param {Run[]} runs the oldest first; of a test that several have, the newest counts
 * @param {string[]} words of the command line
 */
export function resultsDocument(runs, words) {
  const newest = new Map(
    runs.flatMap((run) => run.outcomes).map((outcome) => [`${outcome.filesystem} ${outcome.test}`, outcome]),
  )
  const outcomes = [...newest.values()]
  const filesystems = [...new Set(outcomes.map((outcome) => outcome.filesystem))]
  const tests = [...new Map(outcomes.map((outcome) => [outcome.test, outcome.about]))]
  const cell = (/** @type {string} */ test, /** @type {string} */ filesystem) => {
    const outcome = newest.get(`${filesystem} ${test}`)
    if (outcome === undefined) return '–'
    return outcome.passed ? `${outcome.seconds.toFixed(1)} s` : `**failed**: ${outcome.error}`
  }
  const machines = runs.map(({ machine }) => machine)
  const facts = Object.keys(machines.at(-1) ?? {}).map((name) => {
    const values = [...new Set(machines.map((machine) => machine[name]))]
    return [name, values.join(', then ')]
  })
  const passed = outcomes.filter((outcome) => outcome.passed).length
  const last = describeTests(runs.at(-1)?.outcomes ?? [], outcomes)
  const again = runs.length > 1 ? `Of these the last run made: ${last.join(', ')}.\n` : ''
  const minutes = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0) / 60
  return `# Conformance results

${passed} passed, ${outcomes.length - passed} failed, in ${minutes.toFixed(1)} minutes. Made by
\`npm run conformance${words.length > 0 ? ` -- ${words.join(' ')}` : ''}\`. A time means passed; a dash, not run there.
${again}${words.includes('--cut') ? 'The cut proves the same on smaller trees and in shorter runs; the sizes named are those of the whole.\n' : ''}
${facts.map(([name, value]) => `- ${name}: ${value}\n`).join('')}
| test | proves | ${filesystems.join(' | ')} |
| --- | --- | ${filesystems.map(() => '---').join(' | ')} |
${tests
  .map(
    ([test, about]) =>
      `| ${test} | ${about} | ${filesystems.map((name) => cell(test, name)).join(' | ')} |\n`,
  )
  .join('')}`
}

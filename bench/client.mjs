/**
 * `npm run bench:client`: what a person would feel. Berth beside NFS-Ganesha on one XFS image, through the real Linux
 * client: tar, git, npm, SQLite, fio. See README.md.
 */

import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isolated } from './lib/namespaces.mjs'
import { commandLine, oneOf, positiveInteger, runCommand, runOptions, someOf } from './lib/options.mjs'
import { chosenWorkloads, workloads } from './lib/workloads.mjs'

const names = workloads.map(({ name }) => name)
const usage = `usage: npm run bench:client -- [options]

  --quick             one round on a smaller tree: about a minute and a half
  --workloads a,b     only these, and what they need: ${names.join(' ')}
  --rounds N          of each (3)
  --peer NAME         ganesha (default), plain or none
  --write-results     write bench/RESULTS-client.md and bench/results-client.svg
  --scratch DIR       where the image and the logs go, up to 3 GiB (${tmpdir()})
  --keep              keep the logs
`

async function main() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      workloads: { type: 'string' },
      rounds: { type: 'string' },
      peer: { type: 'string', default: 'ganesha' },
      ...runOptions,
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const options = {
    workloadNames: chosenWorkloads(someOf(values.workloads, names, 'workloads')).map(({ name }) => name),
    rounds: positiveInteger(values.rounds, values.quick ? 1 : 3, 'rounds'),
    isQuick: values.quick,
    peer: oneOf(values.peer, /** @type {const} */ (['ganesha', 'plain', 'none']), 'peer'),
    writeResults: values['write-results'],
    command: commandLine('bench:client'),
  }
  execFileSync(join(import.meta.dirname, '..', 'conformance', 'install.sh'), { stdio: 'inherit' })
  return isolated('client-session.mjs', options, { scratch: values.scratch, keep: values.keep })
}

await runCommand(main, usage)

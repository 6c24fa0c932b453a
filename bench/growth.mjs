/**
 * `npm run bench:growth`: what becomes of speed and memory when there is more: connections, shares, files, names in one
 * directory. Berth, and NFS-Ganesha beside it. See README.md.
 */

import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { growths } from './lib/growth-rows.mjs'
import { isolated } from './lib/namespaces.mjs'
import {
  commandLine,
  oneOf,
  positive,
  positiveInteger,
  runCommand,
  runOptions,
  someOf,
} from './lib/options.mjs'

const names = growths.map(({ name }) => name)
const usage = `usage: npm run bench:growth -- [options]

  --quick             one round, without the largest sizes: about a minute
  --sections a,b      only these: ${names.join(' ')}
  --seconds N         measured in each round of a row (0.7)
  --rounds N          of each row (3)
  --peer NAME         ganesha (default), plain or none
  --write-results     write bench/RESULTS-growth.md and bench/results-growth.svg
  --scratch DIR       where the image and the logs go, up to 6 GiB (${tmpdir()})
  --keep              keep the logs
`

async function main() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      sections: { type: 'string' },
      seconds: { type: 'string' },
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
    sectionNames: someOf(values.sections, names, 'sections'),
    isQuick: values.quick,
    seconds: positive(values.seconds, values.quick ? 0.5 : 0.7, 'seconds'),
    warmup: values.quick ? 0.2 : 0.3,
    rounds: positiveInteger(values.rounds, values.quick ? 1 : 3, 'rounds'),
    peer: oneOf(values.peer, /** @type {const} */ (['ganesha', 'plain', 'none']), 'peer'),
    writeResults: values['write-results'],
    command: commandLine('bench:growth'),
  }
  return isolated('growth-session.mjs', options, { scratch: values.scratch, keep: values.keep })
}

await runCommand(main, usage)

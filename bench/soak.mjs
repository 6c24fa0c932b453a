/**
 * `npm run bench:soak -- --hours N`: hours of everything at once, and what becomes of memory, descriptors, threads and
 * delays. See README.md.
 */

import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { isolated } from './lib/namespaces.mjs'
import { commandLine, positive, runCommand, runOptions } from './lib/options.mjs'

const usage = `usage: npm run bench:soak -- [options]

  --hours N           how long (1)
  --rate N            calls a second of the mixed load; without it, as many as 8 connections with 4 in flight get
  --sample N          seconds from one line of the CSV to the next (5)
  --write-results     write bench/RESULTS-soak.md, bench/results-soak.svg and bench/results-soak.csv
  --scratch DIR       where the image and the logs go, up to 8 GiB (${tmpdir()})
  --keep              keep the logs, and the CSV without --write-results
`

async function main() {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string' },
      rate: { type: 'string' },
      sample: { type: 'string' },
      ...runOptions,
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const options = {
    hours: positive(values.hours, 1, 'hours'),
    ...(values.rate !== undefined && { rate: positive(values.rate, 0, 'rate') }),
    sampleSeconds: positive(values.sample, 5, 'sample'),
    writeResults: values['write-results'],
    command: commandLine('bench:soak'),
  }
  return isolated('soak-session.mjs', options, { scratch: values.scratch, keep: values.keep })
}

await runCommand(main, usage)

/**
 * `npm run bench`: Berth beside NFS-Ganesha on one XFS image, under one load. See README.md.
 *
 * This part checks the options, then runs `lib/session.mjs` in namespaces of its own.
 */

import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { isolated } from './lib/namespaces.mjs'
import {
  commandLine,
  oneOf,
  positive,
  positiveInteger,
  runCommand,
  runOptions,
  UsageError,
} from './lib/options.mjs'
import { chooseRows, rows } from './lib/rows.mjs'

const usage = `usage: npm run bench -- [options]

  --quick             3 rounds of half a second: about 5 minutes, and noisier
  --rows a,b          only these: ${rows.map((row) => row.name).join(' ')}
  --seconds N         measured in each round of a row (1.5)
  --rounds N          of each row (3)
  --peer NAME         ganesha (default), plain or none
  --subject NAME      berth (default); plain: Berth without quota and audit, as Ganesha is; or ganesha
  --congestion-control NAME
                      TCP's, for servers and generator, in place of the system's: reno, cubic, bbr
  --awake             keeps processors from sleeping, by loops that give way to everything else
  --write-results     write bench/RESULTS.md and bench/results.svg: -plain when that is the subject, -cost
                      when it is the peer, -NAME with a congestion control, -awake with that
  --scratch DIR       where the image and the logs go, up to 3 GiB (${tmpdir()})
  --keep              keep the logs
`

function parseOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rows: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      peer: { type: 'string', default: 'ganesha' },
      subject: { type: 'string', default: 'berth' },
      'congestion-control': { type: 'string' },
      awake: { type: 'boolean', default: false },
      ...runOptions,
    },
  })
  const rounds = positiveInteger(values.rounds, 3, 'rounds')
  const subject = oneOf(values.subject, /** @type {const} */ (['berth', 'plain', 'ganesha']), 'subject')
  if (subject === 'ganesha' && values['write-results']) throw new UsageError('--write-results is for Berth')
  return {
    help: values.help,
    place: { scratch: values.scratch, keep: values.keep },
    session: {
      // Only Berth itself is measured against the machine.
      rowNames: chooseRows(values.rows)
        .filter((row) => row.floor === undefined || (subject !== 'ganesha' && values.peer === 'ganesha'))
        .map((row) => row.name),
      seconds: positive(values.seconds, values.quick ? 0.5 : 1.5, 'seconds'),
      warmup: values.quick ? 0.2 : 0.5,
      rounds,
      peer: oneOf(values.peer, /** @type {const} */ (['ganesha', 'plain', 'none']), 'peer'),
      subject,
      congestionControl: congestionControlOf(values['congestion-control']),
      isAwake: values.awake,
      writeResults: values['write-results'],
      command: commandLine('bench'),
    },
  }
}

/** @param {string | undefined} name */
function congestionControlOf(name) {
  if (name === undefined || /^[a-z0-9_]{1,15}$/.test(name)) return name
  throw new UsageError(`--congestion-control ${name}: that is no name of one`)
}

async function main() {
  const { help, place, session } = parseOptions()
  if (!help) return isolated('session.mjs', session, place)
  process.stdout.write(usage)
  return 0
}

await runCommand(main, usage)

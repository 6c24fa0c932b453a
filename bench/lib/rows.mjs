/** The rows of the benchmark and the bars each is measured against. */

/**
 * @typedef {object} Bar
 * @property {number} speedMin  Least ratio Berth / Ganesha of the row's unit per second.
 * @property {number} [cpuMax]  Most ratio Berth / Ganesha of server CPU time per unit.
 */

/**
 * @typedef {object} Row
 * @property {string} name  What `--rows` takes.
 * @property {string} title
 * @property {readonly string[]} load  Arguments of berth-load that make the row.
 * @property {number} depth  Calls in flight, all on one connection.
 * @property {'calls' | 'names'} unit  What is counted. A READDIRPLUS call may carry any number of names, so names are.
 * @property {number} [names]  Entries of the directory it needs, where not 1,000.
 * @property {Bar | undefined} [bar]
 * @property {boolean} [optional]  Only runs when `--rows` names it.
 */

/** Most resident memory of Berth in any row, in MiB. */
export const memoryMaxMib = 200

/** Files of the directory that LOOKUP, GETATTR, ACCESS and READDIRPLUS work on. */
export const namesDefault = 1000

const small = { speedMin: 1.5, cpuMax: 0.5 }
const bulk = { speedMin: 1.0 }
const mib = ['--size', '1048576']

/**
 * @param {string} name
 * @param {string} title
 * @param {readonly string[]} load
 * @param {Partial<Row>} [rest]
 * @returns {Row}
 */
const row = (name, title, load, rest = {}) => ({ name, title, load, depth: 16, unit: 'calls', ...rest })

/** @type {readonly Row[]} */
export const rows = [
  row('null', 'NULL', ['--mode', 'null']),
  row('getattr', 'GETATTR', ['--mode', 'getattr'], { bar: small }),
  row('lookup', 'LOOKUP', ['--mode', 'lookup'], { bar: small }),
  row('access', 'ACCESS', ['--mode', 'access'], { bar: small }),
  row('read4k', 'READ 4 KiB', ['--mode', 'read', '--random'], { bar: small }),
  row('write4k', 'WRITE 4 KiB', ['--mode', 'write', '--random'], { bar: small }),
  row('read1m', 'READ 1 MiB', ['--mode', 'read', ...mib], { bar: bulk }),
  row('write1m', 'WRITE 1 MiB', ['--mode', 'write', ...mib], { bar: bulk }),
  row('create', 'CREATE+WRITE+REMOVE', ['--mode', 'create'], { bar: small }),
  row('readdirplus', 'READDIRPLUS 1,000', ['--mode', 'readdirplus'], { unit: 'names', bar: bulk }),
  row('readdirplus200k', 'READDIRPLUS 200,000', ['--mode', 'readdirplus', '--names', '200000'], {
    unit: 'names',
    names: 200_000,
    optional: true,
  }),
  row('mixed', 'mixed', ['--mode', 'mixed', '--random']),
  row('null-1', 'NULL', ['--mode', 'null'], { depth: 1 }),
  row('getattr-1', 'GETATTR', ['--mode', 'getattr'], { depth: 1 }),
  row('read4k-1', 'READ 4 KiB', ['--mode', 'read', '--random'], { depth: 1 }),
  row('write4k-1', 'WRITE 4 KiB', ['--mode', 'write', '--random'], { depth: 1 }),
  row('read1m-1', 'READ 1 MiB', ['--mode', 'read', ...mib], { depth: 1 }),
  row('write1m-1', 'WRITE 1 MiB', ['--mode', 'write', ...mib], { depth: 1 }),
  row('create-1', 'CREATE+WRITE+REMOVE', ['--mode', 'create'], { depth: 1 }),
]

/**
 * The bars are Berth's against Ganesha; what quota, audit and metrics cost has one of its own for every row.
 * @param {Row} row
 * @param {{ subject: string, peer: string }} servers
 * @returns {Bar | undefined}
 */
export function barOf(row, { subject, peer }) {
  if (subject === 'ganesha') return undefined
  return peer === 'plain' ? { speedMin: 0.9 } : row.bar
}

/**
 * @param {string | undefined} wanted  Names with commas between; undefined for all that are not optional.
 * @returns {readonly Row[]}
 */
export function chooseRows(wanted) {
  if (wanted === undefined) return rows.filter((candidate) => !candidate.optional)
  return wanted.split(',').map((name) => {
    const found = rows.find((candidate) => candidate.name === name)
    if (!found) throw new Error(`no row ${name}; there are ${rows.map((known) => known.name).join(' ')}`)
    return found
  })
}

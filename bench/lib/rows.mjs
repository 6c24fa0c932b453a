/** The rows of the benchmark and the bars each is measured against. */

/**
 * @typedef {object} Bar
 * @property {number} [speedMin]  Least ratio Berth / peer of the row's unit per second.
 * @property {number} [cpuMax]  Most ratio Berth / peer of server CPU time per unit.
 */

/**
 * @typedef {object} Row
 * @property {string} name  What `--rows` takes.
 * @property {string} title
 * @property {readonly string[]} load  Arguments of berth-load that make the row.
 * @property {number} depth  Calls in flight on each connection.
 * @property {number} conns  Connections.
 * @property {'calls' | 'names'} unit  What is counted. A READDIRPLUS call may carry any number of names, so names are.
 * @property {number} [names]  Entries of the directory it needs, where not 1,000.
 * @property {Bar | undefined} [bar]
 * @property {boolean} [optional]  Only runs when `--rows` names it.
 * @property {string} [floor]  Measured against the machine and not a server: `null-server`, or a mode of floor/loops.c.
 * @property {boolean} [strict]  On a share whose metadata is on the disk before a call is answered.
 * @property {boolean} [once]  It ends when it has gone through all there is.
 * @property {boolean} [cold]  No page of the data file is in memory when it begins; it ends with the file.
 */

/** Most resident memory of Berth in any row, in MiB. */
export const memoryMaxMib = 400

/** Files of the directory that LOOKUP, GETATTR, ACCESS and READDIRPLUS work on. */
export const namesDefault = 1000

const calls = { speedMin: 2.5, cpuMax: 0.5 }
const lone = { speedMin: 1.2, cpuMax: 0.5 }
const cpuOnly = { cpuMax: 0.5 }
const cpuOfMib = { cpuMax: 0.8 }
const k64 = ['--size', '65536']
const mib = ['--size', '1048576']

/**
 * @param {string} name
 * @param {string} title
 * @param {readonly string[]} load  The mode, and more arguments.
 * @param {Partial<Row>} [rest]
 * @returns {Row}
 */
const row = (name, title, load, rest = {}) => ({
  ...{ name, title, load: ['--mode', ...load], depth: 16, conns: 1, unit: 'calls', bar: cpuOnly },
  ...rest,
})

/** @type {readonly Row[]} */
export const rows = [
  row('null', 'NULL', ['null']),
  row('getattr', 'GETATTR', ['getattr'], { bar: calls }),
  row('lookup', 'LOOKUP', ['lookup'], { bar: calls }),
  row('access', 'ACCESS', ['access'], { bar: calls }),
  row('read4k', 'READ 4 KiB', ['read', '--random'], { bar: { ...cpuOnly, speedMin: 2 } }),
  row('write4k', 'WRITE 4 KiB', ['write', '--random'], { bar: { ...cpuOnly, speedMin: 3 } }),
  row('read64k', 'READ 64 KiB', ['read', ...k64]),
  row('write64k', 'WRITE 64 KiB', ['write', ...k64]),
  row('read1m', 'READ 1 MiB', ['read', ...mib], { bar: { ...cpuOfMib, speedMin: 1.3 } }),
  row('read1m-random', 'READ 1 MiB, random', ['read', '--random', ...mib], { bar: cpuOfMib }),
  row('read1m-cold', 'READ 1 MiB, cold', ['read', ...mib], { bar: cpuOfMib, cold: true }),
  row('write1m', 'WRITE 1 MiB', ['write', ...mib], { bar: { ...cpuOfMib, speedMin: 1.2 } }),
  row('write4k-stable', 'WRITE 4 KiB, stable', ['write', '--random', '--stable']),
  row('commit', 'WRITE 4 KiB+COMMIT', ['commit', '--random']),
  row('create', 'CREATE+WRITE+REMOVE', ['create'], { bar: { ...cpuOnly, speedMin: 2 } }),
  row('readdirplus', 'READDIRPLUS 1,000', ['readdirplus'], {
    unit: 'names',
    bar: { ...cpuOnly, speedMin: 1.5 },
  }),
  row('readdirplus200k', 'READDIRPLUS 200,000', ['readdirplus', '--names', '200000'], {
    unit: 'names',
    names: 200_000,
    bar: { ...cpuOnly, speedMin: 1.5 },
  }),
  row('readdirplus1m', 'READDIRPLUS 1,000,000', ['readdirplus', '--names', '1000000'], {
    unit: 'names',
    names: 1_000_000,
    optional: true,
  }),
  row('mixed', 'mixed', ['mixed', '--random'], { bar: calls }),
  row('getattr-1', 'GETATTR', ['getattr'], { depth: 1, bar: lone }),
  row('lookup-1', 'LOOKUP', ['lookup'], { depth: 1, bar: lone }),
  row('access-1', 'ACCESS', ['access'], { depth: 1, bar: lone }),
  row('mixed-1', 'mixed', ['mixed', '--random'], { depth: 1, bar: lone }),
  row('read4k-1', 'READ 4 KiB', ['read', '--random'], { depth: 1 }),
  row('write4k-1', 'WRITE 4 KiB', ['write', '--random'], { depth: 1 }),
  row('read1m-1', 'READ 1 MiB', ['read', ...mib], { depth: 1, bar: cpuOfMib }),
  row('write1m-1', 'WRITE 1 MiB', ['write', ...mib], { depth: 1, bar: cpuOfMib }),
  row('create-1', 'CREATE+WRITE+REMOVE', ['create'], { depth: 1 }),
  row('getattr-64', 'GETATTR', ['getattr'], { depth: 64 }),
  row('mixed-64', 'mixed', ['mixed', '--random'], { depth: 64 }),
  row('getattr-8x16', 'GETATTR', ['getattr'], { conns: 8 }),
  row('read4k-8x16', 'READ 4 KiB', ['read', '--random'], { conns: 8 }),
  row('write4k-8x16', 'WRITE 4 KiB', ['write', '--random'], { conns: 8 }),
  row('read1m-8x16', 'READ 1 MiB', ['read', ...mib], { conns: 8, bar: cpuOfMib }),
  row('write1m-8x16', 'WRITE 1 MiB', ['write', ...mib], { conns: 8, bar: cpuOfMib }),
  row('create-8x16', 'CREATE+WRITE+REMOVE', ['create'], { conns: 8 }),
  row('mixed-8x16', 'mixed', ['mixed', '--random'], { conns: 8 }),

  row('null-floor', 'NULL / C server', ['null'], { floor: 'null-server', bar: { speedMin: 0.7 } }),
  row('read4k-floor', 'READ 4 KiB / pread', ['read', '--random'], { floor: 'pread4k', bar: undefined }),
  row('write4k-floor', 'WRITE 4 KiB / pwrite', ['write', '--random'], { floor: 'pwrite4k', bar: undefined }),
  row('read1m-floor', 'READ 1 MiB / pread', ['read', ...mib], { floor: 'pread1m', bar: undefined }),
  row('write1m-floor', 'WRITE 1 MiB / pwrite', ['write', ...mib], { floor: 'pwrite1m', bar: undefined }),
  row('stable-floor', 'WRITE 4 KiB, stable / pwrite+fsync', ['write', '--random', '--stable'], {
    floor: 'fsync4k',
    bar: undefined,
  }),
  row('strict-floor', 'strict CREATE+WRITE+REMOVE / an fsync a call', ['create'], {
    floor: 'fsync-create',
    strict: true,
    bar: { speedMin: 6 },
  }),
]

/**
 * The bars are Berth's against Ganesha; what quota, audit and metrics cost has one of its own for every row.
 * @param {Row} row
 * @param {{ subject: string, peer: string }} servers
 * @returns {Bar | undefined}
 */
export function barOf(row, { subject, peer }) {
  if (subject === 'ganesha') return undefined
  if (row.floor !== undefined) return row.bar
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

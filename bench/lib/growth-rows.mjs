/** What `npm run bench:growth` lets grow, and the calls it makes on the way. */

import { filesPerDirectory } from './share-tree.mjs'

/** @import { Row } from './rows.mjs' */

/**
 * @typedef {object} Growth
 * @property {string} name  What `--sections` takes.
 * @property {string} title
 * @property {string} unit  Of its sizes.
 * @property {readonly number[]} sizes
 * @property {(size: number) => Row[]} rows
 */

/**
 * @param {string} title
 * @param {readonly string[]} load
 * @param {Partial<Row>} [rest]
 * @returns {Row}
 */
const row = (title, load, rest) => ({
  ...{ name: title, title, load: ['--mode', ...load], depth: 16, conns: 1, unit: 'calls' },
  ...rest,
})

/** @type {readonly Growth[]} */
export const growths = [
  {
    name: 'connections',
    title: 'Connections',
    unit: 'connections',
    sizes: [1, 10, 100, 1000],
    // One call in flight on each, as a client that waits has it.
    rows: (conns) => [
      row('GETATTR', ['getattr'], { conns, depth: 1 }),
      row('LOOKUP', ['lookup'], { conns, depth: 1 }),
      row('READ 4 KiB', ['read', '--random'], { conns, depth: 1 }),
    ],
  },
  {
    name: 'files',
    title: 'Files',
    unit: 'files',
    sizes: [1000, 10_000, 100_000, 1_000_000],
    rows: (files) => [row('LOOKUP+GETATTR', findAmong(files))],
  },
  {
    name: 'directory',
    title: 'Names in one directory',
    unit: 'names',
    sizes: [1000, 10_000, 100_000, 1_000_000],
    rows: (names) => [
      row('READDIRPLUS', ['readdirplus', '--names', `${names}`], { unit: 'names' }),
      row('LOOKUP', ['lookup', '--names', `${names}`]),
      row('CREATE+WRITE+REMOVE', ['create', '--names', `${names}`, '--create-in-names']),
    ],
  },
  {
    name: 'shares',
    title: 'Shares',
    unit: 'shares',
    sizes: [10, 100, 1000, 10_000],
    // With servers of their own, after all others. The runner adds the list of exports, which differs from server to server.
    rows: () => [row('LOOKUP+GETATTR', ['find', '--names', '1'])],
  },
]

/** Arguments of berth-load. @param {number} files  Of a tree of directories of {@link filesPerDirectory}. */
export function findAmong(files) {
  return ['find', '--names', `${filesPerDirectory}`, '--directories', `${files / filesPerDirectory}`]
}

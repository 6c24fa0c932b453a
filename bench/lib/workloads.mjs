/** What `npm run bench:client` times; the commands are in `client/workloads.sh`. */

/**
 * @typedef {object} Workload
 * @property {string} name  What `--workloads` takes; the script has `run_NAME`.
 * @property {string} title
 */

/** In the order they run: a tree is unpacked, then read, then removed. @type {readonly Workload[]} */
export const workloads = [
  { name: 'untar', title: 'tar: unpack a source tree' },
  { name: 'read', title: 'tar: read it all' },
  { name: 'remove', title: 'rm -rf of it' },
  { name: 'checkout', title: 'git checkout, and back' },
  { name: 'npm', title: 'npm ci from a cache' },
  { name: 'sqlite', title: 'SQLite transactions' },
  { name: 'fio_random_read', title: 'fio: random 4 KiB READ' },
  { name: 'fio_random_write', title: 'fio: random 4 KiB WRITE, fsync each 32' },
  { name: 'fio_read', title: 'fio: 1 MiB READ in order' },
  { name: 'fio_write', title: 'fio: 1 MiB WRITE in order, fsync' },
]

/** These work on what the one before has left. */
const after = { read: 'untar', remove: 'untar' }

/**
 * The chosen ones, and what they need.
 * @param {readonly string[]} names
 * @returns {Workload[]}
 */
export function chosenWorkloads(names) {
  const needed = new Set(names.flatMap((name) => [name, /** @type {Record<string, string>} */ (after)[name]]))
  // The next round unpacks into an empty folder.
  if (needed.has('untar')) needed.add('remove')
  return workloads.filter(({ name }) => needed.has(name))
}

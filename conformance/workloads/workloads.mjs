// Real programs on a mounted share.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { guestTest } from '../guest-test.mjs'
import { makeSourceTree } from './source-tree.mjs'

/**
 * A guest test that finds a source tree in /run/exchange: `files` regular files, and fewer as `small/tree`.
 * @param {string} name
 * @param {string} about
 * @param {string} script
 * @param {number} timeoutSec
 * @returns {import('../test-run.mjs').Test}
 */
function onSourceTree(name, about, script, timeoutSec) {
  return {
    name,
    about,
    cut: 'once',
    timeoutSec,
    async run(context) {
      const exchange = path.join(context.settings.work, 'exchange')
      makeSourceTree(exchange, context.full ? 52_000 : 1_500, context.seed)
      makeSourceTree(path.join(exchange, 'small'), context.full ? 2_000 : 500, context.seed)
      await context.guest(script)
    },
  }
}

/** A directory anyone may write to, with a file anyone may read and one only root may. @param {string} parent @param {string} name */
function makeShare(parent, name) {
  const directory = path.join(parent, name)
  mkdirSync(directory)
  chmodSync(directory, 0o777)
  writeFileSync(path.join(directory, 'file'), 'readable')
  writeFileSync(path.join(directory, 'secret'), 'secret', { mode: 0o600 })
  return directory
}

/** @type {import('../test-run.mjs').Test[]} */
export const workloads = [
  guestTest(
    'workload/mount',
    'mount, write, read back, df, unmount, refuse what is not shared',
    'workloads/mount.sh',
    {
      cut: 'everywhere',
      timeoutSec: 60,
    },
  ),
  {
    name: 'workload/share-options',
    about: 'squash all and root, read-only shares, shares for other clients',
    cut: 'once',
    timeoutSec: 120,
    shares: (directory) => [
      { path: '/all', directory: makeShare(directory, 'all'), squash: 'all' },
      { path: '/root', directory: makeShare(directory, 'root'), squash: 'root' },
      { path: '/read-only', directory: makeShare(directory, 'read-only'), readOnly: true },
      { path: '/others', directory: makeShare(directory, 'others'), clients: ['10.1.2.0/24'] },
    ],
    run: (context) => context.guest('workloads/share-options.sh'),
  },
  onSourceTree(
    'workload/untar',
    'a tree of 52,000 files unpacked, read back with diff and tar --compare, removed',
    'workloads/untar.sh',
    1800,
  ),
  onSourceTree(
    'workload/rsync',
    'rsync -aHAX --checksum both ways; the second time it finds nothing to do',
    'workloads/rsync.sh',
    600,
  ),
  onSourceTree('workload/git', 'clone, commit, merge, gc, fsck --full', 'workloads/git.sh', 600),
  guestTest(
    'workload/make',
    'a C project built with make -j, run, and rebuilt by what changed',
    'workloads/make.sh',
    {
      timeoutSec: 300,
    },
  ),
  guestTest(
    'workload/sqlite',
    'SQLite with a rollback journal: load, integrity, kill in a transaction',
    'workloads/sqlite.sh',
    {
      timeoutSec: 300,
    },
  ),
  guestTest(
    'workload/fio',
    'fio with verification: 4 KiB to 1 MiB, random, mmap, O_DIRECT, O_SYNC',
    'workloads/fio.sh',
    {
      timeoutSec: 900,
    },
  ),
  guestTest(
    'workload/stress-ng',
    'the stress-ng file stressors that make sense here, with --verify',
    'workloads/stress-ng.sh',
    {
      timeoutSec: 1200,
      cut: 'never',
    },
  ),
  guestTest(
    'workload/dbench',
    'dbench: an office file server’s mix, by four clients',
    'workloads/dbench.sh',
    {
      timeoutSec: 300,
    },
  ),
]

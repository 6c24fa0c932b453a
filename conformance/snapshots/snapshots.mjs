// Snapshots, seen and taken while a real client works.
import { browse } from './browse.mjs'
import { order } from './order.mjs'
import { restoreLive } from './restore-live.mjs'
import { writing } from './writing.mjs'

/** @type {import('../test-run.mjs').Test[]} */
export const snapshots = [
  {
    name: 'snapshots/browse',
    about:
      '.snapshot: what was there then, with its names, owners, numbers and times; EROFS; over a restart; stale when removed',
    cut: 'once',
    timeoutSec: 180,
    needsApi: true,
    run: browse,
  },
  {
    name: 'snapshots/order',
    about:
      'numbered records written to two files in turn: each of 200 snapshots (20 in the cut) has them up to one, and no other',
    cut: 'once',
    timeoutSec: 600,
    needsApi: true,
    run: order,
  },
  {
    name: 'snapshots/writing',
    about:
      'snapshots under a verifying fio and a tree being unpacked: no write fails, and how long they are held',
    cut: 'never',
    timeoutSec: 300,
    needsApi: true,
    run: writing,
  },
  {
    name: 'snapshots/restore-live',
    about:
      'a share restored in place, and back, under a client that reads, writes and lists: all as then without a remount, open ' +
      'files as they were or stale; over kill -9 in the middle',
    cut: 'never',
    timeoutSec: 300,
    needsApi: true,
    run: restoreLive,
  },
]

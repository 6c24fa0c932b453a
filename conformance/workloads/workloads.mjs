// Real programs on a mounted share.
import { guestTest } from '../guest-test.mjs'

/** @type {import('../test-run.mjs').Test[]} */
export const workloads = [
  guestTest('workload/mount', 'mount, write, read back, df, unmount', 'workloads/mount.sh', {
    timeoutSec: 60,
  }),
]

// Every test, in the order they run.
import { access } from './access/access.mjs'
import { attacks } from './attacks/attacks.mjs'
import { backup } from './backup/backup.mjs'
import { faults } from './faults/faults.mjs'
import { posix } from './posix/posix.mjs'
import { snapshots } from './snapshots/snapshots.mjs'
import { workloads } from './workloads/workloads.mjs'

/** @type {import('./test-run.mjs').Test[]} */
export const tests = [...posix, ...workloads, ...faults, ...access, ...snapshots, ...backup, ...attacks]

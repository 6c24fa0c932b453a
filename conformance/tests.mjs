// Every test, in the order they run.
import { workloads } from './workloads/workloads.mjs'

/** @type {import('./test-run.mjs').Test[]} */
export const tests = [...workloads]

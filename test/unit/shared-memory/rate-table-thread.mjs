import { workerData } from 'node:worker_threads'
import { RateTable } from '../../../dist/shared-memory/rate-table.js'

const { buffer, owner } = workerData
const table = new RateTable(buffer, () => 0n)
for (let i = 0; i < 5000; i++) if (table.book(owner, 0, 1e6) === undefined) throw new Error('not booked')

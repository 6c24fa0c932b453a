import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { waitingCountMax, Workloads, type Mount } from '../../../src/applications/workloads.ts'
import { TemporaryNamespace } from '../namespace/fixture.ts'

let temporary: TemporaryNamespace
let workloads: Workloads
let warnings: string[]
let shareId: number
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  shareId = (await temporary.namespace.shares.create({ path: '/finance/db' })).id
  warnings = []
  const log = { warn: (_: object, message: string) => warnings.push(message) }
  workloads = new Workloads({ catalog: temporary.catalog, log: log as never })
})
afterEach(async () => {
  await temporary.remove()
})

const mount = (change: Partial<Mount> = {}): Mount => ({
  shareId,
  applicationId: null,
  subject: 'app:payroll/worker',
  address: '10.0.0.3',
  host: 'node-1',
  labels: {},
  at: 1000,
  ...change,
})
const rows = () => temporary.catalog.db.selectFrom('workloads').selectAll().orderBy('id').execute()

describe('mounts', () => {
  test('of one workload are one row, first and last', async () => {
    workloads.seen(mount({ at: 2000, labels: { pod: 'b' } }))
    workloads.seen(mount({ at: 1000, labels: { pod: 'a' } }))
    await workloads.flush()
    expect(await rows()).toMatchObject([{ firstAt: 1000, lastAt: 2000, mounts: 2, labels: '{"pod":"b"}' }])
    workloads.seen(mount({ at: 3000, labels: { pod: 'c' } }))
    await workloads.flush()
    expect(await rows()).toMatchObject([{ firstAt: 1000, lastAt: 3000, mounts: 3, labels: '{"pod":"c"}' }])
  })

  test.each<[string, Partial<Mount>]>([
    ['subject', { subject: 'app:payroll/other' }],
    ['address', { address: '10.0.0.4' }],
    ['host', { host: 'node-2' }],
  ])('of another %s are another row', async (_, change) => {
    workloads.seen(mount())
    workloads.seen(mount(change))
    await workloads.flush()
    workloads.seen(mount(change))
    await workloads.flush()
    expect((await rows()).map(({ mounts }) => mounts)).toEqual([1, 2])
  })

  test('are written by themselves within a second', async () => {
    workloads.seen(mount())
    expect(await rows()).toEqual([])
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1), { timeout: 5000 })
  })

  test('many of them are all written', async () => {
    for (let number = 0; number < 333; number++) workloads.seen(mount({ host: `node-${number}` }))
    await workloads.flush()
    expect(await rows()).toHaveLength(333)
  })
})

describe('when the catalog refuses', () => {
  test('mounts wait for the next try, and are not counted twice', async () => {
    await temporary.catalog.db.schema.alterTable('workloads').renameTo('away').execute()
    workloads.seen(mount())
    await expect(workloads.flush()).rejects.toThrow('no such table')
    workloads.seen(mount({ at: 2000 }))
    await temporary.catalog.db.schema.alterTable('away').renameTo('workloads').execute()
    await workloads.flush()
    expect(await rows()).toMatchObject([{ firstAt: 1000, lastAt: 2000, mounts: 2 }])
  })

  test('it is warned of once, and more than a limit are counted only', async () => {
    await temporary.catalog.db.schema.alterTable('workloads').renameTo('away').execute()
    for (let number = 0; number < waitingCountMax; number++) workloads.seen(mount({ host: `node-${number}` }))
    workloads.seen(mount({ host: 'one more' }))
    workloads.seen(mount({ host: 'node-0' }))
    expect(workloads.lostCount).toBe(1)
    await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 5000 })
    await temporary.catalog.db.schema.alterTable('away').renameTo('workloads').execute()
    await workloads.flush()
    expect(await rows()).toHaveLength(waitingCountMax)
    expect(warnings).toEqual(['mounts cannot be written to the catalog'])
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Applications, type NewApplication } from '../../../src/applications/index.ts'
import type { ApplicationRecord } from '../../../src/catalog/applications.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../catalog/fixture.ts'
import { silentLog } from './fixture.ts'

let temporary: TemporaryCatalog
let applications: Applications
let clock: number
beforeEach(async () => {
  clock = 1_700_000_000_000
  temporary = await temporaryCatalog()
  applications = new Applications({ catalog: temporary.catalog, log: silentLog, now: () => clock })
})
afterEach(async () => {
  await applications.close()
  await temporary.remove()
})

const payroll: NewApplication = { name: 'payroll', owner: 'finance@example.com' }

describe('create', () => {
  test('answers what is kept', async () => {
    const content = {
      description: 'Pays people.\nMonthly.',
      labels: { 'example.com/tier': 'gold', team: '' },
      links: [{ title: 'Runbook', url: 'https://wiki.example.com/payroll?x=1#y' }],
    }
    const created = await applications.create({ ...payroll, ...content })
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      ...payroll,
      ...content,
      createdAt: clock,
      changedAt: clock,
      retiredAt: null,
      version: 1,
    })
    expect(await applications.get('payroll')).toEqual(created)
    expect(await applications.get(created.id)).toEqual(created)
  })

  test('a name is given once, even to one that is retired', async () => {
    await applications.create(payroll)
    await expect(applications.create(payroll)).rejects.toMatchObject({ code: 'exists' })
    await applications.retire('payroll')
    await expect(applications.create(payroll)).rejects.toMatchObject({
      code: 'exists',
      message: expect.stringMatching(/retired/) as string,
    })
  })

  test.each<[string, Partial<NewApplication>]>([
    ['an empty name', { name: '' }],
    ['a name with capitals', { name: 'Payroll' }],
    ['a name that begins with -', { name: '-payroll' }],
    ['a name that ends with -', { name: 'payroll-' }],
    ['a name that is too long', { name: 'a'.repeat(64) }],
    ['a name with a path in it', { name: 'a/b' }],
    ['a name with a line end', { name: 'payroll\n' }],
    ['a name that looks like an id', { name: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b' }],
    ['no owner', { owner: '' }],
    ['an owner of two lines', { owner: 'a\nb' }],
    ['a label that Kubernetes would not take', { labels: { 'a/b/c': 'd' } }],
    ['a link that is a program', { links: [{ title: 'x', url: 'javascript:alert(1)' }] }],
    ['a link with a space', { links: [{ title: 'x', url: 'https://example.com/a b' }] }],
    ['a link without a host', { links: [{ title: 'x', url: 'https://' }] }],
    ['a link without a title', { links: [{ title: '', url: 'https://example.com' }] }],
    ['too many links', { links: Array(33).fill({ title: 'x', url: 'https://example.com' }) }],
  ])('refuses %s', async (_, wrong) => {
    await expect(applications.create({ ...payroll, ...wrong })).rejects.toMatchObject({ code: 'invalid' })
    expect(await applications.list({ limit: 10 }, { withRetired: true })).toEqual({ items: [] })
  })

  test.each(['a', '0', 'a'.repeat(63), 'a--b', '0190a1b2'])('takes the name %s', async (name) => {
    await applications.create({ ...payroll, name })
    expect(await applications.get(name)).toMatchObject({ name })
  })
})

describe('update', () => {
  test('changes what is given, and leaves the rest', async () => {
    const before = await applications.create({ ...payroll, description: 'Pays people.' })
    clock += 5
    const after = await applications.update('payroll', { owner: 'hr' }, { ifVersion: 1 })
    expect(after).toEqual({ ...before, owner: 'hr', changedAt: clock, version: 2 })
    expect(await applications.get('payroll')).toEqual(after)
  })

  test('of what somebody else has changed is refused', async () => {
    await applications.create(payroll)
    await applications.update('payroll', { owner: 'hr' })
    const late = applications.update('payroll', { owner: 'it' }, { ifVersion: 1 })
    await expect(late).rejects.toMatchObject({ code: 'stale' })
    expect(await applications.get('payroll')).toMatchObject({ owner: 'hr', version: 2 })
  })

  test('to what cannot be is refused, and changes nothing', async () => {
    const before = await applications.create(payroll)
    await expect(applications.update('payroll', { owner: '' })).rejects.toMatchObject({ code: 'invalid' })
    expect(await applications.get('payroll')).toEqual(before)
  })

  test('of what is not there', async () => {
    const message = 'there is no application "nobody"'
    await expect(applications.update('nobody', {})).rejects.toMatchObject({ code: 'not-found', message })
  })

  test('is told, after it is kept', async () => {
    await applications.create(payroll)
    const told: { changed: ApplicationRecord; kept: Promise<ApplicationRecord> }[] = []
    applications.onChange((changed) => told.push({ changed, kept: applications.get('payroll') }))
    await applications.update('payroll', { owner: 'hr' })
    await expect(applications.update('payroll', { owner: '' })).rejects.toThrow()
    expect(told).toHaveLength(1)
    expect(told[0]!.changed).toEqual(await told[0]!.kept)
    expect(told[0]!.changed.owner).toBe('hr')
  })
})

test('a retired application stays, and can come back', async () => {
  await applications.create(payroll)
  clock += 5
  expect(await applications.retire('payroll')).toMatchObject({ retiredAt: clock, version: 2 })
  const retiredAt = clock
  clock += 5
  expect(await applications.retire('payroll')).toMatchObject({ retiredAt, version: 3 })
  expect(await applications.get('payroll')).toMatchObject({ retiredAt })
  await expect(applications.revive('payroll', { ifVersion: 1 })).rejects.toMatchObject({ code: 'stale' })
  expect(await applications.revive('payroll')).toMatchObject({ retiredAt: null, version: 4 })
})

describe('list', () => {
  beforeEach(async () => {
    for (const name of ['e', 'c', 'a', 'd', 'b'])
      await applications.create({ name, owner: name < 'c' ? 'first' : 'others' })
    await applications.retire('b')
  })
  const names = async (...request: Parameters<Applications['list']>) =>
    (await applications.list(...request)).items.map(({ name }) => name)

  test('in pages, by name', async () => {
    const pages: string[][] = []
    let after: string | undefined
    do {
      const page = await applications.list({ limit: 2, ...(after === undefined ? {} : { after }) })
      pages.push(page.items.map(({ name }) => name))
      after = page.next
    } while (after !== undefined)
    expect(pages).toEqual([
      ['a', 'c'],
      ['d', 'e'],
    ])
  })

  test('some of them', async () => {
    expect(await names({ limit: 10 }, { withRetired: true })).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await names({ limit: 10 }, { owner: 'first' })).toEqual(['a'])
    expect(await names({ limit: 10 }, { owner: 'first', withRetired: true })).toEqual(['a', 'b'])
    expect(await names({ limit: 10, after: 'c' })).toEqual(['d', 'e'])
  })

  test.each([0, 1001, 1.5, NaN])('not %d at once', async (limit) => {
    await expect(applications.list({ limit })).rejects.toMatchObject({ code: 'invalid' })
  })
})

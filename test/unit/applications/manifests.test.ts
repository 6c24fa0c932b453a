import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Applications } from '../../../src/applications/index.ts'
import { manifestCountMax } from '../../../src/applications/manifests.ts'
import { isJsonManifest, yamlProblem } from '../../../src/applications/manifest-text.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../catalog/fixture.ts'
import { silentLog } from './fixture.ts'

let temporary: TemporaryCatalog
let applications: Applications
beforeEach(async () => {
  temporary = await temporaryCatalog()
  applications = new Applications({ catalog: temporary.catalog, log: silentLog, now: () => 1000 })
  await applications.create({ name: 'payroll', owner: 'finance' })
})
afterEach(async () => {
  await applications.close()
  await temporary.remove()
})

const actor = 'admin:ann'
const put = (name: string, content: string) => applications.manifests.put('payroll', { name, content, actor })
const pod = '# the one\napiVersion: v1\nkind: Pod\n---\n- {a: &x 1, b: *x}\n'

describe('a manifest', () => {
  test('is kept to the letter', async () => {
    const { applicationId, ...record } = await put('pod.yaml', pod)
    expect(applicationId).toBe((await applications.get('payroll')).id)
    const kept = { name: 'pod.yaml', version: 1, contentType: 'application/yaml', content: pod }
    expect(record).toEqual({ ...kept, createdAt: 1000, createdBy: actor })
    expect(await applications.manifests.get('payroll', 'pod.yaml')).toEqual({ applicationId, ...record })
  })

  test('has a version for each content, and none for the same again', async () => {
    for (const content of ['a: 1', 'a: 2', 'a: 2', 'a: 1']) await put('a.yaml', content)
    const { items } = await applications.manifests.versions('payroll', 'a.yaml', { limit: 10 })
    expect(items.map(({ version }) => version)).toEqual([3, 2, 1])
    expect(items[0]).not.toHaveProperty('content')
    const { manifests } = applications
    expect(await manifests.get('payroll', 'a.yaml')).toMatchObject({ version: 3, content: 'a: 1' })
    expect(await manifests.get('payroll', 'a.yaml', 2)).toMatchObject({ version: 2, content: 'a: 2' })
    await expect(manifests.get('payroll', 'a.yaml', 4)).rejects.toMatchObject({ code: 'not-found' })
    await expect(manifests.get('payroll', 'b.yaml')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of which type is told, or found out', async () => {
    expect(await put('a', '{"a": 1}')).toMatchObject({ contentType: 'application/json' })
    expect(await put('b', '{a: 1}')).toMatchObject({ contentType: 'application/yaml' })
    const { manifests } = applications
    const told = { name: 'a', content: '{"a": 1}', contentType: 'application/yaml', actor } as const
    expect(await manifests.put('payroll', told)).toMatchObject({ contentType: told.contentType, version: 2 })
    const wrong = { ...told, content: '{a: 1}', contentType: 'application/json' } as const
    await expect(manifests.put('payroll', wrong)).rejects.toMatchObject({ code: 'invalid' })
  })

  test('of a retired application stays, and takes no more versions', async () => {
    await put('a', 'a: 1')
    await applications.retire('payroll')
    await expect(put('a', 'a: 2')).rejects.toMatchObject({ code: 'conflict' })
    expect(await applications.manifests.get('payroll', 'a')).toMatchObject({ content: 'a: 1' })
  })

  test.each([
    ['with a syntax error', 'a: 1\nb: [1, 2\n', /line \d: /],
    ['that nests mappings in one line', 'a: b: c', /line 1: Nested mappings/],
    ['that is a bare text', 'hello world', /document 1 is neither a mapping nor a list/],
    ['of which one document is a bare text', 'a: 1\n---\n---\nhello', /document 3 is neither/],
    ['that is empty', '', /holds no document/],
    ['of comments', '# a\n---\n# b\n', /holds no document/],
    ['that is nested without end', '['.repeat(5000), /nested too deeply/],
    ['with NUL', 'a: "\0"', /no text/],
    ['with half a character', 'a: "\ud800"', /no text/],
  ])('%s is refused', async (_, content, message) => {
    await expect(put('a', content)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message) as string,
    })
    expect(await applications.manifests.list('payroll', { limit: 1 })).toEqual({ items: [] })
  })

  test('that is too large is refused', async () => {
    const content = JSON.stringify(['é'.repeat(512 * 1024)])
    await expect(put('a', content)).rejects.toMatchObject({ code: 'limit' })
    const largest = JSON.stringify(['é'.repeat(512 * 1024 - 2)])
    expect(await put('a', largest)).toMatchObject({ content: largest })
  })

  test.each(['', '.', '..', '../a', 'a/b', '-a', 'a-', 'a\n', 'é', 'a'.repeat(254)])(
    'is not called %j',
    async (name) => {
      await expect(put(name, 'a: 1')).rejects.toMatchObject({ code: 'invalid' })
    },
  )

  test('all that is JSON is YAML', () => {
    const collection = fc.jsonValue({ maxDepth: 4 }).filter((v) => typeof v === 'object' && v !== null)
    fc.assert(
      fc.property(collection, (value) => {
        const text = JSON.stringify(value, undefined, 2)
        expect(isJsonManifest(text)).toBe(true)
        // Half a character is in JSON an escape, and no text.
        expect(yamlProblem(text)).toBeUndefined()
      }),
    )
  })

  test('whatever the text is, it is read or refused', () => {
    const pieces = [
      '- ',
      '? ',
      ': ',
      'a',
      '\n',
      ' ',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '!t ',
      '|',
      '"',
      '---\n',
      '%',
      '\t',
    ]
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 }))), (parts) => {
        const problem = yamlProblem(parts.join(''))
        expect(['string', 'undefined']).toContain(typeof problem)
      }),
    )
  })
})

describe('manifests', () => {
  test('are listed by name with their newest versions, in pages', async () => {
    for (const name of ['b', 'c', 'a']) await put(name, 'a: 1')
    await put('b', 'a: 2')
    const first = await applications.manifests.list('payroll', { limit: 2 })
    expect(first.items).toMatchObject([
      { name: 'a', version: 1 },
      { name: 'b', version: 2 },
    ])
    const second = await applications.manifests.list('payroll', { limit: 2, after: first.next! })
    expect(second).toMatchObject({ items: [{ name: 'c', version: 1 }] })
    expect(second.next).toBeUndefined()
    expect(first.items[0]).not.toHaveProperty('content')
  })

  test('have versions in pages', async () => {
    for (let value = 1; value <= 5; value++) await put('a', `a: ${value}`)
    const first = await applications.manifests.versions('payroll', 'a', { limit: 3 })
    expect(first.items.map(({ version }) => version)).toEqual([5, 4, 3])
    const second = await applications.manifests.versions('payroll', 'a', { limit: 3, after: first.next! })
    expect(second.items.map(({ version }) => version)).toEqual([2, 1])
    expect(second.next).toBeUndefined()
    const wrong = applications.manifests.versions('payroll', 'a', { limit: 3, after: 'x' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid' })
  })

  test('are of one application only', async () => {
    await applications.create({ name: 'other', owner: 'it' })
    await put('a', 'a: 1')
    expect(await applications.manifests.list('other', { limit: 1 })).toEqual({ items: [] })
    await expect(applications.manifests.get('other', 'a')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('are limited in number', async () => {
    for (let number = 0; number < manifestCountMax; number++) await put(`m${number}`, 'a: 1')
    await expect(put('one-more', 'a: 1')).rejects.toMatchObject({ code: 'limit' })
    expect(await put('m0', 'a: 2')).toMatchObject({ version: 2 })
  })
})

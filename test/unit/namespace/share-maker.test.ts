import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { madeName, makeRoot } from '../../../src/namespace/share-maker.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
})
afterEach(() => temporary.remove())

const inMaking = () =>
  readdirSync(join(temporary.store, '.berth')).filter((name) => name.startsWith('making-'))

test('a share is what was filled in, at its place, and nothing else is left', async () => {
  let seen = ''
  const share = await temporary.namespace.maker.make({ path: '/a/b' }, async (directory) => {
    seen = directory
    expect(statSync(directory).mode & 0o7777).toBe(0o700)
    expect(readdirSync(directory)).toEqual([])
    const root = await makeRoot(directory)
    expect(root).toBe(join(directory, madeName))
    writeFileSync(join(root, 'file'), 'content')
  })
  expect(share).toMatchObject({ path: '/a/b', store: 'default', directory: 'a/b' })
  expect(readFileSync(join(temporary.store, 'a/b/file'), 'utf8')).toBe('content')
  expect(existsSync(seen)).toBe(false)
  expect(inMaking()).toEqual([])
})

test('of a share that could not be filled nothing is left', async () => {
  const making = temporary.namespace.maker.make({ path: '/a' }, async (directory) => {
    mkdirSync(join(await makeRoot(directory), 'deep/deeper'), { recursive: true })
    throw new Error('no more tape')
  })
  await expect(making).rejects.toThrow('no more tape')
  expect(inMaking()).toEqual([])
  expect(temporary.namespace.resolve('/a')).toBeUndefined()
})

test('what cannot be a share is refused before anything is filled', async () => {
  await temporary.namespace.shares.create({ path: '/a' })
  const fill = vi.fn()
  await expect(temporary.namespace.maker.make({ path: '/a' }, fill)).rejects.toMatchObject({ code: 'exists' })
  const nowhere = temporary.namespace.maker.make({ path: '/b', store: 'nowhere' }, fill)
  await expect(nowhere).rejects.toMatchObject({ code: 'not-found' })
  expect(fill).not.toHaveBeenCalled()
})

test('a path that is taken meanwhile is refused, and what was made goes', async () => {
  const making = temporary.namespace.maker.make({ path: '/a' }, async (directory) => {
    await makeRoot(directory)
    await temporary.namespace.shares.create({ path: '/a' })
  })
  await expect(making).rejects.toMatchObject({ code: 'exists' })
  expect(inMaking()).toEqual([])
})

test('what a crash has left of a making is removed at the next start', async () => {
  mkdirSync(join(temporary.store, '.berth/making-1/data/deep'), { recursive: true })
  writeFileSync(join(temporary.store, '.berth/making-1/data/deep/file'), '')
  await temporary.reopen()
  await expect.poll(inMaking).toEqual([])
  const [warning, ...more] = temporary.warnings.splice(0)
  expect(warning).toMatch(/interrupted: .*making-1 is removed/)
  expect(more).toEqual([])
})

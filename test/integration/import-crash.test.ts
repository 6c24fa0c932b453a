import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openCatalog } from '../../src/catalog/catalog.ts'
import { Namespace } from '../../src/namespace/namespace.ts'
import { useWorkspace } from './server.ts'

const child = fileURLToPath(new URL('import-crash-child.mjs', import.meta.url))
const workspace = useWorkspace()
/** More than there are. */
const stepCountMax = 60

/** What the next start makes of a kill at this step: whether the share was made, and whether the child came to its end. */
async function killedAt(mode: 'adopt' | 'copy', step: number) {
  const [data, old] = ['data', 'old'].map((name) => join(workspace.path, `${mode}-${step}`, name)) as [
    string,
    string,
  ]
  mkdirSync(data, { recursive: true, mode: 0o700 })
  mkdirSync(join(old, 'data/deep'), { recursive: true })
  writeFileSync(join(old, 'data/deep/file'), 'content')
  const { stdout, signal, stderr } = spawnSync(process.execPath, [child, data, old, mode, String(step)], {
    encoding: 'utf8',
  })
  expect(signal, stderr).toBe('SIGKILL')
  const catalog = await openCatalog({ directory: data })
  const warnings: string[] = []
  const namespace = await Namespace.open({
    catalog,
    dataDirectory: data,
    onWarning: (message, error) => warnings.push(`${message}: ${String(error)}`),
  })
  const store = namespace.stores.get('default').directory
  const left = () => readdirSync(join(store, '.berth')).filter((name) => /^(making|adopting)-/.test(name))
  await expect.poll(left).toEqual([])
  const isMade = namespace.resolve('/a/b') !== undefined
  const at = join(store, 'a/b')
  expect(existsSync(at)).toBe(isMade)
  if (isMade) expect(readFileSync(join(at, 'deep/file'), 'utf8')).toBe('content')
  // It is in one place, whole: where it was, or where it was to be.
  const isThere = existsSync(join(old, 'data'))
  expect(isThere, warnings.join()).toBe(mode === 'copy' || !isMade)
  if (isThere) expect(readFileSync(join(old, 'data/deep/file'), 'utf8')).toBe('content')
  expect((await namespace.stores.unclaimed('default')).paths).toEqual([])
  expect(await catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
  await namespace.close()
  await catalog.close()
  return { isMade, isDone: stdout === 'done\n', warnings }
}

test.each(['adopt', 'copy'] as const)(
  'kill -9 at each step of an import by %s: the next start finishes it or undoes it, and says so',
  async (mode) => {
    const ends: Awaited<ReturnType<typeof killedAt>>[] = []
    for (let step = 1; step <= stepCountMax && ends.at(-1)?.isDone !== true; step++)
      ends.push(await killedAt(mode, step))
    expect(ends.length).toBeGreaterThan(5)
    expect(ends.at(-1)).toMatchObject({ isDone: true, isMade: true, warnings: [] })
    expect(ends[0]).toMatchObject({ isMade: false })
    const told = ends.filter(({ isMade }) => !isMade).flatMap(({ warnings }) => warnings)
    expect(told.join('\n')).toMatch(mode === 'adopt' ? /it is where it was/ : /making-\S+ is removed/)
  },
  120_000,
)

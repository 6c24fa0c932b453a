import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type * as ManifestCheck from '../../src/applications/manifest-check.ts'

// From dist/: the thread that reads large manifests is JavaScript.
const path = fileURLToPath(new URL('../../dist/applications/manifest-check.js', import.meta.url))
const { checkManifest } = (await import(path)) as typeof ManifestCheck

const deployment = 'kind: Deployment\nmetadata:\n  labels: {app: db}\n'

test('large YAML is read by a thread, one after the other', async () => {
  const large = `${deployment}---\n`.repeat(2000)
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const all = await Promise.allSettled([
    checkManifest(large),
    checkManifest(`${large}- [`),
    checkManifest('['.repeat(100_000)),
    checkManifest(`hello ${'x'.repeat(100_000)}`),
  ])
  clearInterval(ticking)
  expect(all.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual(
    [
      'application/yaml',
      expect.stringMatching(/the manifest is no YAML: line 8001: /) as string,
      expect.stringMatching(/nested too deeply/) as string,
      expect.stringMatching(/document 1 is neither/) as string,
    ],
  )
  // The event loop went on meanwhile.
  expect(turns).toBeGreaterThan(5)
})

test('no more than a few wait', async () => {
  const large = `${deployment}---\n`.repeat(500)
  const all = await Promise.allSettled(Array.from({ length: 17 }, () => checkManifest(large)))
  const refused = all.filter((result) => result.status === 'rejected')
  expect(refused.map(({ reason }) => (reason as { code?: string }).code)).toEqual(['unavailable'])
})

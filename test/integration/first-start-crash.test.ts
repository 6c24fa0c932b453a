import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { anyPorts, startServer, useWorkspace } from './server.ts'

const killer = fileURLToPath(new URL('first-start-kill.mjs', import.meta.url))
const workspace = useWorkspace()
/** Fewer than there are, and more. */
const stepCountMin = 20
const stepCountMax = 100
const atOnce = 2

/** Starts a gateway for the first time and kills it after this step. Answers whether it served before that. */
async function killedAfter(step: number, data: string): Promise<boolean> {
  const environment = { NODE_OPTIONS: `--import ${killer}`, KILL_AFTER: String(step) }
  const started = await startServer(['--data', data, ...anyPorts], workspace.path, { environment }).catch(
    (error: unknown) => String(error),
  )
  if (typeof started === 'string') {
    expect(started).toMatch(/did not start \(SIGKILL\)/)
    return false
  }
  started.kill('SIGKILL')
  await started.ended
  return true
}

/** The next start serves. */
async function expectServes(step: number, data: string): Promise<void> {
  const server = await startServer(['--data', data, ...anyPorts], workspace.path)
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  const stores = await fetch(`${server.adminUrl}/v1/stores`, { headers })
  expect({ step, status: stores.status }).toEqual({ step, status: 200 })
  expect(await stores.json()).toMatchObject({ items: [{ name: 'default', isAvailable: true }] })
  server.kill('SIGTERM')
  expect({ step, code: (await server.ended).code }).toEqual({ step, code: 0 })
}

test(
  'kill -9 at each step of the very first start: the next one serves, and its first administrator has a token',
  { timeout: 300_000 },
  async () => {
    let served = 0
    for (let first = 1; served === 0; first += atOnce) {
      expect(first).toBeLessThan(stepCountMax)
      const steps = Array.from({ length: atOnce }, (_, index) => first + index)
      const ends = steps.map(async (step) => {
        const data = join(workspace.path, String(step))
        mkdirSync(data, { mode: 0o700 })
        const hasServed = await killedAfter(step, data)
        await expectServes(step, data)
        return hasServed
      })
      served = (await Promise.all(ends)).filter(Boolean).length
      if (served > 0) expect(first).toBeGreaterThan(stepCountMin)
    }
  },
)

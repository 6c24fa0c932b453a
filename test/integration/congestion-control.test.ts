import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { programsMissing } from './programs-missing.ts'
import { configFile, main, runToEnd, useWorkspace } from './server.ts'

const workspace = useWorkspace()
beforeEach(() => mkdirSync(join(workspace.path, 'data'), { mode: 0o700 }))
const missing = programsMissing('unshare', 'ip', 'ss', 'bash')
const kernel = (name: string) =>
  readFileSync(`/proc/sys/net/ipv4/tcp_${name}_congestion_control`, 'utf8').trim().split(' ')
/** A network of its own may only have these. */
const allowed = kernel('allowed')
const withoutBbr = allowed.includes('cubic') ? 'cubic' : 'reno'

/** In a network of its own: the system's setting, a gateway, a connection to it, and what the kernel says of that. */
const script = `
  set -eu
  echo "$1" >/proc/sys/net/ipv4/tcp_congestion_control
  ip link set lo up
  "$2" "$3" serve --config "$4" 2>log &
  until grep -q '"msg":"serving"' log; do kill -0 $! || { cat log >&2; exit 1; }; sleep 0.05; done
  exec 3<>/dev/tcp/127.0.0.1/2049
  ss -tinHO state established '( sport = :2049 )'
  exec 3>&-
  kill $!
  wait $!
`

/** The congestion control of a client's connection, where the system's and the gateway's setting are these. */
async function controlOf(system: string, setting: string): Promise<string> {
  const [, config] = configFile(workspace.path, {
    data: 'data',
    nfsPort: 2049,
    network: { congestionControl: setting },
  })
  const args = ['--net', 'bash', '-c', script, '-', system, process.execPath, main, config!]
  const child = spawn('unshare', args, {
    cwd: workspace.path,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = await text(child.stdout)
  expect(told.trim().split('\n')).toHaveLength(1)
  return ['bbr', 'cubic', 'reno'].find((name) => new RegExp(`\\b${name}\\b`).test(told)) ?? told
}

const cases: readonly (readonly [system: string, setting: string, connection: string])[] = [
  ['bbr', 'auto', withoutBbr],
  ['bbr', 'bbr', 'bbr'],
  ['bbr', 'reno', 'reno'],
  ['reno', 'auto', 'reno'],
  ['cubic', 'auto', 'cubic'],
]

for (const [system, setting, connection] of cases) {
  const lacks = missing ?? (allowed.includes(system) ? undefined : `skipped: it needs ${system}`)
  test(`where the system has ${system} and the settings say ${setting}, a client has ${connection}`, async ({
    skip,
  }) => {
    if (lacks !== undefined) skip(lacks)
    expect(await controlOf(system, setting)).toBe(connection)
  })
}

test('one that the kernel does not have ends the start, with what there is', async () => {
  const ended = await runToEnd(
    ['serve', ...configFile(workspace.path, { data: 'data', network: { congestionControl: 'telepathy' } })],
    workspace.path,
  )
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/network\.congestionControl: telepathy cannot be had here.*\breno\b/)
})

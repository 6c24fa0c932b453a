import { spawn, spawnSync, execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dataDirectory, CommandLine } from './cli-fixture.ts'
import { anyPorts, startServer, stopServer, useWorkspace } from './server.ts'

// Against dockerd itself, of Debian's docker.io or another, with a container that runs busybox-static.

const needed = ['dockerd', 'containerd', 'runc', 'docker', 'busybox']
const missing =
  process.getuid!() === 0
    ? needed.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0).join(', ')
    : 'root'

describe.skipIf(missing !== '')(`volumes of a Docker daemon${missing && ` (missing: ${missing})`}`, () => {
  const workspace = useWorkspace()
  // A path of a socket is short.
  const base = mkdtempSync('/tmp/berth-docker-')
  const socket = join(base, 'docker.sock')
  let daemon: ChildProcess
  const docker = (...args: string[]) =>
    execFileSync('docker', ['-H', `unix://${socket}`, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()

  beforeAll(async () => {
    const places = [`--data-root=${base}/data`, `--exec-root=${base}/exec`, `--pidfile=${base}/pid`]
    const network = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs']
    daemon = spawn('dockerd', [...places, ...network, `--host=unix://${socket}`], { stdio: 'ignore' })
    await vi.waitFor(() => docker('version'), { timeout: 20_000, interval: 200 })
    mkdirSync(join(base, 'image/bin'), { recursive: true })
    execFileSync('cp', [
      execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim(),
      join(base, 'image/bin/sleep'),
    ])
    execFileSync('sh', ['-c', `tar -C ${base}/image -c . | docker -H unix://${socket} import - box`], {
      stdio: 'ignore',
    })
  }, 40_000)
  afterAll(async () => {
    spawnSync('docker', ['-H', `unix://${socket}`, 'rm', '-f', 'web'])
    daemon.kill('SIGTERM')
    await once(daemon, 'close')
    rmSync(base, { recursive: true })
  }, 30_000)

  test('are found as they are, and become shares', async () => {
    docker('volume', 'create', '--label', 'tier=db', 'plain')
    const compose = ['--label=com.docker.compose.project=my_shop', '--label=com.docker.compose.volume=db']
    docker('volume', 'create', ...compose, 'my_shop_db')
    docker('volume', 'create', '--opt=type=none', '--opt=o=bind', `--opt=device=${base}/image`, 'bound')
    docker(
      'run',
      '-d',
      '--name=web',
      '--network=none',
      '-v',
      'my_shop_db:/data',
      '-v',
      '/anonymous',
      'box',
      '/bin/sleep',
      '1000',
    )
    writeFileSync(join(base, 'data/volumes/my_shop_db/_data/file'), 'of my_shop')
    mkdirSync(join(workspace.path, dataDirectory), { mode: 0o700 })
    const imports = { directories: [join(base, 'data/volumes')], dockerSocket: socket }
    writeFileSync(join(workspace.path, 'berth.yaml'), JSON.stringify({ imports }))
    const server = await startServer(
      ['--config', 'berth.yaml', '--data', dataDirectory, ...anyPorts],
      workspace.path,
    )
    const cli = new CommandLine(workspace.path)

    const plan = await cli.json<{
      volumes: { volume: string; path: string; outcome: string; usedBy: string[] }[]
    }>('import', 'docker', '-n')
    const told = plan.volumes.map(({ volume, path, outcome, usedBy }) => [volume, path, outcome, usedBy])
    expect(told).toContainEqual(['plain', '/docker/plain', 'planned', []])
    expect(told).toContainEqual(['bound', '/docker/bound', 'skipped', []])
    expect(told).toContainEqual(['my_shop_db', '/my_shop/db', 'refused', ['web']])
    expect(told).toContainEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.anything(),
      'skipped',
      ['web'],
    ])
    expect(await cli.refusal('import', 'docker')).toMatchObject({
      code: 5,
      line: expect.stringContaining('my_shop_db (web)') as unknown,
    })
    docker('stop', '-t', '0', 'web')
    const lines = await cli.lines('import', 'docker')
    expect(lines.filter((line) => line.includes(' imported '))).toHaveLength(2)
    const store = join(workspace.path, dataDirectory, 'stores/default')
    expect(readFileSync(join(store, 'my_shop/db/file'), 'utf8')).toBe('of my_shop')
    expect(await cli.json('share', 'show', '/my_shop/db')).toMatchObject({ application: { name: 'my-shop' } })
    await stopServer(server)
  }, 60_000)
})

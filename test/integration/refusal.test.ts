import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anyPorts, configFile, runToEnd, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

/** One line for the operator, the exit code, and nothing on standard output. */
async function refusal(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await runToEnd(args, workspace.path, environment)
  expect(stdout).toBe('')
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  return { code, line: stderr.trimEnd().replaceAll(workspace.path, 'DIR') }
}

describe('a setting that cannot be used: exit 2', () => {
  test.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['no data', ['serve'], {}, 'berth: no data directory: give --data DIR, or --demo to try Berth out'],
    [
      'unknown flag',
      ['serve', '--port', '1'],
      {},
      "berth: unknown option '--port' (Did you mean --portmap?)",
    ],
    ['unknown command', ['server'], {}, "berth: unknown command 'server'"],
    ['argument too many', ['serve', 'x'], {}, 'berth: too many arguments'],
    ['flag without value', ['serve', '--data'], {}, "berth: option '--data <dir>' argument missing"],
    [
      'bad flag',
      ['serve', '--demo', '--nfs-port', 'x'],
      {},
      'berth: --nfs-port must be a port number from 0 to 65535',
    ],
    [
      'bad variable',
      ['serve', '--demo'],
      { BERTH_PORTMAP: 'no' },
      'berth: BERTH_PORTMAP must be one of auto, on, off, not "no"',
    ],
    [
      'unknown variable',
      ['serve', '--demo'],
      { BERTH_NFSPORT: '1' },
      'berth: BERTH_NFSPORT is not a setting',
    ],
    ['missing file', ['serve', '--config', 'gone'], {}, 'berth: config file DIR/gone cannot be read: ENOENT'],
    ['bad key', ['serve', '--config', 'bad.yaml'], {}, 'berth: DIR/bad.yaml:2: nfsport is not a setting'],
  ])('%s', async (_, args, environment, message) => {
    writeFileSync(join(workspace.path, 'bad.yaml'), 'data: .\nnfsport: 1\n')
    const { code, line } = await refusal(args, environment)
    expect(line).toContain(message)
    expect(code).toBe(2)
    expect(readdirSync(workspace.path)).toEqual(['bad.yaml'])
  })
})

describe('a server that cannot start: exit 1', () => {
  const withShare = (data: string) => {
    mkdirSync(join(workspace.path, 'a'), { recursive: true })
    return ['serve', ...configFile(workspace.path, { data, shares: [{ path: '/a', directory: 'a' }] })]
  }

  test('the data directory is missing: nothing is made', async () => {
    const args = withShare('gone')
    const before = readdirSync(workspace.path)
    expect(await refusal(args)).toEqual({
      code: 1,
      line: 'berth: data directory DIR/gone does not exist: make it, for example with mkdir -m 700 DIR/gone',
    })
    expect(readdirSync(workspace.path)).toEqual(before)
  })

  test('the data directory cannot be written, by root either', async () => {
    const { code, line } = await refusal(withShare('/proc'))
    expect(line).toMatch(/^berth: data directory \/proc cannot be written: /)
    expect(code).toBe(1)
  })

  test('the data directory is in use: the line names the other server, which goes on', async () => {
    const server = await startServer(['--demo', ...anyPorts], workspace.path)
    expect(await refusal(['serve', '--demo', ...anyPorts])).toEqual({
      code: 1,
      line: `berth: data directory DIR/berth-data is in use by another server, process ${server.pid}`,
    })
    await stopServer(server)
  })

  test('the handle key is open to others', async () => {
    mkdirSync(join(workspace.path, 'data'))
    writeFileSync(join(workspace.path, 'data/handle.key'), 'x'.repeat(16), { mode: 0o644 })
    const { code, line } = await refusal(withShare('data'))
    expect(line).toBe(
      'berth: handle key DIR/data/handle.key is open to others (mode 0644): run chmod 600 DIR/data/handle.key',
    )
    expect(code).toBe(1)
  })

  test('a port is taken, for TCP or for UDP or for the admin API', async () => {
    const tcp = createServer().listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const tcpPort = (tcp.address() as AddressInfo).port
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const udpPort = udp.address().port

    const start = (nfs: number, admin: number) =>
      refusal(['serve', '--demo', '--nfs-port', `${nfs}`, '--admin-port', `${admin}`, '--portmap', 'off'])
    const taken = (what: string, port: number) => ({
      code: 1,
      line: `berth: ${what} port ${port} on 127.0.0.1 is taken by another program`,
    })
    expect(await start(tcpPort, 0)).toEqual(taken('NFS', tcpPort))
    expect(await start(udpPort, 0)).toEqual(taken('NFS', udpPort))
    expect(await start(0, tcpPort)).toEqual(taken('admin', tcpPort))
    tcp.close()
    udp.close()
  })

  test('the address to listen on is not of this machine', async () => {
    const { code, line } = await refusal(['serve', '--demo', ...anyPorts, '--listen', '192.0.2.1'])
    expect(line).toBe('berth: NFS port 0 on 192.0.2.1 cannot be opened: that is no address of this machine')
    expect(code).toBe(1)
  })
})

test('--version and --help', async () => {
  expect(await runToEnd(['--version'], workspace.path)).toMatchObject({
    code: 0,
    stdout: '0.1.0\n',
    stderr: '',
  })
  const help = await runToEnd(['serve', '--help'], workspace.path)
  expect(help.code).toBe(0)
  expect(help.stdout).toContain('--nfs-port <port>')
})

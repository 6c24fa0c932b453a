import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/config/error.ts'
import { loadConfig, type Flags } from '../../../src/config/load.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-config-'))
  mkdirSync(join(directory, 'a'))
  mkdirSync(join(directory, 'data'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const oneShare = 'shares:\n  - path: /a\n    directory: a\n'

function load(yaml: string | undefined, flags: Flags = {}, environment: NodeJS.ProcessEnv = {}) {
  if (yaml !== undefined) writeFileSync(join(directory, 'berth.yaml'), yaml)
  const file = yaml === undefined ? {} : { config: 'berth.yaml' }
  return loadConfig({ flags: { ...file, ...flags }, environment, workingDirectory: directory })
}

function refusal(...args: Parameters<typeof load>): string {
  try {
    load(...args)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(directory, 'DIR')
    throw error
  }
  throw new Error('was accepted')
}

describe('precedence', () => {
  const file = `data: data\nnfsPort: 1\nadminPort: 2\nlimits: { openFiles: 100, inodes: 2000 }\n${oneShare}`

  test('a flag wins over a variable, a variable over the file, the file over the default', () => {
    const environment = { BERTH_NFS_PORT: '3', BERTH_ADMIN_PORT: 'off', BERTH_LIMITS_OPEN_FILES: '200' }
    const config = load(file, { nfsPort: '4' }, environment)
    expect(config).toMatchObject({ nfsPort: 4, adminPort: 'off', listen: '127.0.0.1' })
    expect(config.limits).toMatchObject({ openFiles: 200, inodes: 2000, callsInFlight: 256 })
  })

  test('paths of the file start at the file, those of flags and variables at the working directory', () => {
    mkdirSync(join(directory, 'etc'))
    mkdirSync(join(directory, 'etc', 'a'))
    writeFileSync(join(directory, 'etc', 'berth.yaml'), `data: data\n${oneShare}`)
    const config = load(undefined, { config: 'etc/berth.yaml' })
    expect(config.data).toBe(join(directory, 'etc', 'data'))
    expect(config.shares[0]?.directory).toBe(join(directory, 'etc', 'a'))
    expect(load(undefined, { config: 'etc/berth.yaml', data: 'x' }).data).toBe(join(directory, 'x'))
    expect(load(undefined, {}, { BERTH_CONFIG: 'etc/berth.yaml', BERTH_DATA: 'y' }).data).toBe(
      join(directory, 'y'),
    )
  })

  test('an empty variable counts as not set', () => {
    expect(load(file, {}, { BERTH_NFS_PORT: '', BERTH_LOG_LEVEL: '' })).toMatchObject({ nfsPort: 1 })
  })

  test('variables that Kubernetes and Docker make for a service named berth are left alone', () => {
    const environment = {
      BERTH_SERVICE_HOST: '10.0.0.1',
      BERTH_SERVICE_PORT_NFS: '2049',
      BERTH_PORT: 'tcp://10.0.0.1:2049',
      BERTH_PORT_2049_TCP_ADDR: '10.0.0.1',
      BERTH_NFS_PORT: 'tcp://10.0.0.1:2049',
    }
    expect(load(file, {}, environment).nfsPort).toBe(1)
  })
})

describe('the result', () => {
  test('is frozen to the bottom', () => {
    const config = load(`data: data\n${oneShare}`)
    expect(() => Object.assign(config.limits, { inodes: 1 })).toThrow(TypeError)
    expect(() => (config.shares[0]?.clients as string[]).push('0.0.0.0/0')).toThrow(TypeError)
  })

  test('shares are closed until opened: loopback clients, root squashed, strict', () => {
    expect(load(`data: data\nshares: [{ path: //a/b/, directory: a }]`).shares).toEqual([
      {
        path: '/a/b',
        directory: join(directory, 'a'),
        readOnly: false,
        squash: 'root',
        anonymousUid: 65534,
        anonymousGid: 65534,
        durability: 'strict',
        quotaBytes: null,
        quotaFiles: null,
        callsPerSecond: null,
        bytesPerSecond: null,
        burstSeconds: 1,
        audit: 'off',
        snapshotAccess: 'hidden',
        remote: null,
        clients: ['127.0.0.0/8', '::1'],
      },
    ])
  })

  test('shares may lie beside each other, however alike', () => {
    const shares = ['/a/b', '/a/bc', '/a.b', '/ab'].map((path) => `{ path: ${path}, directory: a }`)
    expect(load(`data: data\nshares: [${shares.join(', ')}]`).shares).toHaveLength(4)
  })

  test('--demo needs nothing, and no variable takes it away', () => {
    const { data, shares, demo } = load(undefined, { demo: true })
    expect({ data, demo }).toEqual({ data: join(directory, 'berth-data'), demo: true })
    expect(load(undefined, { demo: true }, { BERTH_CONFIG: '/gone' }).demo).toBe(true)
    expect(shares).toMatchObject([{ path: '/demo', directory: join(directory, 'berth-data', 'demo') }])
  })
})

describe('a mistake is one line that says what and where', () => {
  const share = (lines: string) => `data: data\nshares:\n  - path: /a\n    directory: a\n    ${lines}\n`

  test.each([
    ['unknown key', 'data: data\nnfsport: 1', 'DIR/berth.yaml:2: nfsport is not a setting'],
    ['unknown nested key', 'limits:\n  inode: 1', 'DIR/berth.yaml:2: limits.inode is not a setting'],
    [
      'text for a port',
      'data: data\n\nnfsPort: many',
      'DIR/berth.yaml:3: nfsPort must be a port number from 0 to 65535, not "many"',
    ],
    [
      'port too high',
      'nfsPort: 65536',
      'DIR/berth.yaml:1: nfsPort must be a port number from 0 to 65535, not 65536',
    ],
    [
      'admin port',
      'adminPort: on',
      'DIR/berth.yaml:1: adminPort must be a port number from 0 to 65535, or off, not "on"',
    ],
    ['choice', 'portmap: yes', 'DIR/berth.yaml:1: portmap must be one of auto, on, off, not "yes"'],
    [
      'host name',
      'listen: localhost',
      'DIR/berth.yaml:1: listen must be a numeric IPv4 or IPv6 address, not "localhost"',
    ],
    ['section that is a number', 'limits: 3', 'DIR/berth.yaml:1: limits must be a mapping of limits, not 3'],
    ['list at the top', '- a', 'DIR/berth.yaml:1: the file must be a mapping of settings, not ["a"]'],
    ['no YAML', 'data: [', 'DIR/berth.yaml:1: '],
    ['key twice', 'data: a\ndata: b', 'DIR/berth.yaml:2: Map keys must be unique'],
    [
      'share without path',
      'data: data\nshares:\n  - directory: a',
      'DIR/berth.yaml:3: shares[0].path is missing',
    ],
    [
      'share without directory',
      'data: data\nshares:\n  - path: /a',
      'DIR/berth.yaml:3: shares[0].directory is missing',
    ],
    ['share key', share('readonly: true'), 'DIR/berth.yaml:5: shares[0].readonly is not a setting'],
    [
      'share flag',
      share('readOnly: maybe'),
      'DIR/berth.yaml:5: shares[0].readOnly must be true or false, not "maybe"',
    ],
    [
      'uid -1',
      share('anonymousUid: 4294967295'),
      'DIR/berth.yaml:5: shares[0].anonymousUid must be a whole number',
    ],
    [
      'network',
      share('clients: [10.0.0.0/33]'),
      'DIR/berth.yaml:5: shares[0].clients[0] must be an address or a network such as 10.0.0.0/8, not "10.0.0.0/33"',
    ],
    [
      'nobody',
      share('clients: []'),
      'DIR/berth.yaml:5: shares[0].clients must be a list of one address or network',
    ],
    [
      'share path with ..',
      'data: data\nshares: [{ path: /a/../b, directory: a }]',
      'DIR/berth.yaml:2: shares[0].path must be an absolute path',
    ],
    [
      'same path in another spelling',
      'data: data\nshares:\n  - { path: /a, directory: a }\n  - { path: //a/, directory: a }',
      'DIR/berth.yaml:4: shares[1].path /a is that of shares[0] too',
    ],
    [
      'share below another',
      'data: data\nshares:\n  - { path: /a/b/c, directory: a }\n  - { path: /a, directory: a }',
      'DIR/berth.yaml:3: shares[0].path /a/b/c lies below /a, which is a share itself',
    ],
    [
      'path of a secret',
      'data: data\nshares: [{ path: /@a, directory: a }]',
      'DIR/berth.yaml:2: shares[0].path /@a begins with @ or a dot, which are reserved',
    ],
    [
      'hidden path',
      'data: data\nshares: [{ path: /.backup/a, directory: a }]',
      'DIR/berth.yaml:2: shares[0].path /.backup/a begins with @ or a dot, which are reserved',
    ],
    [
      'path of 33 names',
      `data: data\nshares: [{ path: ${'/a'.repeat(33)}, directory: a }]`,
      `DIR/berth.yaml:2: shares[0].path ${'/a'.repeat(33)} is over 32 names deep`,
    ],
    [
      'directory that is missing',
      'data: data\nshares: [{ path: /a, directory: gone }]',
      'DIR/berth.yaml:2: shares[0].directory cannot be used: ENOENT',
    ],
    [
      'directory that is a file',
      'data: data\nshares: [{ path: /a, directory: berth.yaml }]',
      'DIR/berth.yaml:2: shares[0].directory DIR/berth.yaml is not a directory',
    ],
    [
      'directory around the data directory',
      'data: data\nshares: [{ path: /a, directory: . }]',
      'DIR/berth.yaml:2: shares[0].directory DIR holds the data directory DIR/data',
    ],
  ])('file: %s', (_, yaml, message) => {
    const refused = refusal(yaml)
    expect(refused).toContain(message)
    expect(refused).not.toContain('\n')
  })

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['unknown', { BERTH_NFSPORT: '1' }, 'BERTH_NFSPORT is not a setting'],
    ['a list', { BERTH_SHARES: '1' }, 'BERTH_SHARES is not a setting'],
    ['port', { BERTH_NFS_PORT: '1e3' }, 'BERTH_NFS_PORT must be a port number from 0 to 65535, not "1e3"'],
    [
      'limit',
      { BERTH_LIMITS_INODES: '0' },
      'BERTH_LIMITS_INODES must be a whole number from 1000 to 10000000, not 0',
    ],
  ])('variable: %s', (_, environment, message) => {
    expect(refusal(undefined, { demo: true }, environment)).toBe(message)
  })

  test.each<[string, Flags, string]>([
    ['port', { demo: true, nfsPort: '-1' }, '--nfs-port must be a port number from 0 to 65535, not "-1"'],
    [
      'admin port',
      { demo: true, adminPort: 'no' },
      '--admin-port must be a port number from 0 to 65535, or off, not "no"',
    ],
    ['empty data', { data: '' }, '--data must be the path of a directory, not ""'],
    ['no data directory', {}, 'no data directory: give --data DIR, or --demo to try Berth out'],
    [
      'demo and file',
      { demo: true, config: 'x' },
      '--demo brings its own share: leave out the config file x',
    ],
    ['missing file', { config: 'gone' }, 'config file DIR/gone cannot be read: ENOENT'],
  ])('flag: %s', (_, flags, message) => {
    expect(refusal(undefined, flags)).toContain(message)
  })
})

describe('hooks', () => {
  test('none are allowed unless the file says so', () => {
    expect(load(oneShare, { data: 'data' }).hooks).toEqual({ commands: [], urls: [] })
  })

  test('programs, and URLs with the files of their headers, which start at the file', () => {
    const yaml = `data: data
hooks:
  commands: [/usr/local/bin/checkpoint]
  urls: [{ prefix: 'https://hooks.example/berth', headersFile: headers }, { prefix: 'http://127.0.0.1:9000/' }]
`
    expect(load(yaml).hooks).toEqual({
      commands: ['/usr/local/bin/checkpoint'],
      urls: [
        { prefix: 'https://hooks.example/berth', headersFile: join(directory, 'headers') },
        { prefix: 'http://127.0.0.1:9000/', headersFile: undefined },
      ],
    })
  })

  test.each([
    ['commands: [checkpoint]', 'hooks.commands[0] must be the absolute path of a program'],
    ['urls: [{ prefix: ftp://hooks.example }]', 'hooks.urls[0].prefix must be a URL'],
    ['urls: [{ prefix: http://me@hooks.example }]', 'hooks.urls[0].prefix must be a URL'],
    ['urls: [{ prefix: http://hooks.example/?to= }]', 'hooks.urls[0].prefix must be a URL'],
    ['urls: [{ headersFile: headers }]', 'hooks.urls[0].prefix is missing'],
  ])('%s is refused', (yaml, expected) => {
    expect(refusal(`data: data\nhooks: { ${yaml} }\n`)).toContain(expected)
  })
})

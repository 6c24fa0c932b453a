import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { describeGateway, mountLine } from '../../../src/cli/banner.ts'
import { configDefaults, shareDefaults, type Config } from '../../../src/config/config.ts'

const share = { ...shareDefaults, path: '/team/data', directory: '/srv/data' }
const config: Config = {
  ...configDefaults,
  lanes: 1,
  demo: false,
  data: '/var/lib/berth',
  clientHost: undefined,
  adminTls: undefined,
  hooks: { commands: [], urls: [] },
  backups: { restic: 'restic', host: undefined, secrets: undefined, sshArguments: [] },
  shares: [share],
}
const facts = { nfsPort: 2049, portmap: true, adminUrl: 'http://127.0.0.1:8049', restrictions: ['Not root.'] }

describe('mountLine', () => {
  const options = 'vers=3,proto=tcp,port=2049,mountproto=tcp,mountport=2049,nolock'

  test.each([
    ['127.0.0.1', '/a', `mount -t nfs -o ${options} 127.0.0.1:/a /mnt`],
    ['0.0.0.0', '/a', `mount -t nfs -o ${options} ${hostname()}:/a /mnt`],
    ['::', '/a', `mount -t nfs -o ${options} ${hostname()}:/a /mnt`],
    ['fd00::1', '/a', `mount -t nfs -o ${options} '[fd00::1]:/a' /mnt`],
    ['10.0.0.1', "/it's here", `mount -t nfs -o ${options} '10.0.0.1:/it'\\''s here' /mnt`],
    ['10.0.0.1', '/$(reboot)', `mount -t nfs -o ${options} '10.0.0.1:/$(reboot)' /mnt`],
  ])('%s %s is a line for a shell', (listen, path, line) => {
    expect(mountLine({ ...config, listen }, 2049, path)).toBe(line)
  })

  test('names the gateway as clients are told to', () => {
    const line = mountLine({ ...config, listen: '0.0.0.0', clientHost: 'nas.example' }, 2049, '/a')
    expect(line).toContain(' nas.example:/a ')
  })

  test('of a demo gives the files of others no rights on the reader’s machine', () => {
    expect(mountLine({ ...config, demo: true }, 2049, '/demo')).toContain(
      `${options},nosuid,nodev 127.0.0.1:/demo`,
    )
  })
})

describe('describeGateway', () => {
  test('tells all there is to know, in plain text', () => {
    expect(describeGateway(config, facts).split('\n')).toEqual([
      '',
      'Berth is serving. Mount with:',
      '',
      '  mount -t nfs -o vers=3,proto=tcp,port=2049,mountproto=tcp,mountport=2049,nolock 127.0.0.1:/team/data /mnt',
      '',
      '  share       directory  access           clients',
      '  /team/data  /srv/data  rw, squash root  127.0.0.0/8 ::1',
      '',
      '  data       /var/lib/berth',
      '  portmap    port 111',
      '  admin      http://127.0.0.1:8049',
      '  note       Not root.',
      '',
      '',
    ])
  })

  test('colours on request, and says what is off', () => {
    const text = describeGateway(config, { ...facts, portmap: false, adminUrl: undefined }, true)
    expect(text).toContain('\u001b[1mBerth is serving')
    expect(text).toMatch(/portmap +none/)
    expect(text).toMatch(/admin +off/)
  })
})

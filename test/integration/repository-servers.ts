import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CephNode, nodeMissing } from './ceph-node.ts'
import { freePort } from './ports.ts'
import { programsMissing } from './programs-missing.ts'

// Where restic keeps repositories: real servers of Debian, each on the loopback interface.

const startTimeoutMs = 20_000

/** A server that has room for a repository. */
export interface RepositoryServer {
  /** As `restic -r` takes it. */
  readonly url: string
  /** What restic needs in its environment to be let in. */
  readonly environment: Readonly<Record<string, string>>
  /** And ssh, if it is behind it. */
  readonly sshArguments: readonly string[]
  stop(): Promise<void>
}

export interface ServerKind {
  readonly name: string
  /** Why there can be none here; undefined: there can. */
  readonly missing: string | undefined
  /** @param directory for what it needs; empty. */
  start(directory: string): Promise<RepositoryServer>
}

export const serverKinds: readonly ServerKind[] = [
  { name: 'SFTP (OpenSSH)', missing: programsMissing('restic', 'sshd', 'ssh-keygen'), start: startSftp },
  { name: 'REST (rclone serve restic)', missing: programsMissing('restic', 'rclone'), start: startRest },
  {
    name: 'S3 (radosgw)',
    missing: programsMissing('restic') ?? nodeMissing('radosgw', 'radosgw-admin'),
    start: startS3,
  },
]

/** What a server writes stays in its directory: nothing of this machine's own ssh is looked at or changed. */
async function startSftp(directory: string): Promise<RepositoryServer> {
  const port = await freePort()
  const at = (name: string): string => join(directory, name)
  for (const name of ['host-key', 'key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
  writeFileSync(at('authorized'), readFileSync(at('key.pub')))
  writeFileSync(at('known-hosts'), `[127.0.0.1]:${port} ${readFileSync(at('host-key.pub'), 'utf8')}`)
  writeFileSync(
    at('sshd.conf'),
    `ListenAddress 127.0.0.1:${port}
HostKey ${at('host-key')}
AuthorizedKeysFile ${at('authorized')}
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
`,
  )
  // sshd(8): the directory to which it changes before anybody is let in.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const program = execFileSync('sh', ['-c', 'command -v sshd'], { encoding: 'utf8' }).trim()
  const server = spawn(program, ['-D', '-f', at('sshd.conf'), '-E', at('log')], { stdio: 'ignore' })
  await listening(server, port, 'sshd')
  mkdirSync(at('repositories'))
  return {
    url: `sftp://root@127.0.0.1:${port}/${at('repositories/berth')}`,
    environment: {},
    sshArguments: [
      ...['-F', 'none', '-i', at('key'), '-o', 'IdentitiesOnly=yes'],
      ...['-o', `UserKnownHostsFile=${at('known-hosts')}`, '-o', 'GlobalKnownHostsFile=none'],
    ],
    stop: () => end(server),
  }
}

async function startRest(directory: string): Promise<RepositoryServer> {
  const port = await freePort()
  const server = spawn(
    'rclone',
    ['serve', 'restic', '--addr', `127.0.0.1:${port}`, '--config', join(directory, 'rclone.conf'), directory],
    {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, HOME: directory, RCLONE_USER: 'user-of-rest', RCLONE_PASS: 'of REST' },
    },
  )
  await listening(server, port, 'rclone')
  return {
    url: `rest:http://127.0.0.1:${port}/berth/`,
    environment: { RESTIC_REST_USERNAME: 'user-of-rest', RESTIC_REST_PASSWORD: 'of REST' },
    sshArguments: [],
    stop: () => end(server),
  }
}

/** The object gateway of Ceph: S3 to every client. */
async function startS3(): Promise<RepositoryServer> {
  const port = await freePort()
  const node = await CephNode.start(
    // Its default is an encrypted connection, which needs keys.
    `ms mon client mode = crc
rgw frontends = beast endpoint=127.0.0.1:${port}
`,
  )
  try {
    node.serve('radosgw', '-n', 'client.admin', `--rgw-data=${node.directory('rgw')}`)
    await node.until(() => accepts(port))
    const keys = ['--access-key=of-s3', '--secret-key=secret of S3']
    node.run('radosgw-admin', 'user', 'create', '--uid=berth', '--display-name=berth', ...keys)
  } catch (error) {
    await node.stop()
    throw error
  }
  return {
    url: `s3:http://127.0.0.1:${port}/berth`,
    environment: { AWS_ACCESS_KEY_ID: 'of-s3', AWS_SECRET_ACCESS_KEY: 'secret of S3' },
    sshArguments: [],
    stop: () => node.stop(),
  }
}

async function listening(server: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  while (!(await accepts(port))) {
    if (server.exitCode !== null) throw new Error(`${name} ended with ${server.exitCode}`)
    if (performance.now() > deadline) {
      await end(server)
      throw new Error(`${name} does not listen`)
    }
    await sleep(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}

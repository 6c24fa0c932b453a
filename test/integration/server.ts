import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Mountstat3 } from 'nfs-server-ts'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { afterEach, beforeEach, expect } from 'vitest'

/** What users run. */
export const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const startTimeoutMs = 60_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A server process that serves. */
export interface RunningServer {
  readonly nfsPort: number
  readonly adminUrl: string
  readonly pid: number
  stdout(): string
  log(): LogLine[]
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** A fresh directory for each test; what still runs in it is killed after. */
export function useWorkspace(): { readonly path: string } {
  const workspace = { path: '' }
  beforeEach(() => {
    workspace.path = mkdtempSync(join(tmpdir(), 'berth-integration-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exit
    }
    rmSync(workspace.path, { recursive: true })
  })
  return workspace
}

const children: ChildProcess[] = []

export interface LaunchOptions {
  readonly environment?: NodeJS.ProcessEnv
  /** The user to run as, which only root can choose. */
  readonly user?: number
}

function launch(args: readonly string[], cwd: string, { environment = {}, user }: LaunchOptions) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    ...(user === undefined ? {} : { uid: user, gid: user }),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}

/** Runs a command line that ends by itself. */
export function runToEnd(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return launch(args, cwd, { environment }).ended
}

/** On any free ports, whatever else runs on this machine. */
export const anyPorts = ['--nfs-port', '0', '--admin-port', '0', '--portmap', 'off']

/** Starts `berth serve` and waits until it serves. */
export async function startServer(
  args: readonly string[],
  cwd: string,
  options: LaunchOptions = {},
): Promise<RunningServer> {
  const { child, ended, stdout, stderr } = launch(['serve', ...args], cwd, options)
  const log = () => parseLog(stderr())
  const serving = () => log().find(({ msg }) => msg === 'serving')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await waitFor(() => serving() !== undefined || hasEnded(), startTimeoutMs)
  const facts = serving()
  if (facts === undefined)
    throw new Error(`the server did not start (${child.signalCode ?? child.exitCode}): ${stderr()}`)
  return {
    nfsPort: facts.nfsPort as number,
    adminUrl: facts.adminUrl as string,
    pid: child.pid ?? 0,
    stdout,
    log,
    kill: (signal) => child.kill(signal),
    ended,
  }
}

function parseLog(text: string): LogLine[] {
  // The last line may not be complete yet.
  const lines = text.split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
}

/** Ends a server as a supervisor does, after asking whether it met an error of its own. */
export async function stopServer(server: RunningServer): Promise<Ended> {
  expect(await metric(server, 'berth_bugs_total')).toBe(0)
  server.kill('SIGTERM')
  const ended = await server.ended
  expect(ended).toMatchObject({ code: 0, signal: null })
  return ended
}

/** The value of a metric without labels. */
export async function metric(server: RunningServer, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

/** A connection to the server, and a share's root handle. */
export async function mountShare(server: RunningServer, path: string, host = '127.0.0.1') {
  const transport = await TcpTransport.connect(server.nfsPort, host)
  const mounted = await new Mount3Client(transport).mount(path)
  if (mounted.status !== Mountstat3.OK) throw new Error(`mount of ${path}: status ${mounted.status}`)
  return { transport, nfs: new Nfs3Client(transport), root: mounted.handle }
}

/** Writes a config file (JSON is YAML) and gives the arguments that use it. */
export function configFile(directory: string, config: object): string[] {
  const file = join(directory, 'berth.yaml')
  writeFileSync(file, JSON.stringify({ nfsPort: 0, adminPort: 0, portmap: 'off', ...config }))
  return ['--config', file]
}

export async function waitFor(isTrue: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

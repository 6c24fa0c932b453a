import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'
import { programsMissing } from './programs-missing.ts'

const startTimeoutMs = 60_000

/** Why there can be no such node here; undefined: there can. @param others what it needs besides. */
export function nodeMissing(...others: string[]): string | undefined {
  return programsMissing('ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', ...others)
}

/** A Ceph cluster of one node on the loopback interface, its data in memory, nobody asked who he is. */
export class CephNode {
  readonly #work = mkdtempSync(join(tmpdir(), 'berth-ceph-'))
  readonly #config = join(this.#work, 'ceph.conf')
  readonly #running: ChildProcess[] = []

  /** @param settings lines of its configuration, of the section `global`. */
  static async start(settings = ''): Promise<CephNode> {
    const node = new CephNode()
    try {
      await node.#start(settings)
      return node
    } catch (error) {
      await node.stop()
      throw error
    }
  }

  /** A directory that goes with it. */
  directory(name: string): string {
    const directory = join(this.#work, name)
    mkdirSync(directory, { recursive: true })
    return directory
  }

  /** What was started last ends first. */
  async stop(): Promise<void> {
    for (const running of this.#running.reverse()) {
      if (running.exitCode !== null || running.signalCode !== null) continue
      const ended = once(running, 'exit')
      running.kill('SIGKILL')
      await ended
    }
    rmSync(this.#work, { recursive: true })
  }

  run(program: string, ...parameters: string[]): void {
    execFileSync(program, ['-c', this.#config, ...parameters], { stdio: 'ignore' })
  }

  /** Starts what stays until {@link stop}, or until this process ends in whatever way. */
  serve(program: string, ...parameters: string[]): ChildProcess {
    const words = ['--pdeathsig', 'KILL', program, '-c', this.#config, '-f', ...parameters]
    const child = spawn('setpriv', words, { stdio: 'ignore' })
    this.#running.push(child)
    return child
  }

  /** What `ceph` says; undefined: it failed. */
  ceph(...parameters: string[]): string | undefined {
    const { status, stdout } = spawnSync(
      'ceph',
      ['-c', this.#config, '--connect-timeout', '5', ...parameters],
      { encoding: 'utf8' },
    )
    return status === 0 ? stdout : undefined
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + startTimeoutMs
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`the Ceph cluster in ${this.#work} does not start`)
      await sleep(100)
    }
  }

  async #start(settings: string): Promise<void> {
    const fsid = crypto.randomUUID()
    const address = `[v2:127.0.0.1:${await freePort()}]`
    const map = join(this.#work, 'monmap')
    writeFileSync(
      this.#config,
      `[global]
fsid = ${fsid}
mon host = ${address}
public addr = 127.0.0.1
public network = 127.0.0.1/32
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${this.#work}
admin socket = ${this.#work}/$name.asok
log file = ${this.directory('log')}/$name.log
crash dir = ${this.directory('log')}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon data = ${this.directory('mon')}
mon initial members = a
mon allow pool size one = true
mon osd full ratio = 0.97
mon data avail warn = 2
mon data avail crit = 1
osd data = ${this.directory('osd')}
osd objectstore = memstore
memstore device bytes = 1073741824
${settings}
`,
    )
    execFileSync('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, map], { stdio: 'ignore' })
    this.run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
    this.serve('ceph-mon', '-i', 'a')
    await this.until(() => this.ceph('-s') !== undefined)
    const osd = crypto.randomUUID()
    this.ceph('osd', 'new', osd)
    this.run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    this.serve('ceph-osd', '-i', '0')
    await this.until(() => this.ceph('osd', 'stat')?.includes('1 up') === true)
  }
}

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'ceph-mds', 'ceph-fuse', 'monmaptool']
const startTimeoutMs = 60_000
const port = 43_407

/** Why there can be no cluster here; undefined: there can. */
export const clusterMissing =
  process.getuid!() !== 0
    ? 'skipped: it needs root'
    : programs
        .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
        .map((program) => `skipped: it needs ${program}`)[0]

/** CephFS of one node on the loopback interface, its data in memory, mounted by ceph-fuse as gateways are to mount it. */
export class CephCluster {
  readonly #work = mkdtempSync(join(tmpdir(), 'berth-ceph-'))
  readonly #config = join(this.#work, 'ceph.conf')
  readonly #running: ChildProcess[] = []
  readonly directory = join(this.#work, 'mounted')

  static async start(): Promise<CephCluster> {
    const cluster = new CephCluster()
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    // The client first: without its cluster it would not end.
    spawnSync('umount', ['-l', this.directory])
    for (const running of this.#running.reverse()) {
      if (running.exitCode !== null || running.signalCode !== null) continue
      const ended = once(running, 'exit')
      running.kill('SIGKILL')
      await ended
    }
    rmSync(this.#work, { recursive: true })
  }

  async #start(): Promise<void> {
    const at = (name: string): string => join(this.#work, name)
    for (const name of ['mon', 'osd', 'mds', 'log', 'mounted']) mkdirSync(at(name))
    const fsid = crypto.randomUUID()
    const address = `[v2:127.0.0.1:${port}]`
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
log file = ${this.#work}/log/$name.log
crash dir = ${this.#work}/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon data = ${at('mon')}
mon initial members = a
mon allow pool size one = true
mon osd full ratio = 0.97
mon data avail warn = 2
mon data avail crit = 1
osd data = ${at('osd')}
osd objectstore = memstore
memstore device bytes = 1073741824
mds data = ${at('mds')}
fuse default permissions = false
`,
    )
    execFileSync('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, at('monmap')], {
      stdio: 'ignore',
    })
    this.#run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', at('monmap'))
    this.#serve('ceph-mon', '-f', '-i', 'a')
    await this.#until(() => this.#ceph('-s') !== undefined)
    const osd = crypto.randomUUID()
    this.#ceph('osd', 'new', osd)
    this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    this.#serve('ceph-osd', '-f', '-i', '0')
    this.#serve('ceph-mds', '-f', '-i', 'm')
    await this.#until(() => this.#ceph('osd', 'stat')?.includes('1 up') === true)
    this.#ceph('osd', 'pool', 'create', 'metadata', '8')
    this.#ceph('osd', 'pool', 'create', 'data', '8')
    this.#ceph('fs', 'new', 'cephfs', 'metadata', 'data')
    await this.#until(() => this.#ceph('mds', 'stat')?.includes('up:active') === true)
    const outside = statSync(this.directory).dev
    this.#serve('ceph-fuse', '-f', '-n', 'client.admin', '--fuse_disable_pagecache=true', this.directory)
    await this.#until(() => statSync(this.directory).dev !== outside)
  }

  #run(program: string, ...parameters: string[]): void {
    execFileSync(program, ['-c', this.#config, ...parameters], { stdio: 'ignore' })
  }

  #serve(program: string, ...parameters: string[]): void {
    this.#running.push(spawn(program, ['-c', this.#config, ...parameters], { stdio: 'ignore' }))
  }

  /** What it says; undefined: it failed. */
  #ceph(...parameters: string[]): string | undefined {
    const { status, stdout } = spawnSync(
      'ceph',
      ['-c', this.#config, '--connect-timeout', '5', ...parameters],
      { encoding: 'utf8' },
    )
    return status === 0 ? stdout : undefined
  }

  async #until(holds: () => boolean): Promise<void> {
    const end = performance.now() + startTimeoutMs
    while (!holds()) {
      if (performance.now() > end) throw new Error(`the Ceph cluster in ${this.#work} does not start`)
      await sleep(100)
    }
  }
}

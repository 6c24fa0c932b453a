// CephFS of one node, its data in memory, mounted by ceph-fuse as the guide says that gateways mount it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** The harness has a network namespace to itself, so the port is free. */
const monitorPort = 43_300
const startTimeoutMs = 60_000
const programs = ['ceph', 'ceph-mon', 'ceph-mgr', 'ceph-osd', 'ceph-mds', 'ceph-fuse', 'monmaptool']

/** What of it is not installed here. @returns {string[]} */
export function missingOfCeph() {
  return programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
}

/** @param {number} ms */
const pause = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

export class CephImage {
  #work
  #config
  /** The daemons and, last, the client. @type {import('node:child_process').ChildProcess[]} */
  #running = []
  /** Where it is mounted. */
  directory

  /**
   * Starts a cluster and mounts it.
   * @param {string} work folder for its data, its logs and its mount point
   * @param {string} name
   * @param {number} sizeBytes
   */
  constructor(work, name, sizeBytes) {
    this.#work = path.join(work, `${name}.cluster`)
    this.#config = path.join(this.#work, 'ceph.conf')
    this.directory = path.join(work, 'mounted', name)
    for (const folder of [
      this.directory,
      ...['mon', 'mgr', 'osd', 'mds', 'log'].map((part) => this.#at(part)),
    ])
      mkdirSync(folder, { recursive: true })
    try {
      this.#start(sizeBytes)
    } catch (error) {
      this.remove()
      throw error
    }
  }

  remove() {
    // The client first: without its cluster it would not end.
    if (isMounted(this.directory)) execFileSync('umount', ['-l', this.directory])
    for (const child of this.#running.reverse()) child.kill('SIGKILL')
    rmSync(this.#work, { recursive: true, force: true, maxRetries: 5 })
  }

  /** @param {number} sizeBytes */
  #start(sizeBytes) {
    const fsid = randomUUID()
    const map = this.#at('monmap')
    const monitor = `[v2:127.0.0.1:${monitorPort}]`
    writeFileSync(this.#config, this.#settings(fsid, monitor, sizeBytes))
    execFileSync('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, map])
    this.#run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
    this.#serve('ceph-mon', '-i', 'a')
    this.#until('its monitor', () => this.#ceph('-s') !== undefined)
    const osd = randomUUID()
    this.#ceph('osd', 'new', osd)
    this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    this.#serve('ceph-osd', '-i', '0')
    this.#serve('ceph-mds', '-i', 'm')
    // Without it the filesystem would say that it has no room.
    this.#serve('ceph-mgr', '-i', 'x')
    this.#until('its storage', () => this.#ceph('osd', 'stat')?.includes('1 up') === true)
    for (const pool of ['metadata', 'data']) this.#ceph('osd', 'pool', 'create', pool, '8')
    this.#ceph('fs', 'new', 'cephfs', 'metadata', 'data')
    this.#until('its metadata server', () => this.#ceph('mds', 'stat')?.includes('up:active') === true)
    const options = ['--fuse_disable_pagecache=true', '--client_dirsize_rbytes=false']
    this.#serve('ceph-fuse', '-n', 'client.admin', ...options, this.directory)
    this.#until('its client', () => isMounted(this.directory))
    this.#until('its count of bytes', () => statfsSync(this.directory).bavail > 0)
  }

  /** @param {string} fsid @param {string} monitor @param {number} sizeBytes */
  #settings(fsid, monitor, sizeBytes) {
    return `[global]
fsid = ${fsid}
mon host = ${monitor}
public addr = 127.0.0.1
public network = 127.0.0.1/32
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${this.#work}
admin socket = ${this.#work}/$name.asok
log file = ${this.#at('log')}/$name.log
crash dir = ${this.#at('log')}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mgr data = ${this.#at('mgr')}
mgr initial modules =
mgr stats period = 1
mon data = ${this.#at('mon')}
mon initial members = a
mon allow pool size one = true
mon osd full ratio = 0.97
mon data avail warn = 2
mon data avail crit = 1
osd data = ${this.#at('osd')}
osd objectstore = memstore
memstore device bytes = ${sizeBytes}
mds data = ${this.#at('mds')}
fuse default permissions = false
`
  }

  /** @param {string} part */
  #at(part) {
    return path.join(this.#work, part)
  }

  /** @param {string} program @param {string[]} words */
  #run(program, ...words) {
    execFileSync(program, ['-c', this.#config, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  /** Starts what stays until {@link remove}, or until the harness dies. @param {string} program @param {string[]} words */
  #serve(program, ...words) {
    const log = openSync(path.join(this.#at('log'), `${program}.out`), 'w')
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, '-c', this.#config, '-f', ...words], {
      stdio: ['ignore', log, log],
      // Its own session, so that a Ctrl-C meant for the harness does not reach it first.
      detached: true,
    })
    closeSync(log)
    this.#running.push(child)
  }

  /** What `ceph` says; undefined: it failed. @param {string[]} words */
  #ceph(...words) {
    const options = ['-c', this.#config, '--connect-timeout', '5']
    const { status, stdout } = spawnSync('ceph', [...options, ...words], { encoding: 'utf8' })
    return status === 0 ? stdout : undefined
  }

  /** @param {string} what @param {() => boolean} holds */
  #until(what, holds) {
    const end = Date.now() + startTimeoutMs
    while (!holds()) {
      if (Date.now() > end)
        throw new Error(`the Ceph cluster does not start: ${what}, see ${this.#at('log')}`)
      pause(100)
    }
  }
}

/** Removes the snapshots of all directories in a folder. @param {string} folder */
export function removeCephSnapshots(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => path.join(parentPath, name))
  for (const directory of [folder, ...below]) {
    const snapshots = path.join(directory, '.snap')
    if (!existsSync(snapshots)) continue
    // Names of what was taken of a directory above begin with "_".
    for (const name of readdirSync(snapshots))
      if (!name.startsWith('_')) rmdirSync(path.join(snapshots, name))
  }
}

/** @param {string} directory */
function isMounted(directory) {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${directory} fuse.ceph-fuse `)
}

// Filesystems to serve: made, mounted, remounted and removed. CephFS is a cluster, the others are loop images.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CephImage, missingOfCeph } from './ceph.mjs'

/** How each filesystem is made. */
const makers = {
  xfs: ['mkfs.xfs', '-q'],
  ext4: ['mkfs.ext4', '-q', '-E', 'lazy_itable_init=1'],
  btrfs: ['mkfs.btrfs', '-q'],
}
/** @typedef {keyof typeof makers} LoopFilesystem */
/** @typedef {LoopFilesystem | 'cephfs'} Filesystem */

const loopFilesystems = /** @type {LoopFilesystem[]} */ (Object.keys(makers))
export const filesystems = /** @type {Filesystem[]} */ ([...loopFilesystems, 'cephfs'])

/** Those that can be made here. */
export const filesystemsHere = missingOfCeph().length === 0 ? filesystems : loopFilesystems

/** @typedef {Pick<Image, 'directory' | 'remove'>} Mounted */

/**
 * Makes and mounts an empty filesystem.
 * @param {string} work folder for its data and its mount point
 * @param {Filesystem} filesystem
 * @param {string} name
 * @param {number} sizeBytes
 * @returns {Mounted}
 */
export function makeImage(work, filesystem, name, sizeBytes) {
  return filesystem === 'cephfs'
    ? new CephImage(work, name, sizeBytes)
    : new Image(work, filesystem, name, sizeBytes)
}

/** The smallest image that all accept, for tests that fill it. */
export const smallBytes = 320 * 2 ** 20

export class Image {
  #file
  /** Where it is mounted. */
  directory

  /**
   * Makes and mounts a sparse image.
   * @param {string} work folder for the image and its mount point
   * @param {LoopFilesystem} filesystem
   * @param {string} name
   * @param {number} sizeBytes
   */
  constructor(work, filesystem, name, sizeBytes) {
    this.#file = path.join(work, `${name}.img`)
    this.directory = path.join(work, 'mounted', name)
    mkdirSync(this.directory, { recursive: true })
    writeFileSync(this.#file, '')
    truncateSync(this.#file, sizeBytes)
    const [program, ...options] = makers[filesystem]
    execFileSync(/** @type {string} */ (program), [...options, this.#file])
    execFileSync('mount', ['-o', 'loop', this.#file, this.directory])
  }

  /** @param {'ro' | 'rw'} mode @throws when files are open for writing */
  remount(mode) {
    execFileSync('mount', ['-o', `remount,${mode}`, this.directory], { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  remove() {
    unmount(this.directory)
    rmSync(this.#file, { force: true })
  }
}

/** Lazily, so that a process still holding a file cannot keep the image mounted. @param {string} directory */
function unmount(directory) {
  execFileSync('umount', ['-l', directory])
}

const workPrefix = 'berth-conformance.'

/**
 * Makes the work folder of this run, named after this process, and removes those of runs that were killed.
 * @param {string} parent
 */
export function makeWorkFolder(parent) {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(workPrefix)) continue
    const pid = Number(name.slice(workPrefix.length))
    if (!isRunning(pid)) removeWorkFolder(path.join(parent, name))
  }
  const work = path.join(parent, `${workPrefix}${process.pid}`)
  mkdirSync(path.join(work, 'exchange/programs'), { recursive: true })
  return work
}

/** Unmounts what is mounted below it, then removes it. @param {string} work */
export function removeWorkFolder(work) {
  const below = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((directory) => directory.startsWith(`${work}/`))
  for (const directory of below) unmount(directory)
  // Retried: what still runs after an interruption may write into it.
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}

/** @param {number} pid */
function isRunning(pid) {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined
}

// One test on one filesystem: a server of its own, a directory of its own, its output in a file.
import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'
import { runInGuest } from './guest/guest.mjs'
import { removeCephSnapshots } from './images/ceph.mjs'
import { makeImage, smallBytes } from './images/images.mjs'
import { Server, nfsPort } from './servers/server.mjs'

/**
 * @typedef {object} Test
 * @property {string} name group/name
 * @property {string} about one line: what it proves
 * @property {'everywhere' | 'once' | 'never'} cut whether the cut runs it on every filesystem, on the first, or not
 * @property {number} timeoutSec of each guest it boots, in a full run
 * @property {boolean} [smallImage] served from a small image of its own, to be filled or remounted; not on CephFS
 * @property {boolean} [needsApi] whether it needs a server with an admin API
 * @property {(directory: string) => import('./servers/server.mjs').Share[]} [shares] besides its own; makes their folders
 * @property {(context: Context) => Promise<void>} run fails by throwing
 */

/**
 * @typedef {object} Settings
 * @property {import('./servers/server.mjs').Flavour} flavour
 * @property {import('./images/images.mjs').Filesystem} filesystem
 * @property {import('./images/images.mjs').Mounted} image
 * @property {string} work
 * @property {string} results
 * @property {number} seed
 * @property {boolean} full
 */

/**
 * @typedef {object} Outcome
 * @property {string} test
 * @property {string} about
 * @property {string} filesystem
 * @property {boolean} passed
 * @property {number} seconds
 * @property {string} [error]
 */

/** How many times as long a test may take where each change goes to a server and to another process. */
const cephPatience = 3

/** What a test works with. */
export class Context {
  /** Path of the share that is the test's own. */
  share
  /** A second share of the same server. */
  secondShare = '/second'
  #test
  #files
  #progress

  /**
   * @param {Test} test
   * @param {Settings} settings
   * @param {import('./images/images.mjs').Mounted} image
   * @param {import('./report/progress.mjs').Progress} progress
   */
  constructor(test, settings, image, progress) {
    const slug = test.name.replaceAll('/', '-')
    this.#test = test
    this.#progress = progress
    this.settings = settings
    this.image = image
    this.filesystem = settings.filesystem
    this.full = settings.full
    this.seed = settings.seed
    this.share = `/${settings.filesystem}`
    /** Scratch folder of this test, on the host. */
    this.work = path.join(settings.work, slug)
    /** The directory the share serves, on the host; the guest's /run/served. */
    this.directory = path.join(image.directory, slug)
    this.secondDirectory = `${this.directory}.second`
    /** Empty: for a store of shares made through the admin API. */
    this.storeDirectory = `${this.directory}.store`
    for (const folder of [this.work, ...this.#served()]) mkdirSync(folder)
    const folder = path.join(settings.results, settings.filesystem)
    mkdirSync(folder, { recursive: true })
    this.#files = path.join(folder, slug)
    this.logFile = `${this.#files}.log`
    /** What the server prints. */
    this.serverLog = `${this.#files}.server.log`
    this.log = createWriteStream(this.logFile)
    this.server = new Server(
      settings.flavour,
      this.work,
      [
        { path: this.share, directory: this.directory },
        { path: this.secondShare, directory: this.secondDirectory },
        ...(test.shares?.(this.directory) ?? []),
      ],
      this.serverLog,
    )
  }

  /** Adds a line to the test's output. @param {string} text */
  note(text) {
    this.log.write(`# ${text}\n`)
    this.#progress.line(text)
  }

  /**
   * Runs a script in a guest; throws unless it ends with status 0.
   * @param {string} script path below conformance/
   * @param {Record<string, string>} [environment] besides what guest/prelude.sh lists
   */
  async guest(script, environment = {}) {
    const timeoutSec = this.#test.timeoutSec * (this.filesystem === 'cephfs' ? cephPatience : 1)
    const status = await runInGuest({
      script: `/run/conformance/${script}`,
      work: this.settings.work,
      served: this.directory,
      environment: {
        PORT: String(nfsPort),
        MOUNT_PORT: String(this.settings.flavour.mountPort),
        SHARE: this.share,
        SECOND_SHARE: this.secondShare,
        FILESYSTEM: this.filesystem,
        FULL: this.full ? '1' : '0',
        SEED: String(this.seed),
        ...environment,
      },
      timeoutSec,
      kernelLog: `${this.#files}.kernel.log`,
      onOutput: (chunk) => {
        this.log.write(chunk)
        this.#progress.output(chunk)
      },
    })
    if (status === 124) throw new Error(`no end after ${timeoutSec} s`)
    if (status === 125) throw new Error('the guest died')
    if (status !== 0) throw new Error(`${script} ended with ${status}`)
  }

  #served() {
    return [this.directory, this.secondDirectory, this.storeDirectory]
  }

  async close() {
    await this.server.stop()
    for (const folder of [this.work, ...this.#served()]) {
      removeTree(folder, this.filesystem)
    }
    this.log.end()
    await once(this.log, 'close')
  }
}

/**
 * @param {Test} test
 * @param {Settings} settings
 * @param {import('./report/progress.mjs').Progress} progress
 * @returns {Promise<Outcome>}
 */
export async function runTest(test, settings, progress) {
  progress.begin(settings.filesystem, test.name)
  const startedAt = Date.now()
  const image = test.smallImage
    ? makeImage(settings.work, settings.filesystem, `${settings.filesystem}-small`, smallBytes)
    : settings.image
  const context = new Context(test, settings, image, progress)
  /** @type {string | undefined} */
  let error
  try {
    await context.server.start()
    await test.run(context)
    if (!context.server.isRunning) throw new Error('the server ended')
    const bugs = await context.server.bugs()
    if (bugs > 0) throw new Error(`the server counted ${bugs} bugs in itself`)
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown)
    context.log.write(`${thrown instanceof Error ? thrown.stack : thrown}\n`)
  }
  await context.close()
  if (test.smallImage) image.remove()
  const outcome = {
    test: test.name,
    about: test.about,
    filesystem: settings.filesystem,
    passed: error === undefined,
    seconds: (Date.now() - startedAt) / 1000,
    ...(error === undefined ? {} : { error }),
  }
  progress.end(outcome, context.logFile)
  return outcome
}

/** Inode number of the root of every btrfs subvolume. */
const subvolumeInode = '256'

/**
 * Snapshots of btrfs are read-only subvolumes, and CephFS keeps a directory while there is one of it.
 * @param {string} folder @param {string} filesystem
 */
export function removeTree(folder, filesystem) {
  if (filesystem === 'btrfs') {
    const makeWritable = ['-exec', 'btrfs', 'property', 'set', '-f', '-ts', '{}', 'ro', 'false', ';']
    execFileSync('find', [folder, '-type', 'd', '-inum', subvolumeInode, ...makeWritable])
  }
  if (filesystem === 'cephfs') removeCephSnapshots(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

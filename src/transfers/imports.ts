import { chmod, chown, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Applications } from '../applications/index.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ImportsConfig } from '../config/config.ts'
import { ServiceError } from '../config/service-error.ts'
import { privateDirectory } from '../namespace/layout.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { contentDefaults, rootOf, type NewShare } from '../namespace/share-content.ts'
import { makeRoot } from '../namespace/share-maker.ts'
import { isSubvolume } from '../native/subvolume.ts'
import { Jobs, type Job, type RunningJob } from '../service/jobs.ts'
import { refusalFor } from '../snapshots/refusal.ts'
import type { Progress } from '../snapshots/drivers/index.ts'
import type { Logger } from '../telemetry/log.ts'
import { DockerImports } from './docker/docker-imports.ts'
import { openImportSource, refuseMounts, refuseOwn, type ImportSource } from './import-source.ts'
import { unpackTar, type UnpackOrder } from './tar-unpacking.ts'
import { fillByCopy, fillDriver, type FillDriver, type Filled } from './tree-filling.ts'

/** Imports at once: each reads or writes a whole tree. */
export const runningCountMax = 2
/** Those that wait for their turn. */
export const waitingCountMax = 1000

/** An import that goes on. */
export interface ImportJob extends Job {
  readonly kind: 'adopt' | 'copy' | 'docker' | 'tar'
  /** Absolute path on the host; for docker, the volume that is copied now; for a tar, empty. */
  readonly from: string
  /** Logical path of the share; for docker, of the one that is made now. */
  readonly path: string
  readonly phase: 'waiting' | 'copying' | 'unpacking' | 'placing'
  /** So far, of the share that is made now. */
  readonly files: number
  readonly bytes: number
}

export type RunningImport = RunningJob<ImportJob>

/** A directory of the host that is to become a share. */
export interface DirectoryWish extends NewShare {
  /** Absolute path, within what the configuration allows. */
  readonly directory: string
  /** Whether it becomes the share itself, or is copied. */
  readonly mode: 'adopt' | 'copy'
}

export interface TarWish extends NewShare {
  /** Default `refuse`. */
  readonly devices?: UnpackOrder['devices']
  /** Default 0. */
  readonly stripComponents?: number
}

export interface Imported {
  readonly share: ShareRecord
  /** Null: they were not counted. */
  readonly files: number | null
  readonly bytes: number | null
  readonly warnings: readonly string[]
}

/** What an import of a directory would do. */
export interface ImportPlan {
  readonly store: string
  /** The directory's real path. */
  readonly from: string
  readonly way: 'rename' | FillDriver
  readonly warnings: readonly string[]
}

export interface ImportsOptions {
  readonly config: ImportsConfig
  readonly namespace: Namespace
  readonly applications: Applications
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Data from elsewhere becomes shares. What is interrupted leaves nothing, or is where it was: see ShareMaker, ShareAdopter. */
export class Imports {
  readonly docker: DockerImports
  readonly #options: ImportsOptions
  readonly #jobs: Jobs<ImportJob>

  constructor(options: ImportsOptions) {
    this.#options = options
    const { now = Date.now } = options
    const afterwards = 'no share was made'
    this.#jobs = new Jobs({ what: 'import', runningCountMax, waitingCountMax, afterwards, now })
    this.docker = new DockerImports({
      ...options,
      jobs: this.#jobs,
      copy: (directory, wanted, job) =>
        this.#withSource(directory, (source) => this.#copy(source, wanted, job)),
    })
  }

  /** Ends what goes on early. */
  close(): Promise<void> {
    return this.#jobs.close()
  }

  /** What goes on, the oldest first. */
  jobs(): ImportJob[] {
    return this.#jobs.list()
  }

  /** Ends an import early: of the share that it was making nothing stays. @throws {ServiceError} `not-found` */
  abort(jobId: string): void {
    this.#jobs.abort(jobId)
  }

  /**
   * Makes a share of a directory of the host.
   * @throws {ServiceError} `forbidden` for one that may not be imported, `conflict`, or as the creation of a share does
   */
  async importDirectory(wish: DirectoryWish, actor: string): Promise<Imported> {
    const { directory, mode, ...wanted } = wish
    const { path } = wanted
    // What is refused is refused at once.
    await this.planDirectory(wish)
    const job = { kind: mode, from: directory, path, phase: 'waiting', files: 0, bytes: 0 } as const
    return this.#jobs.run({ ...job, createdBy: actor }, (running) =>
      this.#withSource(directory, (source) =>
        mode === 'adopt' ? this.#adopt(source, wanted, running) : this.#copy(source, wanted, running),
      ),
    )
  }

  /** What {@link importDirectory} would do. @throws {ServiceError} as it does */
  async planDirectory({ directory, mode, ...wanted }: DirectoryWish): Promise<ImportPlan> {
    const { namespace } = this.#options
    return this.#withSource(directory, async ({ path, fd }) => {
      const { name: store } = await namespace.shares.check(wanted)
      const place = namespace.stores.directoryOf(store)
      const source = `/proc/self/fd/${fd}/.`
      if (mode === 'adopt' && !isSubvolume(fd) && (await stat(source)).dev !== (await stat(place)).dev)
        throw new ServiceError(
          'conflict',
          `${path} lies on another filesystem or btrfs subvolume than store ${store}: copy it in instead`,
        )
      const way = mode === 'adopt' ? 'rename' : await fillDriver(source, join(place, privateDirectory))
      return { store, from: path, way, warnings: [] }
    })
  }

  /**
   * Makes a share of a tar, which may be compressed, and which its sender ends early by closing it.
   * @throws {ServiceError} `invalid` for what is no tar or hostile, `limit`, or as the creation of a share does
   */
  async importTar(
    { devices = 'refuse', stripComponents = 0, ...wanted }: TarWish,
    body: Readable,
    actor: string,
  ): Promise<Imported> {
    const { namespace, config, log } = this.#options
    await namespace.shares.check(wanted)
    const { path, quotaBytes, quotaFiles } = wanted
    const work = async (job: RunningImport): Promise<Imported> => {
      const startedAt = performance.now()
      job.note({ phase: 'unpacking' })
      let unpacked = { files: 0, bytes: 0, warnings: [] as readonly string[] }
      const share = await namespace.maker.make(wanted, async (directory) => {
        const root = await makeRoot(directory)
        await giveRoot(root, wanted)
        unpacked = await unpackTar({
          ...{ body, root, devices, stripComponents, signal: job.signal },
          bytesMax: Math.min(config.tarBytes, quotaBytes ?? Infinity),
          filesMax: Math.min(config.tarFiles, quotaFiles ?? Infinity),
          onProgress: (progress) => job.note(progress),
        })
        job.note({ phase: 'placing' })
      })
      const ms = Math.round(performance.now() - startedAt)
      log.info(
        { share: share.path, files: unpacked.files, bytes: unpacked.bytes, ms },
        'import: tar unpacked',
      )
      return { share, ...unpacked }
    }
    const job = { kind: 'tar', from: '', path, phase: 'waiting', files: 0, bytes: 0 } as const
    return this.#jobs.run({ ...job, createdBy: actor }, work, endOfSender(body))
  }

  async #withSource<T>(directory: string, work: (source: ImportSource) => Promise<T>): Promise<T> {
    const { config, namespace } = this.#options
    const source = openImportSource(directory, config.directories)
    try {
      refuseOwn(source.path, namespace)
      await refuseMounts(source.path)
      return await work(source)
    } finally {
      source.close()
    }
  }

  async #adopt(source: ImportSource, wanted: NewShare, job: RunningImport): Promise<Imported> {
    job.note({ phase: 'placing' })
    const share = await this.#options.namespace.adopter.adopt(wanted, source)
    this.#options.log.info({ share: share.path, from: source.path }, 'import: directory adopted')
    return { share, files: null, bytes: null, warnings: [] }
  }

  async #copy({ path, fd }: ImportSource, wanted: NewShare, job: RunningImport): Promise<Imported> {
    const startedAt = performance.now()
    job.note({ phase: 'copying' })
    const { signal } = job
    const onProgress = (progress: Progress) => job.note(progress)
    let filled: Filled | undefined
    try {
      const share = await this.#options.namespace.maker.make(wanted, async (directory) => {
        filled = await fillByCopy(`/proc/self/fd/${fd}/.`, directory, { signal, onProgress })
        job.note({ phase: 'placing' })
      })
      const { files, bytes, driver, leavesOut } = filled!
      const ms = Math.round(performance.now() - startedAt)
      const told = { share: share.path, from: path, driver, files, bytes, ms }
      this.#options.log.info(told, 'import: directory copied')
      const warnings = leavesOut ? [`mounts or btrfs subvolumes in ${path} were left out`] : []
      return { share, files, bytes, warnings }
    } catch (error) {
      throw refusalFor(`${path} was not copied to a share ${wanted.path}`, error)
    }
  }
}

/** Aborted when a stream is closed before its end. */
function endOfSender(body: Readable): AbortSignal {
  const gone = new AbortController()
  body.once('close', () => {
    if (!body.readableEnded) gone.abort(new ServiceError('unavailable', 'the tar broke off'))
  })
  return gone.signal
}

/** Owner and mode, for a tar that says nothing of its root. */
async function giveRoot(root: string, wanted: NewShare): Promise<void> {
  const { mode, owner } = rootOf(wanted, wanted.identity ?? contentDefaults.identity)
  if (owner !== undefined) await chown(root, owner.uid, owner.gid)
  await chmod(root, mode)
}

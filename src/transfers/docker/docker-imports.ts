import { checkApplicationName, type Applications } from '../../applications/index.ts'
import type { ShareRecord } from '../../catalog/shares.ts'
import type { ImportsConfig } from '../../config/config.ts'
import { ServiceError } from '../../config/service-error.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import { parsePath } from '../../namespace/names.ts'
import type { NewShare } from '../../namespace/share-content.ts'
import type { Jobs } from '../../service/jobs.ts'
import type { Logger } from '../../telemetry/log.ts'
import { openImportSource } from '../import-source.ts'
import type { Imported, ImportJob, RunningImport } from '../imports.ts'
import { DockerApi } from './docker-api.ts'
import { planVolumes, usersOf, volumeLabel, type DockerWish, type VolumePlan } from './docker-plan.ts'

/** Who answers for an application that an import has made. */
const ownerOfNew = 'docker'

/** What has become of a volume, or would. */
export interface VolumeResult extends VolumePlan {
  /** `there`: it has been imported before. `refused`: not now, and a plan says why. */
  readonly outcome: 'planned' | 'imported' | 'there' | 'skipped' | 'refused' | 'failed'
  /** Why it is not imported, as a sentence. */
  readonly reason?: string
  readonly share?: ShareRecord
  readonly files?: number | null
  readonly bytes?: number | null
}

export interface DockerImportsOptions {
  readonly config: ImportsConfig
  readonly namespace: Namespace
  readonly applications: Applications
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly jobs: Jobs<ImportJob>
  /** Copies a directory that the configuration allows, as `Imports` does. */
  readonly copy: (directory: string, wanted: NewShare, job: RunningImport) => Promise<Imported>
}

/** Makes shares of the volumes of a Docker daemon. */
export class DockerImports {
  readonly #options: DockerImportsOptions

  constructor(options: DockerImportsOptions) {
    this.#options = options
  }

  /** What {@link run} would do now. @throws {ServiceError} as it does */
  async plan(wanted: DockerWish): Promise<VolumeResult[]> {
    const api = new DockerApi(this.#options.config.dockerSocket)
    const [volumes, containers] = [await api.volumes(), await api.containers()]
    const results: VolumeResult[] = []
    const paths = new Map<string, string>()
    for (const plan of planVolumes(volumes, containers, wanted))
      results.push(await this.#judged(plan, wanted, paths))
    return results
  }

  /**
   * Copies all volumes that are wanted, one after the other. What stands against one is told with it, and the others go
   * on; run again, those that are there already are left alone.
   * @throws {ServiceError} `conflict` while containers run that use any of them, `unavailable` without a daemon, `invalid`,
   *   `not-found`; the reason of the abort: those that were done stay
   */
  async run(
    wanted: DockerWish,
    actor: string,
    mayMake: (path: string) => Promise<void>,
  ): Promise<VolumeResult[]> {
    const planned = await this.plan(wanted)
    const inUse = planned.filter(({ outcome, usedBy }) => outcome === 'refused' && usedBy.length > 0)
    if (inUse.length > 0)
      throw new ServiceError(
        'conflict',
        `running containers use ${inUse.map(({ volume, usedBy }) => `${volume} (${usedBy.join(', ')})`).join(', ')}: ` +
          'stop them, leave these volumes out, or allow copies that may be torn',
      )
    for (const { outcome, path } of planned) if (outcome === 'planned') await mayMake(path)
    const job = { kind: 'docker', from: '', path: '', phase: 'waiting', files: 0, bytes: 0 } as const
    return this.#options.jobs.run({ ...job, createdBy: actor }, async (running) => {
      const results: VolumeResult[] = []
      for (const plan of planned)
        results.push(plan.outcome === 'planned' ? await this.#import(plan, wanted, running) : plan)
      return results
    })
  }

  async #judged(plan: VolumePlan, wanted: DockerWish, paths: Map<string, string>): Promise<VolumeResult> {
    const { volume, path, skipped, usedBy, application } = plan
    const { namespace, config } = this.#options
    const not = (outcome: VolumeResult['outcome'], reason: string) => ({ ...plan, outcome, reason })
    if (skipped !== undefined) return not('skipped', skipped)
    try {
      parsePath(path)
      const there = namespace.resolve(path)?.node
      const share = there && [...namespace.shares.all()].find(({ linkId }) => linkId === there.id)
      if (share?.labels[volumeLabel] === plan.labels[volumeLabel])
        return { ...plan, outcome: 'there', share: share! }
      const twin = paths.get(path)
      if (twin !== undefined) return not('refused', `volume ${twin} has the same path`)
      paths.set(path, volume)
      openImportSource(plan.mountpoint, config.directories).close()
      await namespace.shares.check(this.#shareOf(plan, wanted, null))
      if (application !== null) await this.#applicationOf(application, true)
    } catch (error) {
      if (error instanceof ServiceError) return not('refused', error.message)
      throw error
    }
    if (usedBy.length > 0 && wanted.allowRunning !== true)
      return not('refused', `running containers use it: ${usedBy.join(', ')}`)
    return { ...plan, outcome: 'planned' }
  }

  async #import(plan: VolumeResult, wanted: DockerWish, job: RunningImport): Promise<VolumeResult> {
    const { volume, mountpoint, path, application } = plan
    job.note({ from: volume, path, files: 0, bytes: 0 })
    try {
      const users = wanted.allowRunning === true ? undefined : await this.#usersOf(volume)
      if (users !== undefined)
        throw new ServiceError('conflict', `running containers use it: ${users.join(', ')}`)
      const owner = application === null ? null : await this.#applicationOf(application, false)
      const shareWish = this.#shareOf(plan, wanted, owner)
      const { share, files, bytes } = await this.#options.copy(mountpoint, shareWish, job)
      const late = wanted.allowRunning === true ? undefined : await this.#usersOf(volume)
      const reason = late && `${late.join(', ')} began to use it meanwhile: the copy may be torn`
      return {
        ...plan,
        outcome: 'imported',
        share,
        files,
        bytes,
        ...(reason === undefined ? {} : { reason }),
      }
    } catch (error) {
      job.signal.throwIfAborted()
      if (!(error instanceof ServiceError)) throw error
      this.#options.log.warn(
        { volume, path, reason: error.message },
        'import: a Docker volume was not imported',
      )
      return { ...plan, outcome: 'failed', reason: error.message }
    }
  }

  /** Running containers that use a volume now: one may have been started since the plan. */
  async #usersOf(volume: string): Promise<readonly string[] | undefined> {
    return usersOf(await new DockerApi(this.#options.config.dockerSocket).containers()).get(volume)
  }

  #shareOf({ volume, path, labels }: VolumePlan, wanted: DockerWish, application: string | null): NewShare {
    const { store, class: wantedClass } = wanted
    return {
      ...{ path, labels, application },
      description: `Docker volume ${volume}`,
      ...(store === undefined ? {} : { store }),
      ...(wantedClass === undefined ? {} : { class: wantedClass }),
    }
  }

  /** Its id; it is made where there is none. @throws {ServiceError} `invalid`, or `conflict` for a retired one */
  async #applicationOf(name: string, isDryRun: boolean): Promise<string | null> {
    const { applications } = this.#options
    try {
      const { id, retiredAt } = await applications.get(name)
      if (retiredAt === null) return id
      throw new ServiceError('conflict', `application ${name} is retired: it takes no new shares`)
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'not-found') throw error
    }
    if (isDryRun) {
      checkApplicationName(name)
      return null
    }
    return (await applications.create({ name, owner: ownerOfNew })).id
  }
}

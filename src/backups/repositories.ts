import { v7 as uuid } from 'uuid'
import { heldBackups } from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import {
  allRepositories,
  deleteRepository,
  findRepository,
  insertRepository,
  noteRepository,
  updateRepository,
  type RepositoryRecord,
} from '../catalog/repositories.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { breathe } from '../service/breath.ts'
import { checkDescription, checkVersion } from '../service/checks.ts'
import { shown } from '../service/shown.ts'
import { Turns } from '../service/turns.ts'
import { checkRepositoryUrl, sftpPlaceOf, withCredentials } from './repository-url.ts'
import type { RepositoryAccess, Restic } from './restic.ts'
import type { RepositorySecrets, Secrets } from './secrets.ts'

/** Where restic keeps backups. */
export interface Repository extends Omit<RepositoryRecord, 'secrets'> {
  readonly secrets: RepositorySecrets
}

/** What can be chosen of a repository. */
export interface RepositoryContent {
  readonly name: string
  /** See {@link checkRepositoryUrl}. */
  readonly url: string
  readonly secrets: RepositorySecrets
  readonly description: string
}

export interface NewRepository extends Omit<RepositoryContent, 'description'> {
  readonly description?: string
  /** Whether one is made where there is none; default: yes. */
  readonly initialize?: boolean
}

export interface RepositoriesOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly restic: Restic
  readonly secrets: Secrets
  /** Arguments of ssh, for repositories behind it. */
  readonly sshArguments: readonly string[]
  /** Done after one was removed. */
  readonly onRemoved: () => Promise<void>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export const repositoryCountMax = 100
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** How long a repository may take to say whether it is one. */
const probeMsMax = 120_000

/** The repositories that the gateway knows. */
export class Repositories {
  readonly #options: RepositoriesOptions
  readonly #turns = new Turns()

  constructor(options: RepositoriesOptions) {
    this.#options = options
  }

  /** By name. */
  async all(): Promise<Repository[]> {
    return (await allRepositories(this.#options.catalog.db)).map(repositoryOf)
  }

  /** By id or name. @throws {ServiceError} `not-found` */
  async get(reference: string): Promise<Repository> {
    const record = await findRepository(this.#options.catalog.db, reference)
    if (record === undefined)
      throw new ServiceError('not-found', `there is no repository ${shown(reference)}`)
    return repositoryOf(record)
  }

  /**
   * Takes a repository up when it can be opened, after having restic make it where there is none.
   * @throws {ServiceError} `invalid`, `exists`, `limit`, or `unavailable` with what restic said
   */
  async create(wanted: NewRepository, actor: string): Promise<Repository> {
    const { initialize = true, description = '' } = wanted
    return this.#turns.take(async () => {
      const { catalog, now } = this.#options
      const content = await this.#checked({ ...wanted, description })
      if ((await this.all()).length >= repositoryCountMax)
        throw new ServiceError('limit', `there are ${repositoryCountMax} repositories already`)
      const at = now()
      const repository: Repository = {
        ...{ id: uuid({ msecs: at }), ...content, createdAt: at, createdBy: actor, changedAt: at },
        ...{ checkedAt: null, checkResult: null, prunedAt: null, scannedAt: null, version: 1 },
      }
      await this.#open(repository, initialize)
      await insertRepository(catalog.db, repository)
      return repository
    })
  }

  /**
   * What is absent stays. What says how to get at it is tried first.
   * @throws {ServiceError} `not-found`, `stale`, and as {@link create} does
   */
  async update(
    reference: string,
    change: Partial<RepositoryContent>,
    ifVersion?: number,
  ): Promise<Repository> {
    return this.#turns.take(async () => {
      const { catalog, now } = this.#options
      const { version, id, ...read } = await this.get(reference)
      checkVersion(`repository ${read.name}`, version, ifVersion)
      const content = await this.#checked({ ...read, ...change }, id)
      const changed = { ...read, ...content, id, changedAt: now(), version: version + 1 }
      if (change.url !== undefined || change.secrets !== undefined) await this.#open(changed, false)
      await updateRepository(catalog.db, changed)
      return changed
    })
  }

  /**
   * Forgets a repository; what is in it stays there, and what was written down of its backups here. Schedules back up
   * there no more.
   * @throws {ServiceError} `not-found`, `stale` or, without `force`, `conflict` while it holds backups
   */
  async remove(
    reference: string,
    { force = false, ifVersion }: { readonly force?: boolean; readonly ifVersion?: number | undefined } = {},
  ): Promise<void> {
    return this.#turns.take(async () => {
      const { catalog, onRemoved } = this.#options
      const { id, name, version } = await this.get(reference)
      checkVersion(`repository ${name}`, version, ifVersion)
      const { length } = await heldBackups(catalog.db, { repositoryId: id }, breathe())
      if (length > 0 && !force)
        throw new ServiceError(
          'conflict',
          `repository ${name} holds ${length} backups, which could be restored from it no more until it is added and ` +
            'scanned again: say so if that is meant',
        )
      await catalog.transaction((db) => deleteRepository(db, id))
      await onRemoved()
    })
  }

  async note(id: string, news: Parameters<typeof noteRepository>[2]): Promise<void> {
    await noteRepository(this.#options.catalog.db, id, news)
  }

  /** What restic needs to get at it, read anew each time. @throws {ServiceError} `unavailable` for a missing secret */
  async accessOf({
    name,
    url,
    secrets,
  }: Pick<Repository, 'name' | 'url' | 'secrets'>): Promise<RepositoryAccess> {
    const { password, environment = {} } = secrets
    const values: Record<string, string> = {}
    for (const [variable, source] of Object.entries(environment))
      values[variable] = await this.#options.secrets.value(source)
    const { RESTIC_REST_USERNAME: user, RESTIC_REST_PASSWORD: word } = values
    const hasCredentials = url.startsWith('rest:') && user !== undefined && word !== undefined
    const passwordValue = await this.#options.secrets.value(password)
    return {
      name,
      args: url.startsWith('sftp:') ? sshOptions(url, this.#options.sshArguments) : [],
      environment: {
        ...values,
        RESTIC_REPOSITORY: hasCredentials ? withCredentials(url, user, word) : url,
        ...('file' in password
          ? { RESTIC_PASSWORD_FILE: password.file }
          : { RESTIC_PASSWORD: passwordValue }),
      },
      secrets: [
        passwordValue,
        ...Object.values(values).flatMap((value) => [value, encodeURIComponent(value)]),
      ],
    }
  }

  async #checked(wanted: RepositoryContent, id?: string): Promise<RepositoryContent> {
    const { name, url, secrets, description } = wanted
    if (!nameShape.test(name))
      throw new ServiceError(
        'invalid',
        `${shown(name)} is no name of a repository: up to 63 letters, digits, ., _ and -, the first a letter or digit`,
      )
    if ((await this.all()).some((other) => other.name === name && other.id !== id))
      throw new ServiceError('exists', `there is a repository ${name} already`)
    this.#refuseOwnPlaces(checkRepositoryUrl(url))
    return {
      name,
      url,
      secrets: this.#options.secrets.check(secrets),
      description: checkDescription(description),
    }
  }

  /** Where clients write, or where the catalog lies, a backup is none. */
  #refuseOwnPlaces(url: string): void {
    const { dataDirectory, stores } = this.#options.namespace
    for (const directory of [dataDirectory, ...stores.list().map((store) => store.directory)])
      if (`${url}/`.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${url}/`))
        throw new ServiceError(
          'invalid',
          `repository ${url} would lie with what is to be backed up (${directory}): choose a place on another disk`,
        )
  }

  /** @throws {ServiceError} `unavailable` with what restic said */
  async #open(repository: Repository, initialize: boolean): Promise<void> {
    const { restic } = this.#options
    const access = await this.accessOf(repository)
    const signal = AbortSignal.timeout(probeMsMax)
    const opened = async (): Promise<void> => {
      await restic.run(access, { args: ['cat', 'config'], signal })
    }
    if (!initialize) return opened()
    try {
      await opened()
    } catch (error) {
      try {
        await restic.run(access, { args: ['init'], signal })
      } catch (failure) {
        // It is one already, which this password does not open.
        throw failure instanceof Error && /already (exists|initialized)/.test(failure.message)
          ? error
          : failure
      }
    }
  }
}

/** What the JSON column holds was checked before it was written. */
function repositoryOf(record: RepositoryRecord): Repository {
  return record as Repository
}

/** restic 0.14 takes no arguments of ssh, but the whole command. */
function sshOptions(url: string, sshArguments: readonly string[]): string[] {
  if (sshArguments.length === 0) return []
  const { host, user, port } = sftpPlaceOf(url)
  const words = [
    'ssh',
    ...sshArguments,
    ...(port === undefined ? [] : ['-p', port]),
    ...(user === undefined ? [] : ['-l', user]),
    host.replace(/^\[(.*)\]$/, '$1'),
    ...['-s', 'sftp'],
  ]
  return ['-o', `sftp.command=${words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ')}`]
}

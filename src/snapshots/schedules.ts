import { v7 as uuid } from 'uuid'
import type { Applications } from '../applications/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import {
  allSchedules,
  deleteSchedule,
  insertSchedule,
  replaceSchedule,
  scheduleById,
  scheduleByName,
  type ScheduleRecord,
} from '../catalog/schedules.ts'
import { findRepository } from '../catalog/repositories.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { checkDescription, checkVersion } from '../service/checks.ts'
import { shown } from '../service/shown.ts'
import { checkTimetable, nextRun, type Timetable } from './cron.ts'
import { noHooks, type Hooks, type HookSet } from './hooks.ts'
import { checkRetention, type RetentionPolicy } from './retention.ts'
import { ShareSelection, type SelectorInput } from './schedule-selection.ts'
import { checkNameTemplate, nameTemplateDefault } from './snapshot-name-template.ts'

/** What came of a run, or that it goes on. Times in milliseconds since 1970. */
export interface ScheduleResult {
  /** `partly`: of some shares. `interrupted`: it will be begun anew. */
  readonly state: 'running' | 'done' | 'partly' | 'failed'
  readonly startedAt: number
  readonly endedAt: number | null
  /** Snapshots that were made, shares of which none could be, and old snapshots that were removed. */
  readonly made: number
  readonly failed: number
  readonly removed: number
  /** What did not go well, a sentence each; the first {@link messageCountMax}. */
  readonly messages: readonly string[]
}

/** Something that makes snapshots of shares again and again, and removes those that it need not keep. */
export interface Schedule extends Omit<
  ScheduleRecord,
  'retention' | 'hooks' | 'lastResult' | 'backupRetention'
> {
  /** Null: everything is kept. */
  readonly retention: RetentionPolicy | null
  readonly hooks: HookSet
  readonly lastResult: ScheduleResult | null
  /** Null: no backup is forgotten. */
  readonly backupRetention: RetentionPolicy | null
}

/** What can be chosen of a schedule. */
export interface ScheduleContent extends Timetable {
  readonly name: string
  readonly selector: SelectorInput
  /** All its shares in one cut. */
  readonly group: boolean
  /** See {@link checkNameTemplate}. */
  readonly nameTemplate: string
  readonly retention: Partial<RetentionPolicy> | null
  readonly hooks: HookSet
  readonly enabled: boolean
  readonly description: string
  /** Name or id of the repository where its snapshots are backed up; null: nowhere. */
  readonly repository: string | null
  readonly backupRetention: Partial<RetentionPolicy> | null
}

export type NewSchedule = Partial<ScheduleContent> & Pick<ScheduleContent, 'name' | 'selector' | 'cron'>

export interface SchedulesOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly hooks: Hooks
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export const scheduleCountMax = 1000
export const messageCountMax = 20

const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

const defaults = {
  timeZone: 'UTC',
  group: false,
  nameTemplate: nameTemplateDefault,
  retention: null,
  hooks: noHooks,
  enabled: true,
  description: '',
  repository: null,
  backupRetention: null,
} as const satisfies Partial<ScheduleContent>

/** Schedules as the catalog has them: nothing of them is kept in memory, since several gateways may run them. */
export class Schedules {
  readonly #catalog: Catalog
  readonly #selection: ShareSelection
  readonly #hooks: Hooks
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()

  constructor({ catalog, namespace, applications, hooks, now = Date.now }: SchedulesOptions) {
    this.#catalog = catalog
    this.#selection = new ShareSelection({ namespace, applications })
    this.#hooks = hooks
    this.#now = now
  }

  /** Told after each change by this gateway. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** By name. */
  async all(): Promise<Schedule[]> {
    return (await allSchedules(this.#catalog.db)).map(scheduleOf)
  }

  /** By id or name. @throws {ServiceError} `not-found` */
  async get(reference: string): Promise<Schedule> {
    const { db } = this.#catalog
    const record = (await scheduleById(db, reference)) ?? (await scheduleByName(db, reference))
    if (record === undefined) throw new ServiceError('not-found', `there is no schedule ${shown(reference)}`)
    return scheduleOf(record)
  }

  /** Living shares that a schedule is for now, by path. */
  sharesOf({ selector }: Pick<Schedule, 'selector'>): ShareRecord[] {
    return this.#selection.sharesOf(selector)
  }

  /** The logical path that a schedule is for, as it is now; undefined: it is for shares anywhere, or it is gone. */
  pathOf({ selector }: Pick<Schedule, 'selector'>): string | undefined {
    return this.#selection.pathOf(selector)
  }

  /** @throws {ServiceError} `invalid`, `exists`, `limit`, `not-found`, `forbidden` */
  async create(wanted: NewSchedule, actor: string): Promise<Schedule> {
    const content = await this.#checked({ ...defaults, ...wanted }, wanted)
    const at = this.#now()
    const schedule: Schedule = {
      ...content,
      id: uuid(),
      createdAt: at,
      createdBy: actor,
      changedAt: at,
      lastRunAt: null,
      nextRunAt: nextRunOf(content, at),
      lastResult: null,
      version: 1,
    }
    await this.#catalog.transaction(async (db) => {
      const all = await allSchedules(db)
      if (all.length >= scheduleCountMax)
        throw new ServiceError('limit', `at most ${scheduleCountMax} schedules`)
      requireFreeName(all, schedule)
      await insertSchedule(db, schedule)
    })
    this.#tell()
    return schedule
  }

  /**
   * What is absent stays. A run that goes on ends as it was begun.
   * @throws {ServiceError} as {@link create}, and `stale`
   */
  async update(reference: string, change: Partial<ScheduleContent>, ifVersion?: number): Promise<Schedule> {
    const { id } = await this.get(reference)
    const changed = await changeSchedule(this.#catalog, id, async (now) => {
      checkVersion(`schedule ${now.name}`, now.version, ifVersion)
      const content = await this.#checked({ ...now, repository: now.repositoryId, ...change }, change)
      requireFreeName(await allSchedules(this.#catalog.db), { ...content, id })
      const at = this.#now()
      const nextRunAt = isRunning(now, at) ? now.nextRunAt : nextRunOf(content, at)
      return { ...now, ...content, nextRunAt, changedAt: at, version: now.version + 1 }
    })
    if (changed === undefined) throw new ServiceError('not-found', `there is no schedule ${shown(reference)}`)
    this.#tell()
    return changed
  }

  /** Its snapshots stay. @throws {ServiceError} `not-found` or `stale` */
  async remove(reference: string, ifVersion?: number): Promise<void> {
    const { id, name, version } = await this.get(reference)
    checkVersion(`schedule ${name}`, version, ifVersion)
    await deleteSchedule(this.#catalog.db, id)
    this.#tell()
  }

  /**
   * @param given selector, hooks and repository that were chosen now; others were checked before, and may name what is
   *   gone since.
   */
  async #checked(
    content: Omit<ScheduleContent, 'selector'> & { readonly selector: SelectorInput | Schedule['selector'] },
    { selector, hooks, repository }: Partial<Pick<ScheduleContent, 'selector' | 'hooks' | 'repository'>>,
  ) {
    const { name, group, nameTemplate, retention, enabled, description, backupRetention } = content
    if (!nameShape.test(name))
      throw new ServiceError(
        'invalid',
        `${shown(name)} is no name of a schedule: up to 63 letters, digits, ., _ and -, the first a letter or digit`,
      )
    return {
      name,
      ...checkTimetable(content),
      selector: selector === undefined ? content.selector : await this.#selection.check(selector),
      group,
      nameTemplate: checkNameTemplate(nameTemplate, { ...content, at: this.#now() }),
      retention: retention && checkRetention(retention),
      hooks: hooks === undefined ? content.hooks : this.#hooks.check(hooks),
      enabled,
      description: checkDescription(description),
      repositoryId:
        typeof repository === 'string' ? await this.#repositoryIdOf(repository) : content.repository,
      backupRetention: backupRetention && checkRetention(backupRetention),
    }
  }

  async #repositoryIdOf(reference: string): Promise<string> {
    const found = await findRepository(this.#catalog.db, reference)
    if (found !== undefined) return found.id
    throw new ServiceError('not-found', `there is no repository ${shown(reference)}: add it first`)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** A run of which nothing was heard since then has died with its gateway. */
export function isRunning({ lastResult, nextRunAt }: Schedule, now: number): boolean {
  return lastResult?.state === 'running' && nextRunAt !== null && nextRunAt > now
}

/** When a schedule comes next after `at`; null: never. */
export function nextRunOf(schedule: Timetable & { readonly enabled: boolean }, at: number): number | null {
  return schedule.enabled ? (nextRun(schedule, at) ?? null) : null
}

/** How often a change is tried anew, each time because another was faster. */
const triesMax = 100

/**
 * Changes what the catalog has of a schedule, whoever else does so meanwhile.
 * @param change is given what there is now; undefined: leave it so. It may be asked again.
 * @returns what there is then; undefined: nothing was changed, or the schedule is gone.
 */
export async function changeSchedule(
  { db }: Catalog,
  id: string,
  change: (now: Schedule) => Schedule | undefined | Promise<Schedule | undefined>,
): Promise<Schedule | undefined> {
  for (let tries = 0; tries < triesMax; tries++) {
    const read = await scheduleById(db, id)
    const changed = read && (await change(scheduleOf(read)))
    if (read === undefined || changed === undefined) return undefined
    if (await replaceSchedule(db, read, changed)) return changed
  }
  throw new ServiceError('unavailable', `schedule ${id} is changed by others all the time`)
}

/** What the JSON columns hold was checked before it was written. */
export function scheduleOf(record: ScheduleRecord): Schedule {
  return record as Schedule
}

function requireFreeName(all: readonly ScheduleRecord[], { id, name }: Pick<Schedule, 'id' | 'name'>): void {
  if (all.some((other) => other.name === name && other.id !== id))
    throw new ServiceError('exists', `there is a schedule ${name} already`)
}

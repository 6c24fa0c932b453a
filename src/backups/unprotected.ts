import { backupsBefore } from '../catalog/backups.ts'
import type { Labels } from '../catalog/nodes.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ProtectionConfig } from '../config/config.ts'
import { breathe } from '../service/breath.ts'
import type { Schedule, Schedules } from '../snapshots/schedules.ts'
import type { BackupServices } from './services.ts'

/** A share that would lose more than it may. Times in milliseconds since 1970. */
export interface UnprotectedShare {
  readonly share: ShareRecord
  /** One or both. */
  readonly lacks: readonly ('snapshot' | 'backup')[]
  /** Of the newest complete ones: the instant that they are of; null: there is none. */
  readonly newestSnapshotAt: number | null
  readonly newestBackupAt: number | null
  /** How old they may be; null: there need be none. */
  readonly snapshotWithinMs: number | null
  readonly backupWithinMs: number | null
  /** When the first of them became too old; without any, when the share was made. */
  readonly since: number
  /** What to do about it, a sentence or two. */
  readonly advice: string
}

/** Labels of shares by which they have targets of their own: `24h`, `7d`, or `never`. */
export const snapshotWithinLabel = 'berth/snapshot-within'
export const backupWithinLabel = 'berth/backup-within'

const hourMs = 3_600_000
/** 100 years: beyond, a target would be none. */
const hoursMax = 876_000

/** Tells which shares are not as safe as they are to be. */
export class Unprotected {
  readonly #services: BackupServices
  readonly #schedules: Pick<Schedules, 'all' | 'sharesOf'>
  readonly #defaults: ProtectionConfig

  constructor(
    services: BackupServices,
    schedules: Pick<Schedules, 'all' | 'sharesOf'>,
    defaults: ProtectionConfig,
  ) {
    this.#services = services
    this.#schedules = schedules
    this.#defaults = defaults
  }

  /** See {@link Backups.unprotected}. */
  async list(): Promise<UnprotectedShare[]> {
    const { namespace } = this.#services
    const schedules = await this.#schedulesOfShares()
    const breath = breathe()
    const found: UnprotectedShare[] = []
    for (const share of [...namespace.shares.all()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
      await breath()
      const judged = this.#judge(share)
      if (judged === undefined) continue
      const advice = await this.#adviceFor(share, judged, schedules.get(share.id) ?? [])
      found.push({ share, ...judged, advice })
    }
    return found
  }

  #judge(share: ShareRecord): Omit<UnprotectedShare, 'share' | 'advice'> | undefined {
    const { snapshots, bases, now } = this.#services
    const { snapshotHours, backupHours } = this.#defaults
    const newestSnapshotAt = snapshots.of(share.id)[0]?.cutAt ?? null
    const newestBackupAt = bases.newestOf(share.id)?.cutAt ?? null
    const snapshotWithinMs = targetOf(share.labels, snapshotWithinLabel, snapshotHours)
    const backupWithinMs = targetOf(share.labels, backupWithinLabel, backupHours)
    const at = now()
    const lateSince = (newestAt: number | null, withinMs: number | null): number | undefined => {
      if (withinMs === null) return undefined
      if (newestAt === null) return share.createdAt
      return at - newestAt > withinMs ? newestAt + withinMs : undefined
    }
    const snapshotLate = lateSince(newestSnapshotAt, snapshotWithinMs)
    const backupLate = lateSince(newestBackupAt, backupWithinMs)
    if (snapshotLate === undefined && backupLate === undefined) return undefined
    return {
      lacks: [
        ...(snapshotLate === undefined ? [] : (['snapshot'] as const)),
        ...(backupLate === undefined ? [] : (['backup'] as const)),
      ],
      ...{ newestSnapshotAt, newestBackupAt, snapshotWithinMs, backupWithinMs },
      since: Math.min(snapshotLate ?? Infinity, backupLate ?? Infinity),
    }
  }

  async #schedulesOfShares(): Promise<Map<number, Schedule[]>> {
    const breath = breathe()
    const ofShares = new Map<number, Schedule[]>()
    for (const schedule of await this.#schedules.all()) {
      await breath()
      if (!schedule.enabled) continue
      for (const { id } of this.#schedules.sharesOf(schedule))
        ofShares.set(id, [...(ofShares.get(id) ?? []), schedule])
    }
    return ofShares
  }

  async #adviceFor(
    { id, path, labels }: ShareRecord,
    { lacks, newestBackupAt }: Pick<UnprotectedShare, 'lacks' | 'newestBackupAt'>,
    schedules: readonly Schedule[],
  ): Promise<string> {
    const advice: string[] = []
    for (const label of [snapshotWithinLabel, backupWithinLabel])
      if (isUnreadable(labels, label))
        advice.push(`label ${label} cannot be read: write it as 24h, 7d or never.`)
    const [schedule] = schedules
    const [backingUp] = schedules.filter(({ repositoryId }) => repositoryId !== null)
    if (schedule === undefined)
      advice.push(`no schedule is for it: make one, or take a snapshot (berth snapshot create ${path}).`)
    else if (lacks.includes('snapshot'))
      advice.push(
        `schedule ${schedule.name} is for it: see what came of its last run (berth schedule show ${schedule.name}).`,
      )
    if (!lacks.includes('backup')) return advice.join(' ')
    if (backingUp === undefined)
      advice.push(`no schedule backs it up: have one do it, or back it up now (berth backup run ${path}).`)
    else advice.push(await this.#failureOf(id, newestBackupAt, backingUp))
    return advice.join(' ')
  }

  /** What the last attempt came to, where it came after the newest backup. */
  async #failureOf(shareId: number, newestBackupAt: number | null, { name }: Schedule): Promise<string> {
    const { catalog, namespace } = this.#services
    const { gatewayId } = namespace
    const [last] = await backupsBefore(catalog.db, undefined, 1, { gatewayId, shareId, state: 'failed' })
    if (last === undefined || last.cutAt <= (newestBackupAt ?? 0))
      return `schedule ${name} is to back it up: see what came of its last run (berth schedule show ${name}).`
    return `schedule ${name} backs it up, which failed last: ${last.message}`
  }
}

/** Null: there need be none. */
function targetOf(labels: Labels, label: string, defaultHours: number): number | null {
  const hours = hoursIn(labels[label]) ?? defaultHours
  return hours === 0 ? null : hours * hourMs
}

function isUnreadable(labels: Labels, label: string): boolean {
  return labels[label] !== undefined && hoursIn(labels[label]) === undefined
}

/** Undefined: it says nothing. */
function hoursIn(text: string | undefined): number | undefined {
  if (text === 'never') return 0
  const [, count, unit] = /^(\d{1,6})([hd])$/.exec(text ?? '') ?? []
  if (count === undefined || Number(count) === 0) return undefined
  return Math.min(Number(count) * (unit === 'd' ? 24 : 1), hoursMax)
}

import { ServiceError } from '../config/service-error.ts'
import { applicationById, applicationByName } from '../catalog/applications.ts'
import type { Db } from '../catalog/catalog.ts'
import type { Labels } from '../catalog/nodes.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { nobody, type IdentityRule } from '../shared-memory/identity-rule.ts'
import type { RateLimit } from '../shared-memory/rate-table.ts'
import {
  checkCount,
  checkDescription,
  checkIdentity,
  checkLabels,
  checkOwner,
  checkOwnerId,
} from '../service/checks.ts'
import { checkRateLimit, noRateLimit } from '../service/rate-limit.ts'
import { shown } from '../service/shown.ts'

/** What of a share may be chosen when it is made and changed later. */
export interface ShareContent {
  /** Name or id; null: none. */
  readonly application?: string | null
  readonly owner?: string
  readonly description?: string
  readonly labels?: Labels
  readonly readOnly?: boolean
  readonly durability?: ShareRecord['durability']
  /** Default: root squashed to nobody. */
  readonly identity?: IdentityRule
  /** Null: no limit. */
  readonly quotaBytes?: number | null
  readonly quotaFiles?: number | null
  /** Null: no limit. */
  readonly callsPerSecond?: number | null
  readonly bytesPerSecond?: number | null
  readonly burstSeconds?: number
  readonly audit?: ShareRecord['audit']
  readonly snapshotAccess?: ShareRecord['snapshotAccess']
}

export interface NewShare extends ShareContent {
  readonly path: string
  /** That it had, of one that comes back from a backup: it gets it if no share here ever did. */
  readonly number?: number
  /** Name of the store. */
  readonly store?: string
  /** Where no store is named: a class that it must have. */
  readonly class?: string
  /** Permission bits of the share's root, at most 0o7777; default 0o755. */
  readonly directoryMode?: number
  /** Owner of the share's root; default: whom the identity rule makes of all callers, else the server's user. */
  readonly directoryUid?: number
  readonly directoryGid?: number
}

/** The columns that {@link ShareContent} decides. */
export type ContentColumns = Pick<
  ShareRecord,
  | 'applicationId'
  | 'owner'
  | 'description'
  | 'labels'
  | 'readOnly'
  | 'durability'
  | 'identity'
  | 'quotaBytes'
  | 'quotaFiles'
  | keyof RateLimit
  | 'audit'
  | 'snapshotAccess'
>

export const contentDefaults: ContentColumns = {
  applicationId: null,
  owner: '',
  description: '',
  labels: {},
  readOnly: false,
  durability: 'strict',
  identity: nobody,
  quotaBytes: null,
  quotaFiles: null,
  ...noRateLimit,
  audit: 'off',
  snapshotAccess: 'hidden',
}

/** What is wanted, checked, on top of what is. @throws {ServiceError} `invalid`, or `not-found` for the application */
export async function contentOf(db: Db, wanted: ShareContent, now: ContentColumns): Promise<ContentColumns> {
  const { quotaBytes = now.quotaBytes, quotaFiles = now.quotaFiles, application } = wanted
  return {
    applicationId: application === undefined ? now.applicationId : await applicationIdOf(db, application),
    owner: checkOwner(wanted.owner ?? now.owner),
    description: checkDescription(wanted.description ?? now.description),
    labels: checkLabels(wanted.labels ?? now.labels),
    readOnly: wanted.readOnly ?? now.readOnly,
    durability: wanted.durability ?? now.durability,
    identity: checkIdentity(wanted.identity ?? now.identity),
    quotaBytes: quotaBytes === null ? null : checkCount('quotaBytes', quotaBytes, 1),
    quotaFiles: quotaFiles === null ? null : checkCount('quotaFiles', quotaFiles, 1),
    ...checkRateLimit(wanted, now),
    audit: wanted.audit ?? now.audit,
    snapshotAccess: wanted.snapshotAccess ?? now.snapshotAccess,
  }
}

async function applicationIdOf(db: Db, application: string | null): Promise<string | null> {
  if (application === null) return null
  const found = (await applicationByName(db, application)) ?? (await applicationById(db, application))
  if (found === undefined)
    throw new ServiceError('not-found', `there is no application ${shown(application)}: create it first`)
  if (found.retiredAt !== null)
    throw new ServiceError('conflict', `application ${found.name} is retired: it takes no new shares`)
  return found.id
}

/** Mode and owner of a new share's root. @throws {ServiceError} `invalid`, or `forbidden` without root */
export function rootOf(
  { directoryMode = 0o755, directoryUid, directoryGid }: NewShare,
  identity: IdentityRule,
): { mode: number; owner?: { uid: number; gid: number } } {
  const mode = checkCount('directoryMode', directoryMode, 0, 0o7777)
  const [ownUid, ownGid] = [process.geteuid!(), process.getegid!()]
  const [ruleUid, ruleGid] = identity.squash === 'all' ? [identity.uid, identity.gid] : [ownUid, ownGid]
  const uid = checkOwnerId('directoryUid', directoryUid ?? ruleUid)
  const gid = checkOwnerId('directoryGid', directoryGid ?? ruleGid)
  if (uid === ownUid && gid === ownGid) return { mode }
  if (ownUid === 0) return { mode, owner: { uid, gid } }
  // Without root all callers are the server's own user: it must own the directory, whatever the rule says.
  if (directoryUid === undefined && directoryGid === undefined) return { mode }
  throw new ServiceError('forbidden', 'only a server that runs as root can give a directory to another user')
}

import type { ShareConfig } from '../config/config.ts'
import { StartError } from '../config/error.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Db } from '../catalog/catalog.ts'
import { deleteNode } from '../catalog/nodes.ts'
import { insertShare, nextShareId, noteOwnership, updateShare, type ShareRecord } from '../catalog/shares.ts'
import { insertTarget } from '../catalog/targets.ts'
import { parsePath } from './names.ts'
import { checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import { newShare, targetOf } from './new-share.ts'
import { overlap, realDirectory } from './overlap.ts'
import { contentDefaults } from './share-content.ts'
import type { NamespaceState } from './state.ts'
import { rateLimitOf } from '../service/rate-limit.ts'
import type { RateLimit } from '../shared-memory/rate-table.ts'

/**
 * Makes the shares of the config file those of the namespace, at the start, before anybody is served: new ones get
 * numbers, changed ones follow the file, those no longer declared keep their row for the day they come back, under the
 * same number. Their directories are never touched.
 * @throws {StartError} where the file and what was made over the API contradict each other. The namespace is not to be
 * used then.
 */
export async function declareShares(state: NamespaceState, declared: readonly ShareConfig[]): Promise<void> {
  refuseStores(state, declared)
  const known = new Map<string, ShareRecord>()
  for (const share of state.shares.values()) if (share.origin === 'config') known.set(share.path, share)
  const paths = new Set(declared.map(({ path }) => path))
  const records: number[] = []
  await state.carryOut({
    records,
    // What is written is taken into memory at once: the next share may lie in a folder that this one has made.
    async write(db) {
      const at = state.now()
      for (const share of known.values()) {
        if (paths.has(share.path) || share.deletedAt !== null) continue
        await withdraw(state, db, share, at)
        records.push(share.id)
      }
      const ids = state.freeShareIds(await nextShareId(db))
      for (const config of declared) {
        const share = known.get(config.path) ?? blank(config, ids.next().value, at)
        if (await declare(state, db, share, config, at)) records.push(share.id)
      }
    },
    apply: () => {},
  })
}

/** A share that no one knows yet: as if it had been withdrawn before. */
function blank({ path, directory }: ShareConfig, id: number, at: number): ShareRecord {
  const given = {
    id,
    origin: 'config',
    store: null,
    directory,
    linkId: null,
    path,
    ...contentDefaults,
  } as const
  return { ...newShare(given, at), deletedAt: at, version: 0 }
}

/** Answers whether anything has changed. */
async function declare(
  state: NamespaceState,
  db: Db,
  share: ShareRecord,
  config: ShareConfig,
  at: number,
): Promise<boolean> {
  const wanted = columnsOf(config)
  const isLiving = share.deletedAt === null
  if (isLiving && isAsWanted(share, wanted)) return false
  const changed = { ...share, ...wanted, changedAt: at, deletedAt: null, version: share.version + 1 }
  const record = isLiving ? changed : { ...changed, linkId: await makeLink(state, db, config.path, at) }
  if (share.version === 0) await insertShare(db, record)
  else await updateShare(db, record)
  if (!isLiving || share.directory !== record.directory) await noteOwnership(db, record.id, at)
  if (!isLiving) state.tree.putTarget(await insertTarget(db, targetOf(record)))
  state.shares.set(record.id, record)
  return true
}

type ConfigColumns = Pick<
  ShareRecord,
  | 'directory'
  | 'readOnly'
  | 'durability'
  | 'identity'
  | 'quotaBytes'
  | 'quotaFiles'
  | keyof RateLimit
  | 'audit'
  | 'snapshotAccess'
>

function columnsOf({
  directory,
  readOnly,
  durability,
  squash,
  anonymousUid,
  anonymousGid,
  quotaBytes,
  quotaFiles,
  audit,
  snapshotAccess,
  ...share
}: ShareConfig): ConfigColumns {
  const identity = { squash, uid: anonymousUid, gid: anonymousGid, gids: [] }
  const columns = { directory, readOnly, durability, identity, quotaBytes, quotaFiles, audit, snapshotAccess }
  return { ...columns, ...rateLimitOf(share) }
}

function isAsWanted(share: ShareRecord, { identity, ...columns }: ConfigColumns): boolean {
  const { squash, uid, gid } = share.identity
  return (
    Object.entries(columns).every(([name, value]) => share[name as keyof ShareRecord] === value) &&
    squash === identity.squash &&
    uid === identity.uid &&
    gid === identity.gid
  )
}

async function makeLink(state: NamespaceState, db: Db, path: string, at: number): Promise<number> {
  try {
    const names = parsePath(path)
    const there = state.tree.find(names)
    if (there?.record.kind === 'folder') await removeEmptyFolders(state, db, there.id)
    checkFree(state, names)
    const made = await insertPath(state, db, names, { kind: 'link' }, at)
    return rememberNodes(state, made).id
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw new StartError(`share ${path} of the config file: ${error.message}`, { cause: error })
  }
}

/** Folders that a share declared before has needed give way; those with shares in them stay and are in the way. */
async function removeEmptyFolders(state: NamespaceState, db: Db, folderId: number): Promise<void> {
  const nodes = [...state.tree.subtree(state.node(folderId))]
  if (nodes.some(({ record }) => record.kind === 'link')) return
  for (const { id } of nodes.reverse()) {
    await deleteNode(db, id)
    state.tree.remove(id)
  }
}

async function withdraw(state: NamespaceState, db: Db, share: ShareRecord, at: number): Promise<void> {
  const { linkId } = share
  const record = { ...share, linkId: null, changedAt: at, deletedAt: at, version: share.version + 1 }
  await updateShare(db, record)
  await noteOwnership(db, share.id, at)
  if (linkId !== null) {
    await deleteNode(db, linkId)
    state.tree.remove(linkId)
  }
  state.shares.set(share.id, record)
}

/** A share in or around a store would reach the files of others, and the records. @throws {StartError} */
function refuseStores({ stores }: NamespaceState, declared: readonly ShareConfig[]): void {
  const real = [...stores.values()].map((store) => ({ store, directory: realDirectory(store.directory) }))
  for (const { path, directory } of declared) {
    const own = realDirectory(directory)
    const { store } = real.find((one) => overlap(one.directory, own)) ?? {}
    if (store !== undefined)
      throw new StartError(
        `share ${path} of the config file: its directory ${directory} and store ${store.name} in ${store.directory} lie one in the other`,
      )
  }
}

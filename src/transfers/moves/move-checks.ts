import { constants } from 'node:fs'
import type { ShareRecord } from '../../catalog/shares.ts'
import { ServiceError } from '../../config/service-error.ts'
import { kernelHandleSizeMax, moveCountMax } from '../../filesystem/index.ts'
import type { Namespace } from '../../namespace/namespace.ts'
import type { StoreStatus } from '../../namespace/stores.ts'
import { AT_FDCWD, handleBytes, native, StatfsField, statfsRow } from '../../native/index.ts'
import type { Snapshots } from '../../snapshots/snapshots.ts'

/** What must be free beyond what the share uses: a filesystem that is full to the brim serves nobody well. */
const marginBytes = 64 * 1024 ** 2
const marginPart = 0.05

const itself = Buffer.alloc(0)

/** What a move would do. */
export interface MovePlan {
  readonly share: ShareRecord
  readonly from: string
  readonly to: string
  /** As counted last. */
  readonly bytes: number
  readonly files: number
  /** In the store that it goes to. */
  readonly freeBytes: number
  /** Whether clients may hold handles, which go on to mean the same: else they mount again. */
  readonly keepsHandles: boolean
}

export interface MoveCheckOptions {
  readonly namespace: Namespace
  readonly snapshots: Snapshots
  /** Whether a client has the share mounted. */
  readonly isMounted: (shareId: number) => boolean
}

/** @throws {ServiceError} `not-found`, `invalid`, `conflict`, `limit` or `unavailable` for what cannot be moved now */
export function checkMove(
  { namespace, snapshots, isMounted }: MoveCheckOptions,
  id: number,
  to: string,
): MovePlan {
  const share = namespace.shares.get(id)
  const from = storeOf(share)
  const target = namespace.stores.get(to)
  if (from === to) throw new ServiceError('conflict', `share ${share.path} is in store ${to} already`)
  const directory = namespace.stores.directoryOf(to)
  const freeBytes = checkRoom(share, target)
  if (share.moves >= moveCountMax)
    throw new ServiceError('limit', `share ${share.path} was moved ${moveCountMax} times: make a clone of it`)
  const kept = snapshots.of(id).find(({ driver }) => driver === 'cephfs')
  if (kept !== undefined)
    throw new ServiceError(
      'conflict',
      `snapshot ${kept.name} of share ${share.path} is CephFS's own, and lies in its directory: delete it first`,
    )
  const source = namespace.shares.directoryOf(share)
  const [here, there] = [examined(source), examined(directory)]
  if (there.nameMax < here.nameMax)
    throw new ServiceError(
      'conflict',
      `names in store ${to} may have ${there.nameMax} bytes, and in ${from} ${here.nameMax}`,
    )
  const keepsHandles = here.handles && there.handles
  if (!keepsHandles && isMounted(id))
    throw new ServiceError(
      'conflict',
      `clients have share ${share.path} mounted, and their file handles could not be kept: the server is not root, or one ` +
        'of the filesystems makes no handles. End the grants, and let clients mount again',
    )
  const { usedBytes: bytes, usedFiles: files } = share
  return { share, from, to, bytes, files, freeBytes, keepsHandles }
}

function storeOf(share: ShareRecord): string {
  if (share.deletedAt !== null)
    throw new ServiceError('conflict', `share ${share.path} is deleted: undelete it first`)
  if (share.store === null || share.origin === 'config')
    throw new ServiceError(
      'conflict',
      `share ${share.path} is declared in the config file, and lies in no store: change it there`,
    )
  return share.store
}

/** Answers what is free. */
function checkRoom(
  { path, usedBytes, usedFiles }: ShareRecord,
  { name, space, problem }: StoreStatus,
): number {
  if (space === undefined) throw new ServiceError('unavailable', problem ?? `store ${name} is not available`)
  const { freeBytes, freeFiles } = space
  const needed = Math.ceil(usedBytes * (1 + marginPart)) + marginBytes
  if (freeBytes < needed)
    throw new ServiceError(
      'conflict',
      `share ${path} needs ${needed} bytes in store ${name}, of which ${freeBytes} are free`,
    )
  // A filesystem that makes inodes as it goes says 0.
  if (freeFiles > 0 && freeFiles < usedFiles)
    throw new ServiceError(
      'conflict',
      `share ${path} has ${usedFiles} files, and store ${name} room for ${freeFiles}`,
    )
  return freeBytes
}

/** What a filesystem can do, and whether this process can open its handles: tried, not guessed. */
function examined(directory: string): { readonly nameMax: number; readonly handles: boolean } {
  const { O_RDONLY, O_DIRECTORY } = constants
  const fd = native.openAt(AT_FDCWD, Buffer.from(directory), O_RDONLY | O_DIRECTORY)
  if (fd < 0 || native.fstatfs(fd) < 0) {
    if (fd >= 0) native.close(fd)
    throw new ServiceError(
      'unavailable',
      `${directory} cannot be opened: look whether its filesystem is mounted`,
    )
  }
  const nameMax = statfsRow[StatfsField.NAME_MAX]!
  const packed = native.nameToHandle(fd, itself, 0)
  const opened =
    packed >= 0 && (packed & 0xff) <= kernelHandleSizeMax && packed >> 8 <= 0xff
      ? native.openByHandle(fd, packed >> 8, handleBytes, 0, packed & 0xff, O_RDONLY | O_DIRECTORY)
      : -1
  if (opened >= 0) native.close(opened)
  native.close(fd)
  return { nameMax, handles: opened >= 0 && process.geteuid!() === 0 }
}

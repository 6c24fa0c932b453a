import { constants } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupRecord } from '../catalog/backups.ts'
import { makeRoot } from '../namespace/share-maker.ts'
import { native, timeOmit } from '../native/index.ts'
import { require } from '../snapshots/drivers/tree-pair.ts'
import type { RunningBackupJob } from './backup-jobs.ts'
import { emptyFile, type BackupManifest } from './backup-manifest.ts'
import type { RepositoryAccess, Restic } from './restic.ts'

export interface RestoredTree {
  readonly restic: Restic
  readonly access: RepositoryAccess
  readonly backup: BackupRecord
  /** As the manifest has it; undefined: mode 0755, of the server's user. */
  readonly root: BackupManifest['root']
  /** Where the root is to be made. */
  readonly directory: string
  readonly job: RunningBackupJob
}

/** How often one looks how far an old restic has come, which does not tell. */
const lookEveryMs = 1000

/** Has restic write the files of a backup into a new root, which gets its owner, mode and time last. */
export async function restoreTree(tree: RestoredTree): Promise<void> {
  const { backup, directory, root } = tree
  const path = await makeRoot(directory)
  await restoreInto(tree, path, [])
  if (backup.tags.includes('berth:empty')) await rm(join(path, emptyFile))
  await giveAttributes(path, root)
}

/** Has restic write what is at `names` of a backup, and of the directories above only these: none, all of it. */
export async function restoreInto(
  { restic, access, backup, job }: Omit<RestoredTree, 'root' | 'directory'>,
  path: string,
  names: readonly string[],
): Promise<void> {
  // Patterns of restic: what means something in them is to be taken as it is.
  const pattern = `/${names.join('/')}`.replace(/[\\*?[\]]/g, '\\$&')
  const part = names.length === 0 ? [] : ['--include', pattern]
  let timer: NodeJS.Timeout | undefined
  try {
    await restic.run(access, {
      args: ['restore', '--json', '--target', path, ...part, backup.resticId!],
      signal: job.signal,
      onObject: ({ message_type: type, bytes_restored: bytes }) => {
        if (type !== 'status' || typeof bytes !== 'number') return
        clearInterval(timer)
        job.note({ bytes })
      },
      onStart: (pid) => (timer = setInterval(() => void noteWritten(pid, job), lookEveryMs)),
    })
  } finally {
    clearInterval(timer)
  }
}

/** What a process has written, which is what it has restored, and a little more. */
async function noteWritten(pid: number, job: RunningBackupJob): Promise<void> {
  try {
    const [, bytes] = /^wchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8')) ?? []
    if (bytes !== undefined) job.note({ bytes: Number(bytes) })
  } catch (error) {
    // It has ended since.
    if (!['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function giveAttributes(path: string, root: BackupManifest['root']): Promise<void> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
  const file = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  const { mode = 0o755, uid = -1, gid = -1, mtimeNs } = root ?? {}
  const what = (): string => path
  try {
    if (process.geteuid!() === 0) require(native.chown(file.fd, uid, gid), 'give its owner to', what)
    require(native.chmod(file.fd, mode), 'give its mode to', what)
    if (mtimeNs === undefined) return
    const [seconds, nanoseconds] = secondsOf(BigInt(mtimeNs))
    require(native.utimens(file.fd, 0, timeOmit, seconds, nanoseconds), 'give its time to', what)
  } finally {
    await file.close()
  }
}

/** Whole seconds, and the nanoseconds after them, also before 1970. */
function secondsOf(ns: bigint): [number, number] {
  const nanoseconds = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return [Number((ns - nanoseconds) / 1_000_000_000n), Number(nanoseconds)]
}

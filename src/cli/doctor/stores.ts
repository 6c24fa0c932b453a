import { closeSync, openSync } from 'node:fs'
import { missingFor } from '../../filesystem/system-check.ts'
import { errnoName } from '../../filesystem/errno.ts'
import { filesystemName } from '../../namespace/filesystem-name.ts'
import { handleBytes, native, statfsRow, StatfsField } from '../../native/index.ts'
import { formatBytes } from '../output/values.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

export interface StoreDirectory {
  readonly name: string
  readonly directory: string
}

const itself = Buffer.alloc(0)
const readOnlyFlag = 1
const gibibyte = 1024 ** 3
/** Filesystems that are gone with the container or with the power. */
const fleeting = ['overlay', 'tmpfs']

/** Whether the filesystem of a store has what serving it needs, and room. */
export function checkStore({ name, directory }: StoreDirectory): Finding[] {
  const check = `store ${name}`
  let fd: number
  try {
    fd = openSync(directory, 'r')
  } catch (error) {
    const what = `${directory} cannot be opened: ${(error as NodeJS.ErrnoException).code ?? ''}`
    return [fail(check, what, 'mount its filesystem; the gateway serves no share of it until then')]
  }
  try {
    const result = native.fstatfs(fd)
    if (result < 0)
      return [fail(check, `${directory}: ${errnoName(result)}`, 'see dmesg: the filesystem is broken')]
    const type = filesystemName(statfsRow[StatfsField.TYPE] ?? 0)
    return [checkRoom(check, directory, type), checkHandles(check, fd, type)]
  } finally {
    closeSync(fd)
  }
}

/** Of the filesystem that statfsRow tells about. */
function checkRoom(check: string, directory: string, type: string): Finding {
  const field = (index: number) => statfsRow[index] ?? 0
  const free = field(StatfsField.AVAILABLE) * field(StatfsField.BLOCK_SIZE)
  const total = field(StatfsField.BLOCKS) * field(StatfsField.BLOCK_SIZE)
  const [files, filesFree] = [field(StatfsField.FILES), field(StatfsField.FILES_FREE)]
  if ((field(StatfsField.FLAGS) & readOnlyFlag) !== 0)
    return fail(check, `${directory} is mounted read-only`, `mount -o remount,rw; see dmesg for why it is`)
  // Some filesystems (btrfs) make inodes as they go, and count none.
  const filePart = files === 0 ? 1 : filesFree / files
  const room = `${type}, ${formatBytes(free)} of ${formatBytes(total)} free`
  const shortest = `${room}, ${files === 0 ? 'inodes as needed' : `${filesFree} inodes free`}`
  if (free < gibibyte / 10 || filePart < 0.001)
    return fail(
      check,
      `full: ${shortest}`,
      `make room in ${directory}: purge tombstones, or remove snapshots`,
    )
  if (free < Math.min(gibibyte, total / 20) || filePart < 0.05)
    return warn(
      check,
      `nearly full: ${shortest}`,
      `make room in ${directory}, or place shares in another store`,
    )
  if (fleeting.includes(type))
    return warn(
      check,
      `${room}: what is on ${type} goes with the container or the machine's memory`,
      `put ${directory} on a volume or a disk`,
    )
  return ok(check, shortest)
}

/** Tried as the server does it: a handle of the directory, opened again. */
function checkHandles(check: string, fd: number, type: string): Finding {
  const missing = missingFor(fd)
  if (missing !== undefined)
    return fail(check, `cannot be served: ${missing}`, 'use a newer kernel or sandbox')
  const packed = native.nameToHandle(fd, itself, 0)
  if (packed < 0)
    return warn(
      check,
      `${type} gives no file handles (${errnoName(packed)}): an index stands in, which is slower`,
      'a store on ext4, XFS or btrfs has them',
    )
  const size = packed & 0xff
  const opened = native.openByHandle(fd, packed >> 8, Buffer.from(handleBytes), 0, size, 0)
  if (opened < 0)
    return warn(
      check,
      `file handles cannot be opened here (${errnoName(opened)}): an index stands in, which is slower`,
      'run the gateway (and this) as root with CAP_DAC_READ_SEARCH',
    )
  native.close(opened)
  return ok(check, `file handles of ${size} bytes can be opened`)
}

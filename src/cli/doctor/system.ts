import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { constants, release } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { missingFor } from '../../filesystem/system-check.ts'
import { native } from '../../native/index.ts'
import { ifThere } from '../../state/durable-file.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** Before this Berth was not there to be run. */
const earliest = Date.UTC(2025, 0, 1)
const latest = Date.UTC(2100, 0, 1)
const sampleMs = 100
/** Difference between two clocks over the sample that is no scheduling. */
const jumpMs = 50
const fixClock = 'set it, and keep it set: timedatectl set-ntp true, or chrony'

/** @param data a directory in which files of the past lie, if there is one. */
export async function checkClock(data: string | undefined): Promise<Finding> {
  const [wall, monotonic] = [Date.now(), performance.now()]
  if (wall < earliest || wall > latest)
    return fail('clock', `it is ${new Date(wall).toISOString()} here, which cannot be`, fixClock)
  await setTimeout(sampleMs)
  const drift = Date.now() - wall - (performance.now() - monotonic)
  if (Math.abs(drift) > jumpMs)
    return warn('clock', `it jumped by ${Math.round(drift)} ms while it was watched`, fixClock)
  const future = data === undefined ? undefined : newestOf(data)
  if (future !== undefined && future.at > Date.now() + 60_000)
    return warn('clock', `${future.file} is from the future: the clock was set back`, fixClock)
  return ok('clock', new Date(wall).toISOString())
}

function newestOf(directory: string): { file: string; at: number } | undefined {
  const names = ifThere(() => readdirSync(directory)) ?? []
  return names
    .map((name) => join(directory, name))
    .map((file) => ({ file, at: ifThere(() => statSync(file))?.mtimeMs ?? 0 }))
    .reduce<{ file: string; at: number } | undefined>((a, b) => (a && a.at > b.at ? a : b), undefined)
}

/** Calls that serving needs or gains from, tried rather than guessed from a version: sandboxes forbid some. */
export function checkKernel(): Finding {
  const fd = openSync(process.execPath, 'r')
  const root = openSync('/', 'r')
  try {
    const missing = missingFor(root)
    if (missing !== undefined)
      return fail(
        'kernel',
        `Linux ${release()} lacks ${missing}`,
        'use a newer kernel, or a sandbox that allows the call',
      )
    // EPERM is the answer for a file of another user.
    if (-native.cachedPages(fd, 0, 4096) === constants.errno.ENOSYS)
      return warn(
        'kernel',
        `Linux ${release()} has no cachestat: large reads are copied once more`,
        'use Linux 6.5 or later, or a seccomp profile that knows cachestat',
      )
    return ok('kernel', `Linux ${release()}: openat2, faccessat2, cachestat`)
  } finally {
    closeSync(root)
    closeSync(fd)
  }
}

/** Whether this machine could mount what a gateway serves. */
export function checkClientSide(): Finding[] {
  const program = ['/sbin/mount.nfs', '/usr/sbin/mount.nfs'].find((path) => existsSync(path))
  const findings = [
    program === undefined
      ? warn(
          'mount.nfs',
          'not installed: this machine cannot mount NFS',
          'apt install nfs-common (Debian, Ubuntu), dnf install nfs-utils (Fedora, RHEL)',
        )
      : ok('mount.nfs', program),
  ]
  const filesystems = readFileSync('/proc/filesystems', 'latin1')
  const modules = ['modules.builtin', 'modules.dep']
    .map((name) => ifThere(() => readFileSync(`/lib/modules/${release()}/${name}`, 'latin1')) ?? '')
    .join('\n')
  if (/^nodev\tnfs$/m.test(filesystems)) findings.push(ok('nfs module', 'the kernel has NFS'))
  else if (modules.includes('/nfsv3.ko'))
    findings.push(ok('nfs module', 'there, and loaded when it is needed'))
  else
    findings.push(
      warn(
        'nfs module',
        `Linux ${release()} has no NFS client here: this machine cannot mount`,
        'modprobe nfsv3 on the host; in a container, mount on the host and give it a volume',
      ),
    )
  return findings
}

import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { catalogFileName } from '../../catalog/catalog.ts'
import { StartError } from '../../config/error.ts'
import { adminTokenFile } from '../../state/admin-files.ts'
import { holderOf } from '../../state/data-directory.ts'
import { ifThere } from '../../state/durable-file.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

export interface DataDirectoryReport {
  readonly findings: Finding[]
  /** It is there, and can be read and written. */
  readonly isUsable: boolean
  /** Process number of the gateway that has it, if one runs and tells. */
  readonly holder: number | undefined
}

/** What nobody but the gateway's user may read: it opens everything. */
const secretFiles = ['handle.key', adminTokenFile, catalogFileName]

export function checkDataDirectory(path: string): DataDirectoryReport {
  const check = 'data directory'
  const stat = ifThere(() => lstatSync(path))
  if (!stat?.isDirectory()) {
    const finding = fail(check, `${path} is no directory`, `make it: mkdir -m 700 ${path}`)
    return { findings: [finding], isUsable: false, holder: undefined }
  }
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    const fix = `run this as the user of the gateway, or give it the directory: chown -R USER ${path}`
    return {
      findings: [fail(check, `${path} cannot be written by this user`, fix)],
      isUsable: false,
      holder: undefined,
    }
  }
  const { finding, holder } = checkLock(path)
  return { findings: [checkModes(path, stat), finding], isUsable: true, holder }
}

function checkModes(path: string, stat: Stats): Finding {
  const open = secretFiles
    .map((name) => join(path, name))
    .filter((file) => ((ifThere(() => lstatSync(file))?.mode ?? 0) & 0o077) !== 0)
  if (open.length > 0)
    return fail('data directory', `open to other users: ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`)
  const mode = stat.mode & 0o777
  if ((mode & 0o077) !== 0)
    return warn(
      'data directory',
      `${path} has mode ${octal(mode)}: other users can look into it`,
      `chmod 700 ${path}`,
    )
  return ok('data directory', `${path}, mode ${octal(mode)}`)
}

function checkLock(path: string): { finding: Finding; holder: number | undefined } {
  try {
    const holder = holderOf(path)
    if (holder === undefined) return { finding: ok('lock', 'free: no gateway runs on it'), holder }
    const pid = /^\d+$/.test(holder) ? Number(holder) : undefined
    return { finding: ok('lock', `held by the gateway, process ${holder}`), holder: pid }
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    const fix = `it must be on a filesystem that has flock(2), and writable: see ls -la ${join(path, 'lock')}`
    return { finding: fail('lock', error.message, fix), holder: undefined }
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

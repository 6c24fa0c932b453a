import { spawnSync } from 'node:child_process'

/** Why tests that need these programs, and root, are skipped here; undefined: they are not. */
export function programsMissing(...programs: string[]): string | undefined {
  if (process.getuid!() !== 0) return 'skipped: it needs root'
  const missing = programs.find(
    (program) => spawnSync('sh', ['-c', 'command -v "$1"', '-', program]).status !== 0,
  )
  return missing && `skipped: it needs ${missing}`
}

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How each filesystem is made. */
const makers = {
  xfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'],
  btrfs: ['mkfs.btrfs', '-q'],
  ext4: ['mkfs.ext4', '-q', '-E', 'lazy_itable_init=1'],
} as const
export type Filesystem = keyof typeof makers

const imageBytes = 1024 ** 3
const programs = ['mkfs.xfs', 'mkfs.btrfs', 'mkfs.ext4', 'btrfs', 'setfattr', 'getfattr', 'setfacl', 'mount']

/** Why there can be no images here; undefined: there can. */
export const imagesMissing =
  process.getuid!() !== 0
    ? 'skipped: it needs root'
    : programs
        .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
        .map((program) => `skipped: it needs ${program}`)[0]

/** A filesystem in a sparse file of a gigabyte, mounted. */
export class LoopImage {
  readonly #work = mkdtempSync(join(tmpdir(), 'berth-image-'))
  readonly directory = join(this.#work, 'mounted')

  constructor(filesystem: Filesystem, ...more: readonly string[]) {
    const file = join(this.#work, 'image')
    mkdirSync(this.directory)
    writeFileSync(file, '')
    truncateSync(file, imageBytes)
    const [program, ...options] = makers[filesystem]
    execFileSync(program, [...options, ...more, file])
    // Without noatime the comparison itself would change what it compares.
    execFileSync('mount', ['-o', 'loop,noatime', file, this.directory])
  }

  remove(): void {
    // Lazily: after a failed test something may still be open in it.
    execFileSync('umount', ['-R', '-l', this.directory])
    rmSync(this.#work, { recursive: true })
  }
}

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import fc, { type Arbitrary } from 'fast-check'

/** One change of a tree: what it does is up to the numbers, and to what is there. */
export type Step = readonly [kind: number, where: number, other: number, size: number]

const number = fc.nat(1e6)
export const steps: Arbitrary<Step[]> = fc.array(fc.tuple(number, number, number, number), {
  minLength: 5,
  maxLength: 40,
})

/** Few names, so that they are taken often. */
const names = ['a', 'b', 'c', 'd']

/** Does a step, or nothing where it cannot be done. */
export function work(root: string, [kind, where, other, size]: Step): void {
  const paths = fs.readdirSync(root, { recursive: true }) as string[]
  const directories = ['', ...paths.filter((path) => fs.lstatSync(join(root, path)).isDirectory())].sort()
  const files = paths.filter((path) => !directories.includes(path)).sort()
  const directory = directories[other % directories.length]!
  const fresh = join(root, directory, names[(where + size) % names.length]!)
  const some = paths.length === 0 ? fresh : join(root, paths.sort()[where % paths.length]!)
  const file = files.length === 0 ? fresh : join(root, files[where % files.length]!)
  try {
    deeds[kind % deeds.length]!({ fresh, some, file, size })
  } catch (error) {
    if (!/^(EEXIST|ENOENT|ENOTDIR|EISDIR|ENOTEMPTY|EINVAL|ELOOP|ENXIO|EPERM)$/.test(codeOf(error)))
      throw error
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}

interface Targets {
  readonly fresh: string
  readonly some: string
  readonly file: string
  readonly size: number
}

function isFile(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
}

const create = ({ fresh, size }: Targets): void => fs.writeFileSync(fresh, `x${size}`, { flag: 'wx' })
const make = ({ fresh }: Targets): void => fs.mkdirSync(fresh)
const move = ({ some, fresh }: Targets): void => fs.renameSync(some, fresh)

const deeds: readonly ((targets: Targets) => void)[] = [
  create,
  create,
  make,
  make,
  move,
  move,
  move,
  ({ file, size }) => {
    if (isFile(file)) fs.writeFileSync(file, `changed ${size}`)
  },
  ({ file, size }) => {
    if (!isFile(file)) return
    const fd = fs.openSync(file, 'r+')
    fs.writeSync(fd, 'part', (size % 5) * 700_000)
    fs.closeSync(fd)
  },
  ({ file, size }) => {
    if (isFile(file)) fs.truncateSync(file, (size % 3) * 1_000_000)
  },
  ({ some, size }) => {
    if (!fs.lstatSync(some).isSymbolicLink()) fs.chmodSync(some, size % 2 === 0 ? 0o700 : 0o755)
  },
  ({ file, size }) => fs.lutimesSync(file, size, size),
  ({ some }) => fs.rmSync(some, { recursive: true }),
  ({ file }) => fs.unlinkSync(file),
  ({ fresh, size }) => fs.symlinkSync(`to${size % 3}`, fresh),
  ({ file, fresh }) => fs.linkSync(file, fresh),
  ({ file, fresh }) => fs.linkSync(file, fresh),
  ({ fresh }) => {
    if (!fs.lstatSync(fresh, { throwIfNoEntry: false })) execFileSync('mkfifo', [fresh])
  },
  // As editors save.
  ({ file, size }) => {
    if (!isFile(file)) return
    fs.writeFileSync(`${file}~`, `saved ${size}`)
    fs.renameSync(`${file}~`, file)
  },
  // Two change places.
  ({ some, fresh }) => {
    if (fresh.startsWith(some) || some.startsWith(fresh)) return
    fs.renameSync(some, `${some}~`)
    if (fs.lstatSync(fresh, { throwIfNoEntry: false })) fs.renameSync(fresh, some)
    fs.renameSync(`${some}~`, fresh)
  },
]

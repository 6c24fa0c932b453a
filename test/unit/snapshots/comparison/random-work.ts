import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as fsp from 'node:fs/promises'
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

/** What steps are done by. All paths are relative to the root of the tree; errors have the codes of Node. */
export interface Work {
  /** Absolute path of the tree. */
  readonly root: string
  /** A new file. */
  create(path: string, text: string): Promise<void>
  write(path: string, text: string, position: number): Promise<void>
  truncate(path: string, size: number): Promise<void>
  mkdir(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** Seconds. */
  setTimes(path: string, time: number): Promise<void>
  unlink(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  symlink(target: string, path: string): Promise<void>
  link(file: string, path: string): Promise<void>
  mkfifo(path: string): Promise<void>
}

/** As programs of this host do it. */
export class HostWork implements Work {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  readonly #at = (path: string): string => join(this.root, path)
  readonly create: Work['create'] = (path, text) => fsp.writeFile(this.#at(path), text, { flag: 'wx' })
  readonly truncate: Work['truncate'] = (path, size) => fsp.truncate(this.#at(path), size)
  readonly mkdir: Work['mkdir'] = (path) => fsp.mkdir(this.#at(path))
  readonly rename: Work['rename'] = (from, to) => fsp.rename(this.#at(from), this.#at(to))
  readonly chmod: Work['chmod'] = (path, mode) => fsp.chmod(this.#at(path), mode)
  readonly setTimes: Work['setTimes'] = (path, time) => fsp.lutimes(this.#at(path), time, time)
  readonly unlink: Work['unlink'] = (path) => fsp.unlink(this.#at(path))
  readonly rmdir: Work['rmdir'] = (path) => fsp.rmdir(this.#at(path))
  readonly symlink: Work['symlink'] = (target, path) => fsp.symlink(target, this.#at(path))
  readonly link: Work['link'] = (file, path) => fsp.link(this.#at(file), this.#at(path))

  async write(path: string, text: string, position: number): Promise<void> {
    const file = await fsp.open(this.#at(path), 'r+')
    await file.write(text, position)
    await file.close()
  }

  mkfifo(path: string): Promise<void> {
    execFileSync('mkfifo', [this.#at(path)])
    return Promise.resolve()
  }
}

/** Does a step, or nothing where it cannot be done. */
export async function work(by: Work, [kind, where, other, size]: Step): Promise<void> {
  const { root } = by
  const paths = fs.readdirSync(root, { recursive: true }) as string[]
  const directories = ['', ...paths.filter((path) => fs.lstatSync(join(root, path)).isDirectory())].sort()
  const files = paths.filter((path) => !directories.includes(path)).sort()
  const directory = directories[other % directories.length]!
  const fresh = join(directory, names[(where + size) % names.length]!)
  const some = paths.length === 0 ? fresh : paths.sort()[where % paths.length]!
  const file = files.length === 0 ? fresh : files[where % files.length]!
  try {
    await deeds[kind % deeds.length]!({ by, fresh, some, file, size })
  } catch (error) {
    if (!/^(EEXIST|ENOENT|ENOTDIR|EISDIR|ENOTEMPTY|EINVAL|ELOOP|ENXIO|EPERM)$/.test(codeOf(error)))
      throw error
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}

interface Targets {
  readonly by: Work
  readonly fresh: string
  readonly some: string
  readonly file: string
  readonly size: number
}

function statOf({ root }: Work, path: string): fs.Stats | undefined {
  return fs.lstatSync(join(root, path), { throwIfNoEntry: false })
}

function isFile(by: Work, path: string): boolean {
  return statOf(by, path)?.isFile() === true
}

type Deed = (targets: Targets) => Promise<void> | undefined

async function remove(by: Work, path: string): Promise<void> {
  if (statOf(by, path)?.isDirectory() !== true) return by.unlink(path)
  for (const name of fs.readdirSync(join(by.root, path))) await remove(by, join(path, name))
  await by.rmdir(path)
}

const create: Deed = ({ by, fresh, size }) => by.create(fresh, `x${size}`)
const make: Deed = ({ by, fresh }) => by.mkdir(fresh)
const move: Deed = ({ by, some, fresh }) => by.rename(some, fresh)

const deeds: readonly Deed[] = [
  create,
  create,
  make,
  make,
  move,
  move,
  move,
  async ({ by, file, size }) => {
    if (!isFile(by, file)) return
    await by.truncate(file, 0)
    await by.write(file, `changed ${size}`, 0)
  },
  ({ by, file, size }) => (isFile(by, file) ? by.write(file, 'part', (size % 5) * 700_000) : undefined),
  ({ by, file, size }) => (isFile(by, file) ? by.truncate(file, (size % 3) * 1_000_000) : undefined),
  ({ by, some, size }) =>
    statOf(by, some)?.isSymbolicLink() === true ? undefined : by.chmod(some, size % 2 === 0 ? 0o700 : 0o755),
  ({ by, file, size }) => by.setTimes(file, size),
  ({ by, some }) => remove(by, some),
  ({ by, file }) => by.unlink(file),
  ({ by, fresh, size }) => by.symlink(`to${size % 3}`, fresh),
  ({ by, file, fresh }) => by.link(file, fresh),
  ({ by, file, fresh }) => by.link(file, fresh),
  ({ by, fresh }) => (statOf(by, fresh) ? undefined : by.mkfifo(fresh)),
  // As editors save.
  async ({ by, file, size }) => {
    if (!isFile(by, file)) return
    await by.create(`${file}~`, `saved ${size}`)
    await by.rename(`${file}~`, file)
  },
  // Two change places.
  async ({ by, some, fresh }) => {
    if (fresh.startsWith(some) || some.startsWith(fresh)) return
    await by.rename(some, `${some}~`)
    if (statOf(by, fresh)) await by.rename(fresh, some)
    await by.rename(`${some}~`, fresh)
  },
]

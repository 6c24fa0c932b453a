import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** Changes a tree, and notes what a driver is to be told of it: see Taking.cut. */
export class Changer {
  readonly changed = new Set<number>()
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  #at(path: string): string {
    return join(this.#root, path)
  }

  #note(path: string): void {
    this.changed.add(lstatSync(this.#at(path)).ino)
  }

  #noteNames(path: string): void {
    this.#note(path)
    this.#note(dirname(path))
  }

  write(path: string, content = 'written'): void {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
    const file = openSync(this.#at(path), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    writeFileSync(file, content)
    closeSync(file)
    this.#noteNames(path)
  }

  append(path: string): void {
    appendFileSync(this.#at(path), 'appended')
    this.#note(path)
  }

  truncate(path: string, size: number): void {
    truncateSync(this.#at(path), size)
    this.#note(path)
  }

  chmod(path: string, mode: number): void {
    chmodSync(this.#at(path), mode)
    this.#note(path)
  }

  touch(path: string): void {
    utimesSync(this.#at(path), 981173106, 981173106)
    this.#note(path)
  }

  setXattr(path: string, value: string): void {
    execFileSync('setfattr', ['-n', 'user.changed', '-v', value, this.#at(path)])
    this.#note(path)
  }

  dropAcl(path: string): void {
    execFileSync('setfacl', ['-b', this.#at(path)])
    this.#note(path)
  }

  remove(path: string): void {
    this.#noteNames(path)
    unlinkSync(this.#at(path))
  }

  makeDirectory(path: string): void {
    mkdirSync(this.#at(path))
    this.#noteNames(path)
  }

  removeDirectory(path: string): void {
    this.#noteNames(path)
    rmdirSync(this.#at(path))
  }

  rename(from: string, to: string): void {
    this.#noteNames(from)
    if (existsSync(this.#at(to))) this.#note(to)
    renameSync(this.#at(from), this.#at(to))
    this.#noteNames(to)
  }

  link(from: string, to: string): void {
    linkSync(this.#at(from), this.#at(to))
    this.#noteNames(to)
  }

  symlink(target: string, path: string): void {
    symlinkSync(target, this.#at(path))
    this.#noteNames(path)
  }

  /** Removes a file and makes another at once: ext4 gives it the same inode number. */
  replace(path: string, make: () => void): void {
    this.remove(path)
    make()
  }

  removeTree(path: string): void {
    for (const entry of readdirSync(this.#at(path), { withFileTypes: true })) {
      if (entry.isDirectory()) this.removeTree(join(path, entry.name))
      else this.remove(join(path, entry.name))
    }
    this.removeDirectory(path)
  }
}

/** A small tree for {@link changes}. Not all filesystems have ACLs. */
export function plant(root: string, hasAcls = true): void {
  const at = (path: string): string => join(root, path)
  for (const directory of ['a/b/c/d', 'e/f', 'g']) mkdirSync(at(directory), { recursive: true })
  for (const path of ['a/1', 'a/2', 'a/b/1', 'a/b/c/1', 'a/b/c/d/1', 'e/1', 'e/2', 'e/f/1', 'g/1', 'top'])
    writeFileSync(at(path), `content of ${path}`)
  linkSync(at('a/1'), at('e/linked'))
  linkSync(at('a/1'), at('a/b/linked'))
  symlinkSync('a/1', at('symlink'))
  if (hasAcls) execFileSync('setfacl', ['-d', '-m', 'u:1234:rwx', at('g')])
}

/** What somebody may do between the copy and the cut. */
export const changes: Readonly<Record<string, (tree: Changer) => void>> = {
  'a write': (tree) => tree.append('a/b/c/1'),
  'a write to a file of three names': (tree) => tree.append('e/linked'),
  'a file cut short': (tree) => tree.truncate('a/2', 3),
  'a file made longer': (tree) => tree.truncate('a/2', 100_000),
  'a mode': (tree) => tree.chmod('top', 0o4711),
  'a mode of a directory': (tree) => tree.chmod('a/b', 0o2700),
  'a time': (tree) => tree.touch('g/1'),
  'a time of a directory': (tree) => tree.touch('g'),
  'an extended attribute': (tree) => tree.setXattr('g/1', 'yes'),
  'an extended attribute of a directory': (tree) => tree.setXattr('a/b/c', 'yes'),
  'a new file': (tree) => tree.write('a/b/new'),
  'a new file that inherits an ACL, and one that does not': (tree) => {
    tree.write('g/2')
    tree.write('g/3')
    tree.dropAcl('g/3')
    tree.makeDirectory('g/4')
    tree.dropAcl('g/4')
  },
  'a new file in the root': (tree) => tree.write('new'),
  'a new directory with files': (tree) => {
    tree.makeDirectory('new')
    tree.makeDirectory('new/below')
    tree.write('new/below/1')
  },
  'a removed file': (tree) => tree.remove('a/2'),
  'a removed name of a file of three': (tree) => tree.remove('a/1'),
  'a removed tree': (tree) => tree.removeTree('a'),
  'a renamed file': (tree) => tree.rename('a/2', 'a/3'),
  'a file moved elsewhere': (tree) => tree.rename('a/2', 'e/f/2'),
  'a file moved and written': (tree) => {
    tree.rename('a/2', 'e/f/2')
    tree.append('e/f/2')
  },
  'a file renamed over another': (tree) => tree.rename('a/2', 'e/1'),
  'two files that change places': (tree) => {
    tree.rename('a/2', 'a/other')
    tree.rename('e/1', 'a/2')
    tree.rename('a/other', 'e/1')
  },
  'a file written anew and renamed into place': (tree) => {
    tree.write('a/b/1.new', 'anew')
    tree.rename('a/b/1.new', 'a/b/1')
  },
  'a renamed directory': (tree) => tree.rename('a', 'z'),
  'a directory moved elsewhere': (tree) => tree.rename('a/b', 'e/f/b'),
  'a directory moved up, and its parent into it': (tree) => {
    tree.rename('a/b', 'b')
    tree.rename('a', 'b/c/a')
  },
  'directories that change places': (tree) => {
    tree.rename('a', 'other')
    tree.rename('e', 'a')
    tree.rename('other', 'e')
  },
  'a directory moved into a new one of its old name': (tree) => {
    tree.rename('a', 'old')
    tree.makeDirectory('a')
    tree.rename('old', 'a/old')
  },
  'a parent that becomes the child of its child, both under old names': (tree) => {
    tree.rename('a/b', 'tmp')
    tree.rename('a', 'tmp/a')
    tree.makeDirectory('a')
    tree.rename('tmp', 'a/b')
  },
  'a directory moved out of a removed one': (tree) => {
    tree.rename('a/b/c', 'g/c')
    tree.append('g/c/d/1')
    tree.removeTree('a')
  },
  'a file moved out of a removed directory, and written': (tree) => {
    tree.rename('a/b/c/1', 'g/2')
    tree.removeTree('a')
    tree.append('g/2')
  },
  'an emptied directory renamed over': (tree) => {
    tree.remove('g/1')
    tree.rename('e', 'g')
  },
  'a directory replaced by a file': (tree) => {
    tree.removeTree('g')
    tree.write('g')
  },
  'a file replaced by a directory': (tree) => {
    tree.remove('a/2')
    tree.makeDirectory('a/2')
    tree.write('a/2/1')
  },
  'a file replaced by another': (tree) => tree.replace('a/2', () => tree.write('a/2', 'other')),
  'a file replaced by a symlink': (tree) => tree.replace('a/2', () => tree.symlink('1', 'a/2')),
  'a symlink replaced by another': (tree) => tree.replace('symlink', () => tree.symlink('e/2', 'symlink')),
  'a symlink replaced by another of two names': (tree) => {
    tree.replace('symlink', () => tree.symlink('e/2', 'symlink'))
    tree.link('symlink', 'g/symlink')
  },
  'a new name': (tree) => tree.link('e/2', 'a/b/c/d/2'),
  'a new name in a new directory, the old one removed': (tree) => {
    tree.makeDirectory('new')
    tree.link('e/2', 'new/2')
    tree.remove('e/2')
    tree.append('new/2')
  },
  'names that change their files': (tree) => {
    tree.remove('e/linked')
    tree.link('top', 'e/linked')
    tree.append('a/b/linked')
  },
  nothing: () => {},
}

/** Changes some things at random, of files and directories below the root; the same for the same numbers. */
export function changeAtRandom(
  root: string,
  tree: Changer,
  random: (below: number) => number,
  times = 5,
): void {
  const all = readdirSync(root, { recursive: true, withFileTypes: true })
  const pathOf = (entry: (typeof all)[number]): string =>
    join(entry.parentPath, entry.name).slice(root.length + 1)
  const files = all.filter((entry) => entry.isFile()).map(pathOf)
  const directories = ['', ...all.filter((entry) => entry.isDirectory()).map(pathOf)]
  const file = (): string => files[random(files.length)]!
  const directory = (): string => directories[random(directories.length)]!
  const name = (): string => join(directory(), `n${random(30)}`)
  const deeds: readonly (() => void)[] = [
    () => tree.write(name(), `content ${random(1e9)}`),
    () => tree.write(name(), `content ${random(1e9)}`),
    () => tree.append(file()),
    () => tree.append(file()),
    () => tree.truncate(file(), random(200)),
    () => tree.chmod(file(), 0o600 + random(0o100)),
    () => tree.remove(file()),
    () => tree.makeDirectory(name()),
    () => tree.removeDirectory(directory()),
    () => tree.rename(file(), name()),
    () => tree.rename(directory(), name()),
    () => tree.rename(directory(), name()),
    () => tree.link(file(), name()),
    () => tree.symlink(`to ${random(1e9)}`, name()),
  ]
  for (let i = 0; i < times; i++) {
    try {
      deeds[random(deeds.length)]!()
    } catch (error) {
      // Not everything can be done everywhere.
      if ((error as NodeJS.ErrnoException).code === undefined && files.length > 0) throw error
    }
  }
}

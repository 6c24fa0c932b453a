import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { treeOf } from './restore-suite.ts'

const anHourAgo = Date.now() / 1000 - 3600

/** A small tree: each of its objects makes steps, and each of these costs a process. */
export function fillSmall(at: string): void {
  for (const directory of ['etc/conf.d', 'gone/deep', 'place'])
    mkdirSync(join(at, directory), { recursive: true })
  const files = ['etc/conf', 'etc/mode', 'etc/same', 'gone/deep/file', 'gone/other', 'kind', 'place/file']
  for (const name of files) writeFileSync(join(at, name), `${name} as it was`.repeat(1000))
  linkSync(join(at, 'etc/conf'), join(at, 'etc/conf.d/linked'))
  linkSync(join(at, 'gone/other'), join(at, 'gone/another'))
  symlinkSync('etc/conf', join(at, 'note'))
  for (const [index, name] of ['etc', 'etc/conf', 'gone', 'gone/deep', 'gone/other', 'kind'].entries()) {
    chownSync(join(at, name), 1000 + index, 2000 + index)
    chmodSync(join(at, name), index % 2 === 0 ? 0o2751 : 0o640)
  }
  for (const name of [...files, 'note', 'etc/conf.d', 'etc', 'gone/deep', 'gone', 'place', '.'])
    lutimesSync(join(at, name), anHourAgo, anHourAgo)
}

/** A change of each kind to it. */
export function spoilSmall(at: string): void {
  writeFileSync(join(at, 'etc/conf'), 'now')
  unlinkSync(join(at, 'etc/conf.d/linked'))
  writeFileSync(join(at, 'etc/conf.d/linked'), 'a file of its own')
  chmodSync(join(at, 'etc/mode'), 0o600)
  renameSync(join(at, 'etc/same'), join(at, 'etc/moved'))
  chmodSync(join(at, 'etc'), 0o700)
  rmSync(join(at, 'gone'), { recursive: true })
  unlinkSync(join(at, 'note'))
  writeFileSync(join(at, 'note'), 'no symlink')
  unlinkSync(join(at, 'kind'))
  mkdirSync(join(at, 'kind/below'), { recursive: true })
  writeFileSync(join(at, 'kind/below/file'), 'in the way')
  rmSync(join(at, 'place'), { recursive: true })
  writeFileSync(join(at, 'place'), 'in the way, too')
  mkdirSync(join(at, 'extra/deep'), { recursive: true })
  writeFileSync(join(at, 'extra/deep/file'), 'extra')
}

/** What each name is: of a directory that it is one, of others all but how many names they have. */
export type Names = ReadonlyMap<string, string>

/** Of a directory with all that is in it, or of a file; nothing: of what is not there. */
export function namesOf(root: string): Names {
  const names = new Map<string, string>()
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) return names
  for (const line of partOf(root)) {
    const [, path, rest] = /^("(?:[^"\\]|\\.)*") (.*)$/s.exec(line)!
    const isDirectory = rest!.includes(' dir mtime')
    names.set(
      JSON.parse(path!) as string,
      isDirectory ? 'directory' : rest!.replace(/ links \d+| = [^ ]+/g, ''),
    )
  }
  return names
}

/** A directory with all that is in it, or a file, by all that they are. */
export function partOf(path: string): string[] {
  if (lstatSync(path).isDirectory()) return treeOf(path)
  const own = `${JSON.stringify(basename(path))} `
  return treeOf(dirname(path))
    .filter((line) => line.startsWith(own))
    .map((line) => `"" ${line.slice(own.length)}`)
}

/** What a tree becomes when one part of it is what another tree is. `keepsOthers`: what is in the part stays there. */
export function withPart(names: Names, path: string, part: Names, keepsOthers: boolean): Names {
  const after = new Map(names)
  const isWithin = (name: string) => name === path || name.startsWith(`${path}/`)
  if (!keepsOthers) for (const name of names.keys()) if (isWithin(name)) after.delete(name)
  for (const [name, what] of part) after.set(name === '' ? path : `${path}/${name}`, what)
  for (let at = dirname(path); at !== '.'; at = dirname(at)) after.set(at, 'directory')
  return after
}

/** Names that are neither as they were before nor as they are to be. */
export function tornNames(now: Names, before: Names, after: Names): string[] {
  return [...new Set([...now.keys(), ...before.keys(), ...after.keys()])].filter((name) => {
    const [one, old, wanted] = [now, before, after].map((names) => names.get(name))
    if (one === old || one === wanted) return false
    // What is to become a directory, or was one, is taken away first.
    const changesKind = (old === 'directory') !== (wanted === 'directory')
    return !(one === undefined && changesKind)
  })
}

// A source tree such as people unpack: made from a seed, so that nothing is downloaded.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { Random } from '../random.mjs'

const words =
  'net driver core block inode super xattr util crypto sound media arch build test doc tool'.split(' ')
const extensions = [
  '.c',
  '.c',
  '.c',
  '.h',
  '.h',
  '.S',
  '.txt',
  '.py',
  '.sh',
  '.json',
  'Makefile',
  '.dts',
  '.rst',
]
const sizeMax = 200_000
/** Names that careless code breaks on; the last two are not UTF-8. */
const oddNames = [
  'with space',
  '-rf',
  'quo\'te"s',
  'new\nline',
  'back\\slash',
  '*?[x]',
  'ünï',
  '\xff\xfe',
  'caf\xe9',
]
const epochSec = 1_600_000_000

/** Bytes of a name given as latin1, except for the one meant as UTF-8. @param {string} name */
const nameBytes = (name) => Buffer.from(name, name === 'ünï' ? 'utf8' : 'latin1')

/**
 * Makes `tree/` with `fileCount` regular files and `tree.tar` below a folder, unless they are there.
 * A file is 3 kB in the median and 200 kB at most; one in a hundred has a symbolic link beside it, one in 200 a hard
 * link, one in 30 is executable, one in 50 belongs to somebody else.
 * @param {string} folder
 * @param {number} fileCount
 * @param {number} seed
 */
export function makeSourceTree(folder, fileCount, seed) {
  if (existsSync(path.join(folder, 'tree.tar'))) return
  const random = new Random(seed)
  const root = path.join(folder, 'tree')
  mkdirSync(root, { recursive: true })
  const text = sourceText(random, 2 * sizeMax)
  const directories = makeDirectories(root, Math.ceil(fileCount / 12), random)
  for (let index = 0; index < fileCount; index++) {
    const directory = random.pick(directories)
    const name = `${random.pick(words)}-${random.pick(words)}-${index}${random.pick(extensions)}`
    const file = path.join(directory, random.oneIn(500) ? `${name}${'x'.repeat(255 - name.length)}` : name)
    const from = random.below(sizeMax)
    writeFileSync(file, text.subarray(from, from + fileSize(random)))
    decorate(file, directory, index, random)
  }
  for (const name of oddNames) {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), nameBytes(name)]), `named oddly: ${name}\n`)
  }
  execFileSync('tar', [
    '--format=posix',
    '--sort=name',
    '-C',
    folder,
    '-cf',
    path.join(folder, 'tree.tar'),
    'tree',
  ])
}

/** Log-normal around 3 kB, as source files are; now and then empty. @param {Random} random */
function fileSize(random) {
  if (random.oneIn(100)) return 0
  const normal = Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
  return Math.min(sizeMax, Math.round(3000 * Math.exp(1.2 * normal)))
}

/** @param {Random} random @param {number} size */
function sourceText(random, size) {
  const lines = []
  for (let length = 0; length < size;) {
    const line = `\tif (${random.pick(words)}_${random.pick(words)}(${random.below(1e6)})) return ${random.pick(words)};\n`
    lines.push(line)
    length += line.length
  }
  return Buffer.from(lines.join(''))
}

/** @param {string} root @param {number} count @param {Random} random */
function makeDirectories(root, count, random) {
  const directories = [root]
  for (let index = 0; index < count; index++) {
    const parent = random.pick(directories.slice(-200))
    const name = `${random.pick(words)}${index}`
    if (path.join(parent, name).length - root.length > 1500) continue
    mkdirSync(path.join(parent, name))
    directories.push(path.join(parent, name))
  }
  return directories
}

/** @param {string} file @param {string} directory @param {number} index @param {Random} random */
function decorate(file, directory, index, random) {
  if (random.oneIn(100)) symlinkSync(path.basename(file), path.join(directory, `link-${index}`))
  if (random.oneIn(200)) linkSync(file, path.join(directory, `same-${index}`))
  // Ownership first: chown takes setuid bits away.
  if (random.oneIn(50)) chownSync(file, 1000 + random.below(5), 1000)
  chmodSync(file, random.oneIn(30) ? 0o755 : random.oneIn(100) ? 0o600 : 0o644)
  // Milliseconds are what Node's times keep.
  const time = epochSec + random.below(1e8) + random.below(1000) / 1000
  utimesSync(file, time, time)
}

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const latin1 = (name: Buffer): string => name.toString('latin1')

/** Names that are no text, or look like something else. */
export const oddNames = [
  Buffer.from([0xff, 0xfe, 0x80]),
  Buffer.from('line\nbreak'),
  Buffer.from('-rf'),
  Buffer.from('a\\b "c" \'d\' $e'),
  Buffer.from('x'.repeat(255)),
  Buffer.from('ünï'),
]

/** A tree with everything that a filesystem can hold. */
export function populate(root: string): void {
  const at = (path: string): string => join(root, path)
  const run = (program: string, ...parameters: string[]): void =>
    void execFileSync(program, parameters, { cwd: root })
  mkdirSync(at('many/one'), { recursive: true })
  for (let i = 0; i < 300; i++) writeFileSync(at(`many/file-${i}`), `content ${i}`.repeat(i))
  for (const mode of [0o4755, 0o2755, 0o6711, 0o1777, 0o000, 0o400, 0o664]) {
    writeFileSync(at(`mode-${mode.toString(8)}`), 'x')
    run('chown', '1234:2345', `mode-${mode.toString(8)}`)
    chmodSync(at(`mode-${mode.toString(8)}`), mode)
  }
  mkdirSync(at('sticky'))
  chmodSync(at('sticky'), 0o3777)
  mkdirSync(at('closed'))
  writeFileSync(at('closed/in it'), 'closed')
  chmodSync(at('closed'), 0o000)
  for (const name of oddNames) writeFileSync(Buffer.concat([Buffer.from(`${root}/many/`), name]), name)

  linkSync(at('many/file-7'), at('many/linked'))
  linkSync(at('many/file-7'), at('many/one/linked'))
  symlinkSync('nowhere/at/all', at('dangling'))
  symlinkSync('/etc', at('outside'))
  symlinkSync('y'.repeat(1000), at('long symlink'))
  linkSync(at('dangling'), at('many/dangling too'))
  run('chown', '-h', '77:88', 'dangling')
  run('mkfifo', 'fifo')
  run('mknod', 'null', 'c', '1', '3')
  run('mknod', 'disk', 'b', '7', '200')
  run('python3', '-c', 'import socket; socket.socket(socket.AF_UNIX).bind("socket")')

  const sparse = openSync(at('sparse'), 'w')
  writeSync(sparse, 'begin', 0)
  writeSync(sparse, 'middle', 40 * 2 ** 20)
  execFileSync('truncate', ['-s', '64M', at('sparse')])
  closeSync(sparse)
  writeFileSync(at('large'), Buffer.alloc(9 * 2 ** 20, 'large'))

  run('setfattr', '-n', 'user.note', '-v', 'noted', 'many/file-1')
  run('setfattr', '-n', 'user.large', '-v', 'z'.repeat(2000), 'many/file-1')
  run('setfattr', '-n', 'trusted.note', '-v', 'noted', 'many')
  run('setfattr', '-h', '-n', 'trusted.note', '-v', 'noted', 'dangling')
  run(
    'setfattr',
    '-n',
    'security.capability',
    '-v',
    '0x0100000200040000000000000000000000000000',
    'many/file-2',
  )
  mkdirSync(at('acl'))
  run('setfacl', '-d', '-m', 'u:1234:rwx,g:7:rx', 'acl')
  run('setfacl', '-m', 'u:99:r', 'many/file-3')
  mkdirSync(at('acl/below'))
  writeFileSync(at('acl/inherits'), 'x')
  writeFileSync(at('acl/inherits not'), 'x')
  run('setfacl', '-b', 'acl/inherits not')

  deepen(root, 60)
  for (const path of ['many/file-4', 'many', 'deep', '.'])
    run('touch', '-d', '1999-01-02T03:04:05.123456789Z', path)
  run('touch', '-h', '-d', '2038-11-21T03:14:08.000000001Z', 'dangling')
  run('touch', '-a', '-d', '2001-02-03T04:05:06.700000001Z', 'many/file-5')
}

/** Directories in directories, of a path far longer than the kernel takes at once. */
function deepen(root: string, levels: number): void {
  const name = 'd'.repeat(200)
  const descriptors = [openSync(root, 'r')]
  mkdirSync(join(root, 'deep'))
  descriptors.push(openSync(join(root, 'deep'), 'r'))
  for (let level = 0; level < levels; level++) {
    const path = `/proc/self/fd/${descriptors.at(-1)}/${name}`
    mkdirSync(path)
    descriptors.push(openSync(path, 'r'))
  }
  writeFileSync(`/proc/self/fd/${descriptors.at(-1)}/bottom`, 'deep')
  descriptors.forEach(closeSync)
}

/** What a tree is, for comparisons: a line for each name. */
export function describeTree(root: string): string[] {
  const lines: string[] = []
  const firstNames = new Map<bigint, string>()
  const visit = (fd: number, path: string): void => {
    const names = readdirSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }).sort(Buffer.compare)
    for (const name of names) line(fd, name, path === '' ? latin1(name) : `${path}/${latin1(name)}`)
  }
  const line = (fd: number, name: Buffer, path: string): void => {
    const found = Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name])
    const stat = lstatSync(found, { bigint: true })
    const first = firstNames.get(stat.ino) ?? path
    firstNames.set(stat.ino, first)
    const kind = stat.mode & BigInt(constants.S_IFMT)
    const parts = [
      JSON.stringify(path.length > 300 ? `${path.length} ${path.slice(-90)}` : path),
      stat.mode.toString(8),
      `${stat.uid}:${stat.gid}`,
      stat.isDirectory() ? 'dir' : `size ${stat.size} links ${stat.nlink}`,
      `mtime ${stat.mtimeNs}`,
      `atime ${stat.atimeNs}`,
    ]
    if (first !== path) parts.push(`= ${first}`)
    if (kind === BigInt(constants.S_IFCHR) || kind === BigInt(constants.S_IFBLK))
      parts.push(`rdev ${stat.rdev}`)
    if (stat.isSymbolicLink()) parts.push(latin1(readlinkSync(found, 'buffer')))
    if (stat.isFile()) parts.push(createHash('sha256').update(readFileSync(found)).digest('base64'))
    lines.push(parts.join(' '))
    if (!stat.isDirectory()) return
    const directory = openSync(found, constants.O_RDONLY | constants.O_NOFOLLOW)
    visit(directory, path)
    closeSync(directory)
  }
  const top = openSync(root, 'r')
  line(top, Buffer.from('.'), '')
  closeSync(top)
  return lines
}

/** Extended attributes of all objects but the deepest, in getfattr's form. */
export function describeAttributes(root: string): string[] {
  const told = execFileSync(
    'find',
    ['.', '-maxdepth', '9', '-exec', 'getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '{}', '+'],
    { cwd: root, encoding: 'latin1', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  return told.split('\n\n').sort()
}

/** For each name, inode number and ctime. */
export function inodesOf(root: string): Map<string, { inode: bigint; ctimeNs: bigint }> {
  const found = new Map<string, { inode: bigint; ctimeNs: bigint }>()
  const visit = (path: Buffer): void => {
    const { ino, ctimeNs, ...stat } = lstatSync(path, { bigint: true })
    found.set(latin1(path.subarray(root.length)), { inode: ino, ctimeNs })
    if ((stat.mode & BigInt(constants.S_IFMT)) !== BigInt(constants.S_IFDIR) || path.length > 3500) return
    for (const name of readdirSync(path, { encoding: 'buffer' }))
      visit(Buffer.concat([path, Buffer.from('/'), name]))
  }
  visit(Buffer.from(root))
  return found
}

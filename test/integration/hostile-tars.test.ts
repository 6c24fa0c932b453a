import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unpackTar, type UnpackOrder } from '../../src/transfers/tar-unpacking.ts'

// Tars that nobody would make but to do harm, header by header.

let base: string
let root: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'berth-tar-'))
  root = join(base, 'store/making/data')
  mkdirSync(root, { recursive: true })
  mkdirSync(join(base, 'outside'))
  writeFileSync(join(base, 'outside/secret'), 'secret')
})
afterEach(() => rmSync(base, { recursive: true }))

interface Member {
  readonly name: string
  /** As POSIX.1 ustar has them; `0` file, `1` hard link, `2` symlink, `3` and `4` devices, `5` directory, `x` pax header. */
  readonly type?: string
  readonly link?: string
  readonly content?: string
  readonly mode?: number
  /** What the header says of the size. */
  readonly size?: number
}

const blockSize = 512

function member({ name, type = '0', link = '', content = '', mode = 0o644, size }: Member): Buffer {
  const header = Buffer.alloc(blockSize)
  const octal = (value: number, at: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1')
  header.write(name, 0, 100, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size ?? Buffer.byteLength(content), 124, 12)
  octal(1, 136, 12)
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 'latin1')
  header.write(link, 157, 100, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  octal(1, 329, 8)
  octal(3, 337, 8)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    8,
  )
  const data = Buffer.from(content)
  return Buffer.concat([header, data, Buffer.alloc((blockSize - (data.length % blockSize)) % blockSize)])
}

function tarOf(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(2 * blockSize)])
}

function unpack(tar: Buffer, wanted: Partial<UnpackOrder> = {}) {
  return unpackTar({
    ...{ body: Readable.from([tar]), root, bytesMax: 10_000_000, filesMax: 1000, devices: 'refuse' },
    ...{ stripComponents: 0, signal: new AbortController().signal, onProgress: () => {} },
    ...wanted,
  })
}

/** All that lies beside what was unpacked is as it was. */
function expectNothingOutside(): void {
  expect(readdirSync(base).sort()).toEqual(['outside', 'store'])
  expect(readdirSync(join(base, 'outside'))).toEqual(['secret'])
  expect(readFileSync(join(base, 'outside/secret'), 'utf8')).toBe('secret')
  expect(lstatSync(join(base, 'outside')).mode & 0o777).toBe(0o755)
  expect(readdirSync(join(base, 'store'))).toEqual(['making'])
  expect(readdirSync(join(base, 'store/making'))).toEqual(['data'])
  expect(existsSync('/berth-evil')).toBe(false)
}

const out = '../../../outside'

test.each<[string, Member[]]>([
  ['a name that goes up', [{ name: `${out}/evil`, content: 'x' }]],
  ['one that goes up in its middle', [{ name: `a/../${out}/evil`, content: 'x' }]],
  ['a hard link to what is above', [{ name: 'a', type: '1', link: `${out}/secret` }]],
  [
    'a file through a symlink that goes up',
    [
      { name: 'way', type: '2', link: out },
      { name: 'way/evil', content: 'x' },
    ],
  ],
  [
    'a directory over a symlink, for its mode',
    [
      { name: 'way', type: '5', mode: 0o777 },
      { name: 'way', type: '2', link: out },
      { name: 'way/', type: '5', mode: 0o777 },
      { name: 'way/evil', content: 'x' },
    ],
  ],
  [
    'a hard link to a symlink that goes up, written to',
    [
      { name: 'way', type: '2', link: `${out}/secret` },
      { name: 'same', type: '1', link: 'way' },
      { name: 'same', content: 'changed' },
    ],
  ],
  [
    'a chain of symlinks',
    [
      { name: 'a', type: '2', link: '.' },
      { name: 'a/b', type: '2', link: '..' },
      { name: 'a/b/c', type: '2', link: '..' },
      { name: 'a/b/c/evil', content: 'x' },
    ],
  ],
  [
    'the root as a symlink',
    [
      { name: '.', type: '2', link: out },
      { name: 'evil', content: 'x' },
    ],
  ],
  [
    'a pax header with another name',
    [
      {
        name: 'x',
        type: 'x',
        content: `${String(`00 path=${out}/evil\n`.length).padStart(2, '0')} path=${out}/evil\n`,
      },
      { name: 'good', content: 'x' },
    ],
  ],
  [
    'a GNU long name',
    [
      { name: '././@LongLink', type: 'L', content: `${out}/evil\0` },
      { name: 'good', content: 'x' },
    ],
  ],
])('nothing comes outside by %s', async (_, members) => {
  // Whether GNU tar refuses all of it, or leaves out what is wrong.
  await unpack(tarOf(...members)).catch((error: unknown) => expect(error).toMatchObject({ code: 'invalid' }))
  expectNothingOutside()
})

test('an absolute name is one below the root, and that is said', async () => {
  const { warnings } = await unpack(tarOf({ name: '/berth-evil', content: 'x' }))
  expect(readdirSync(root)).toEqual(['berth-evil'])
  expect(warnings.join()).toContain('Removing leading')
  expectNothingOutside()
})

test('symlinks are symlinks, wherever they lead', async () => {
  const { files } = await unpack(
    tarOf({ name: 'etc', type: '2', link: '/etc' }, { name: 'up', type: '2', link: '../..' }),
  )
  expect(files).toBe(2)
  expect(lstatSync(join(root, 'etc')).isSymbolicLink()).toBe(true)
})

test('devices are refused, or left out', async () => {
  const tar = tarOf(
    { name: 'a' },
    { name: 'd/null', type: '3' },
    { name: 'd/disk', type: '4' },
    { name: 'fifo', type: '6' },
  )
  await expect(unpack(tar)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('d/null') as unknown,
  })
  rmSync(root, { recursive: true })
  mkdirSync(root)
  const { warnings } = await unpack(tar, { devices: 'skip' })
  expect(readdirSync(root).sort()).toEqual(['a', 'd', 'fifo'])
  expect(readdirSync(join(root, 'd'))).toEqual([])
  expect(warnings).toContain('2 devices were left out')
})

test('a name that looks like the line of a device is none', async () => {
  const { files, warnings } = await unpack(tarOf({ name: 'a\nbrw-rw---- 0 7,200 x', content: 'x' }))
  expect([files, warnings]).toEqual([1, []])
})

test('a bomb is ended at its limit', async () => {
  const zeros = { name: 'zeros', content: '\0'.repeat(3_000_000) }
  const bomb = gzipSync(tarOf(zeros))
  expect(bomb.length).toBeLessThan(10_000)
  const message: unknown = expect.stringContaining('over 1000000 bytes (imports.tarBytes')
  const limit = { code: 'limit', message }
  await expect(unpack(bomb, { bytesMax: 1_000_000 })).rejects.toMatchObject(limit)
  const many = tarOf(...Array.from({ length: 50 }, (_, index) => ({ name: `f${index}` })))
  await expect(unpack(many, { filesMax: 49 })).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('over 49 objects (imports.tarFiles)') as unknown,
  })
  expect((await unpack(many, { filesMax: 50 })).files).toBe(50)
  // A header that says that a pax record of 100 GB follows: as much memory as it says is not to be had.
  const pax = member({ name: 'x', type: 'x', size: 0o77777777777 })
  await expect(unpack(pax)).rejects.toMatchObject({
    code: expect.stringMatching(/invalid|unavailable/) as unknown,
  })
})

test.each<[string, Buffer, RegExp]>([
  ['nothing', Buffer.alloc(0), /it is empty/],
  ['no tar', Buffer.from('kind: Pod\n'.repeat(100)), /does not look like a tar/],
  [
    'a gzip that is cut off',
    gzipSync(tarOf({ name: 'a', content: 'x'.repeat(5000) })).subarray(0, 60),
    /gzip says: .*unexpected end of file/,
  ],
  [
    'a tar that is cut off',
    tarOf({ name: 'a', content: 'x'.repeat(5000) }).subarray(0, 1024),
    /Unexpected EOF/,
  ],
  ['a zstd that is none', Buffer.from('28b52ffd00000000ffff', 'hex'), /zstd says/],
])('%s is refused', async (_, bytes, message) => {
  await expect(unpack(bytes)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(message) as unknown,
  })
})

test('a sender that breaks off or falls asleep, and an abort, end it', async () => {
  const broken = new Readable({ read() {} })
  broken.push(tarOf({ name: 'a', content: 'x' }).subarray(0, 600))
  const unpacking = unpack(Buffer.alloc(0), { body: broken })
  setTimeout(() => broken.destroy(new Error('cable')), 100)
  await expect(unpacking).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('broke off') as unknown,
  })
  const abort = new AbortController()
  const silent = new Readable({ read() {} })
  const waiting = unpack(Buffer.alloc(0), { body: silent, signal: abort.signal })
  setTimeout(() => abort.abort(new Error('enough')), 100)
  await expect(waiting).rejects.toThrow('enough')
  const asleep = new Readable({ read() {} })
  asleep.push(tarOf({ name: 'a', content: 'x' }).subarray(0, 600))
  await expect(unpack(Buffer.alloc(0), { body: asleep, idleMsMax: 50 })).rejects.toThrow(
    'nothing came for 0.05 s',
  )
  // No tar is left that works on it.
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(root)
})

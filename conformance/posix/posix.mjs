// POSIX, call by call: C programs in this folder, and directories too big to be made by them.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { guestTest } from '../guest-test.mjs'

/**
 * @param {string} program of this folder
 * @param {string} about
 * @param {{ cut?: import('../test-run.mjs').Test['cut'], words?: string }} [options] `words` are its arguments
 */
const posixTest = (program, about, { cut = 'everywhere', words = '' } = {}) =>
  guestTest(`posix/${program}`, about, 'posix/posix.sh', {
    cut,
    timeoutSec: 300,
    environment: { PROGRAM: program, ARGUMENTS: words },
  })

/** Empty files `0-a-name`, `1-a-name` …, straight on the server. @param {string} directory @param {number} count */
function makeFiles(directory, count) {
  mkdirSync(directory, { recursive: true })
  for (let index = 0; index < count; index++) writeFileSync(path.join(directory, `${index}-a-name`), '')
}

/** @type {import('../test-run.mjs').Test[]} */
export const posix = [
  posixTest('files', 'open, read, write, append, truncate, holes, offsets to 2^40, each errno'),
  posixTest('names', '255 bytes and 256, any byte but / and NUL, trees 250 deep', { cut: 'once' }),
  posixTest('rename', 'every kind of thing onto every kind of thing', { cut: 'once' }),
  posixTest('directories', 'mkdir, rmdir, readdir, seekdir, listing while names come and go', {
    words: '600',
    cut: 'once',
  }),
  posixTest('links', 'hard and symbolic links, ELOOP, EXDEV, EPERM', { cut: 'once' }),
  posixTest('attributes', 'modes, owners, nanosecond times, which call moves which time'),
  posixTest('permissions', 'another user, groups, sticky and setgid directories, chown and chmod rules', {
    cut: 'once',
  }),
  posixTest('special', 'FIFOs, sockets, device files', { cut: 'once' }),
  posixTest('unlinked', 'files removed or replaced while open or mapped', { cut: 'once' }),
  posixTest('filesystem', 'statfs and pathconf', { cut: 'once' }),
  guestTest(
    'posix/two-mounts',
    'O_EXCL and mkdir races, turns at appending, close-to-open, ESTALE',
    'posix/two-mounts.sh',
    {
      cut: 'once',
      timeoutSec: 300,
    },
  ),
  {
    name: 'posix/listing',
    about: '200,000 names in one directory, listed exactly once each',
    cut: 'everywhere',
    timeoutSec: 900,
    async run(context) {
      const count = context.full ? 200_000 : 5_000
      makeFiles(path.join(context.directory, 'listed'), count)
      await context.guest('posix/listing.sh', { COUNT: String(count) })
    },
  },
  {
    name: 'posix/remove-tree',
    about: 'rm -rf of 20,000 files leaves none',
    cut: 'once',
    timeoutSec: 900,
    async run(context) {
      const count = context.full ? 20_000 : 2_000
      const top = path.join(context.directory, 'removed')
      makeFiles(path.join(top, 'wide'), count / 2)
      for (let index = 0; index < count / 40; index++)
        makeFiles(path.join(top, `narrow/${index % 10}/${index}`), 20)
      await context.guest('posix/remove-tree.sh')
    },
  },
]

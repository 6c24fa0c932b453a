// Who reaches what, under which name: the real client against tokens, tickets, grants, moves, quotas, tombstones.
import { folders } from './folders.mjs'
import { many } from './many.mjs'
import { moves } from './moves.mjs'
import { quota } from './quota.mjs'
import { rebuild } from './rebuild.mjs'
import { storeMoves } from './store-moves.mjs'
import { revoke } from './revoke.mjs'
import { tickets } from './tickets.mjs'
import { tokens } from './tokens.mjs'
import { tombstone } from './tombstone.mjs'

/** @type {import('../test-run.mjs').Test[]} */
export const access = [
  {
    name: 'access/tokens',
    about: 'tokens of two applications on one machine; forged, expired, revoked, rotated; no secret is told',
    cut: 'never',
    timeoutSec: 180,
    needsApi: true,
    run: tokens,
  },
  {
    name: 'access/revoke',
    about:
      'a write of 1 GB stops within 100 ms with EACCES, others go on; read-only at once; dead handles stay dead',
    cut: 'once',
    timeoutSec: 300,
    needsApi: true,
    run: revoke,
  },
  {
    name: 'access/tickets',
    about: 'a ticket mounts for one address, for its path, until it expires or its token ends',
    cut: 'never',
    timeoutSec: 180,
    needsApi: true,
    run: tickets,
  },
  {
    name: 'access/moves',
    about: 'folders and shares moved under a verifying fio; aliases; files lie where the path says',
    cut: 'never',
    timeoutSec: 300,
    needsApi: true,
    run: moves,
  },
  {
    name: 'access/store-moves',
    about:
      'a share goes to another filesystem and back under fio, open files and git: same inodes, times, contents',
    cut: 'once',
    timeoutSec: 300,
    needsApi: true,
    run: storeMoves,
  },
  {
    name: 'access/folders',
    about: 'the namespace walked: own filesystems, only what the token may see, nothing to change',
    cut: 'never',
    timeoutSec: 120,
    needsApi: true,
    run: folders,
  },
  {
    name: 'access/quota',
    about: 'EDQUOT within 1 % of the quota, df shows it; freed, raised and lowered while mounted',
    cut: 'never',
    timeoutSec: 180,
    needsApi: true,
    run: quota,
  },
  {
    name: 'access/tombstone',
    about: 'a share deleted under a write: an error, no hang; taken back with all its data; purged',
    cut: 'never',
    timeoutSec: 180,
    needsApi: true,
    run: tombstone,
  },
  {
    name: 'access/rebuild',
    about: 'the catalog lost: the gateway says what to do, and all shares come back under their names',
    cut: 'never',
    timeoutSec: 120,
    needsApi: true,
    run: rebuild,
  },
  {
    name: 'access/many',
    about: '10,000 shares and 2,000 folders: start below 3 s, mounts below 20 ms (p99), below 300 MiB',
    cut: 'never',
    timeoutSec: 300,
    needsApi: true,
    run: many,
  },
]

// Who reaches what, under which name: the real client against tokens, tickets, grants, moves, quotas, tombstones.
import { revoke } from './revoke.mjs'
import { tickets } from './tickets.mjs'
import { tokens } from './tokens.mjs'

/** @type {import('../test-run.mjs').Test[]} */
export const access = [
  {
    name: 'access/tokens',
    about: 'tokens of two applications on one machine; forged, expired, revoked, rotated; no secret is told',
    cut: 'once',
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
]

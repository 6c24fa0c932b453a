// Who reaches what, under which name: the real client against tokens, tickets, grants, moves, quotas, tombstones.
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
]

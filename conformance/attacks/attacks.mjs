// Clients that mean harm. No guest: these speak to the server themselves.
import { idleConnections, neverReads, slowSenders } from './crowds.mjs'
import { escapes } from './escapes.mjs'
import { fuzz } from './fuzz.mjs'
import { alteredHandles } from './handles.mjs'

/** @type {import('../test-run.mjs').Test[]} */
export const attacks = [
  {
    name: 'attack/handles',
    about: 'every bit flipped, cut, grown, spliced handles are refused; true ones survive a restart',
    cut: 'everywhere',
    timeoutSec: 120,
    run: alteredHandles,
  },
  {
    name: 'attack/escapes',
    about: '`..`, separators in names, symbolic links, directories swapped for links lead nowhere',
    cut: 'once',
    timeoutSec: 120,
    run: escapes,
  },
  {
    name: 'attack/fuzz',
    about: 'a million damaged messages (100,000 in the cut): no crash, no leak, no bug counted',
    cut: 'once',
    timeoutSec: 3600,
    run: fuzz,
  },
  {
    name: 'attack/idle',
    about: '10,000 idle connections, and one client that works',
    cut: 'once',
    timeoutSec: 120,
    run: idleConnections,
  },
  {
    name: 'attack/never-reads',
    about: 'clients that ask for 4 GiB and read none: memory is bounded, others are served',
    cut: 'once',
    timeoutSec: 120,
    run: neverReads,
  },
  {
    name: 'attack/slow-senders',
    about: '600 connections with half a request: others are served',
    cut: 'never',
    timeoutSec: 120,
    run: slowSenders,
  },
]

// The backup view, and backup programs as Debian has them reading it.
import { converse } from '../access/conversation.mjs'
import { disaster } from './disaster.mjs'
import { Scene } from './scene.mjs'
import { view } from './view.mjs'

/**
 * Two backups of three shares, the second after one file in a hundred has changed, and what they bring back.
 * @param {string} program
 * @param {string} about
 * @param {import('../test-run.mjs').Test['cut']} cut
 * @returns {import('../test-run.mjs').Test}
 */
function programTest(program, about, cut) {
  return {
    name: `backup/${program}`,
    about,
    cut,
    timeoutSec: 600,
    needsApi: true,
    async run(context) {
      const scene = await Scene.set(context)
      await converse(context, `backup/${program}.sh`, scene.environment, scene.answers)
    },
  }
}

/** @type {import('../test-run.mjs').Test[]} */
export const backup = [
  {
    name: 'backup/view',
    about:
      '/.backup: every share as it was, the same file numbers and ctimes day by day, manifests, nothing to change, nothing else',
    cut: 'once',
    timeoutSec: 300,
    needsApi: true,
    run: view,
  },
  {
    name: 'backup/disaster',
    about:
      'a gateway is destroyed with its catalog and stores; a new one made from its restic repository alone has all of it',
    cut: 'never',
    timeoutSec: 600,
    needsApi: true,
    run: disaster,
  },
  programTest('rsync', 'rsync copies all, then below 3 % of the bytes; all comes back', 'never'),
  programTest('tar', 'GNU tar, two levels: the second below 3 % of the bytes; all comes back', 'never'),
  programTest('restic', 'restic: the second backup reads below 3 % of the bytes; all comes back', 'never'),
  programTest(
    'bacula',
    'bacula-fd, accurate: the second backup reads below 3 % of the bytes; all comes back',
    'never',
  ),
  programTest('borg', 'borg: the second backup reads below 3 % of the bytes; all comes back', 'never'),
]

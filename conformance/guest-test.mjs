// A test that is one script in one guest.

/**
 * @param {string} name
 * @param {string} about
 * @param {string} script path below conformance/
 * @param {Pick<import('./test-run.mjs').Test, 'timeoutSec'> &
 *   Partial<Pick<import('./test-run.mjs').Test, 'cut'>> & { environment?: Record<string, string> }} options
 * @returns {import('./test-run.mjs').Test}
 */
export function guestTest(name, about, script, { timeoutSec, cut = 'once', environment = {} }) {
  return { name, about, cut, timeoutSec, run: (context) => context.guest(script, environment) }
}

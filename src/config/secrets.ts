/**
 * What a token or a ticket looks like, also one that was cut or mistyped: its prefix, then at least 8 letters of its
 * alphabet. Case does not count, since what a client changed is still most of a secret; an underscore does not end it,
 * since another may follow at once.
 *
 * Global, for `replace`; `test` and `exec` would begin where they last ended.
 */
export const secretTexts = /(berth|bticket)_[0-9a-z_]{8,}/gi

/** Puts stars in the place of every secret in `text`; its prefix stays, to tell what was there. */
export function maskTokens(text: string): string {
  return text.replace(secretTexts, '$1_****')
}

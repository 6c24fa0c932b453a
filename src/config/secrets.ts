/**
 * What a token or a ticket looks like, also one that was cut or mistyped: its prefix, then at least 8 letters of its
 * alphabet, in any case, since what a client changed is still most of a secret; an underscore does not end it, since
 * another may follow at once. Capital letters alone are none: BERTH_LIMITS_CONNECTIONS is a setting.
 *
 * Global, for `replace`; `test` and `exec` would begin where they last ended.
 */
export const secretTexts =
  /(?!BERTH_[A-Z_]+(?![0-9A-Za-z_]))([Bb][Ee][Rr][Tt][Hh]|[Bb][Tt][Ii][Cc][Kk][Ee][Tt])_[0-9A-Za-z_]{8,}/g

/** Puts stars in the place of every secret in `text`; its prefix stays, to tell what was there. */
export function maskTokens(text: string): string {
  return text.replace(secretTexts, '$1_****')
}

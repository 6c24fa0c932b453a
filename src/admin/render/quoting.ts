/** A word that a POSIX shell takes as it stands. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A field of fstab(5): what would end it, or begin a comment, as an octal escape. */
export function fstabField(text: string): string {
  return text.replace(/[\s\\#]/gu, (letter) =>
    [...Buffer.from(letter)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  )
}

/** A field of a comma-separated line (RFC 4180 §2), as `docker run --mount` reads it. */
export function csvField(text: string): string {
  return /[",\s]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A value of a compose file, where `$` would begin a variable. */
export function composeValue(text: string): string {
  return text.replaceAll('$', '$$$$')
}

const shownLengthMax = 100

/** Text of a stranger for a message: escapes what could spoil a line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text)
}

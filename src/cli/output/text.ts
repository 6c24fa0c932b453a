/**
 * Text that others have chosen (descriptions, names that clients give themselves) as one line that a terminal only
 * shows: control characters, which could move its cursor or rename its window, are written as escapes.
 */
export function printable(text: string): string {
  // Cc, and what turns the direction of writing around (Cf has more, which letters of some scripts need).
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

/** Columns that a terminal needs for a text without control characters. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

function columnsOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

/** Blocks of East Asian Width W and F (Unicode Standard Annex 11), and emoji. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
]

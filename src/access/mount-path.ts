/** What the path of a MNT call says. */
export interface MountPath {
  /** A token or ticket; undefined without. */
  readonly secret: string | undefined
  /** Names as text where they are UTF-8, else a text that is no name of the namespace. */
  readonly names: readonly string[]
  /** The same names as the bytes they are: below a share any bytes may be a name. */
  readonly bytes: readonly Uint8Array[]
}

const slash = 0x2f
const secretMark = '@'
/** No name of the namespace has a NUL in it. */
const noName = '\0'

/**
 * Reads `/@SECRET/finance/payroll/db`. RFC 1813 §5.2.1 wants a directory path; `.` and `..` could leave what was granted,
 * and nobody who means well sends them. Undefined: it is no path.
 */
export function parseMountPath(path: Uint8Array): MountPath | undefined {
  if (path[0] !== slash || path.includes(0)) return undefined
  const bytes = split(path)
  const names = bytes.map(nameText)
  if (names.some((name) => name === '.' || name === '..')) return undefined
  const [first] = names
  if (first?.startsWith(secretMark) !== true) return { secret: undefined, names, bytes }
  return { secret: first.slice(secretMark.length), names: names.slice(1), bytes: bytes.slice(1) }
}

function split(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = []
  for (let start = 1; start <= path.length;) {
    const found = path.indexOf(slash, start)
    const end = found < 0 ? path.length : found
    if (end > start) names.push(path.subarray(start, end))
    start = end + 1
  }
  return names
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A name as text; what is no UTF-8 becomes a text that is no name of the namespace. */
export function nameText(name: Uint8Array): string {
  try {
    return utf8.decode(name)
  } catch (error) {
    if (error instanceof TypeError) return noName
    throw error
  }
}

import { InvalidArgumentError } from 'commander'

// How the command line reads values that people write. Each function throws InvalidArgumentError, which commander
// explains; `none` stays a word, since commander makes an empty text of null.

/** Null, which ends or clears a setting of the API, for the word `none`. */
export function orNull<T>(value: T | 'none'): T | null {
  return value === 'none' ? null : value
}

/** `10Gi`, `500M`, `1048576`: bytes. Binary units have an i, as in Kubernetes. `none`: no limit. */
export function parseSize(text: string): number | 'none' {
  if (text === 'none') return text
  const [, digits, prefix = '', binary = ''] = /^(\d+(?:\.\d+)?)([KMGTP]?)(i?)B?$/i.exec(text) ?? []
  const exponent = ' KMGTP'.indexOf(prefix.toUpperCase() || ' ')
  const bytes = Math.round(Number(digits) * (binary === '' ? 1000 : 1024) ** exponent)
  const isSize = digits !== undefined && (binary === '' || prefix !== '')
  if (isSize && Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new InvalidArgumentError('Give a size such as 10Gi, 500M, 1048576, or none.')
}

/** A whole number of 1 or more; `none`: no limit. */
export function parseCount(text: string): number | 'none' {
  if (text === 'none') return text
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number, or none.')
}

/** A whole number of 0 or more. */
export function parseNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number.')
}

/** `90s`, `30m`, `12h`, `7d`: seconds. */
export function parseDuration(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  const seconds = secondsByUnit[unit]
  if (digits !== undefined && seconds !== undefined) return Number(digits) * seconds
  throw new InvalidArgumentError('Give a duration such as 90s, 30m, 12h, 7d, 2w.')
}

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A time as RFC 3339 has it, of `2026-03-01`, `2026-03-01T14:05` (here), or `2026-03-01T14:05:00Z`. */
export function parseTime(text: string): string {
  const [, day, clock = 'T00:00', zone = ''] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  // A date without a time is a day here, not in Greenwich.
  const ms = Date.parse(`${day ?? ''}${clock.replace(' ', 'T')}${zone}`)
  if (!Number.isNaN(ms)) return new Date(ms).toISOString()
  throw new InvalidArgumentError('Give a time such as 2026-03-01, 2026-03-01T14:05 or 2026-03-01T14:05:00Z.')
}

/** An end: a time, a duration from now, or `none`. */
export function parseExpiry(text: string): string {
  if (text === 'none' || text === 'never') return 'none'
  if (/^\d+[smhdw]$/.test(text)) return new Date(Date.now() + parseDuration(text) * 1000).toISOString()
  return parseTime(text)
}

/** One of several `--label key=value`, gathered. */
export function collectLabel(
  text: string,
  labels: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key !== undefined) return { ...labels, [key]: value }
  throw new InvalidArgumentError('Give KEY=VALUE.')
}

/** One of several values of an option that may be repeated. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

/** Changes of labels, as kubectl has them: `key=value` sets one, `key-` takes it away. */
export function changedLabels(
  labels: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const changed = new Map(Object.entries(labels))
  for (const change of changes) {
    if (change.endsWith('-') && !change.includes('=')) changed.delete(change.slice(0, -1))
    else for (const [key, value] of Object.entries(collectLabel(change))) changed.set(key, value)
  }
  return Object.fromEntries(changed)
}

/** `none`, `root:UID:GID` or `all:UID:GID[:GID,GID…]`: whom callers become. */
export function parseIdentity(text: string): {
  squash: 'none' | 'root' | 'all'
  uid: number
  gid: number
  gids: number[]
} {
  const [, squash, uid, gid, gids] =
    /^(none|root|all)(?::(\d{1,10}):(\d{1,10})(?::(\d{1,10}(?:,\d{1,10})*))?)?$/.exec(text) ?? []
  const isWhole = squash === 'none' || squash === 'root' || (squash === 'all' && uid !== undefined)
  if (!isWhole || (gids !== undefined && squash !== 'all')) {
    throw new InvalidArgumentError('Give none, root[:UID:GID] or all:UID:GID[:GROUP,GROUP…].')
  }
  return {
    squash,
    uid: Number(uid ?? nobodyId),
    gid: Number(gid ?? nobodyId),
    gids: gids === undefined ? [] : gids.split(',').map(Number),
  }
}

const nobodyId = 65534

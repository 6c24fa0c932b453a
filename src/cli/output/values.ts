/** How the command line writes values for people. */

/** `1.5 GiB`; exact below 1 KiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const exponent = Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** exponent
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} ${units[exponent] ?? ''}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** An RFC 3339 time of the API in the time zone of the reader: `2026-03-01 14:05`, with seconds on request. */
export function formatTime(
  time: string | null | undefined,
  precision: 'minutes' | 'seconds' = 'minutes',
): string | undefined {
  if (time === null || time === undefined) return undefined
  const date = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
  return `${day} ${clock}${precision === 'seconds' ? `:${two(date.getSeconds())}` : ''}`
}

export function formatLabels(labels: Readonly<Record<string, string>> = {}): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** `30 GiB of 100 GiB (30 %)`. */
export function formatUse(used: number, limit: number | null, format: (value: number) => string): string {
  if (limit === null) return format(used)
  return `${format(used)} of ${format(limit)} (${Math.round((used / limit) * 100)} %)`
}

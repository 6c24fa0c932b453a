/** Longest pattern in bytes, most segments, longest segment: those of logical paths. */
const patternSizeMax = 1024
const segmentCountMax = 32
const segmentSizeMax = 255

/** The names of a logical path (`/a/b`), none for the root, or the segments of a pattern. */
export function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/')
}

/**
 * What keeps `text` from being a path pattern; undefined when it is one.
 *
 * `*` in a segment stands for any characters of one name, also none, but never for a `/`; as the last segment `**` stands
 * for the path before it and everything below: `/finance/**` matches `/finance` too, and `/**` every path. There is no
 * way to name a `*` in a path alone: it is matched by `*` as any other character is. Names are compared exactly.
 */
export function patternFault(text: string): string | undefined {
  if (!text.startsWith('/')) return 'it must begin with /'
  if (Buffer.byteLength(text) > patternSizeMax) return `it is longer than ${patternSizeMax} bytes`
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'it holds control characters or broken Unicode'
  const segments = segmentsOf(text)
  if (segments.length > segmentCountMax) return `it has more than ${segmentCountMax} segments`
  for (const [index, segment] of segments.entries()) {
    if (segment === '') return 'it has an empty segment'
    if (segment === '.' || segment === '..') return `a segment must not be ${segment}`
    if (Buffer.byteLength(segment) > segmentSizeMax) return `a segment is longer than ${segmentSizeMax} bytes`
    if (segment === '**' && index === segments.length - 1) continue
    if (segment.includes('**')) return '** may only be the whole last segment'
  }
  return undefined
}

/** Whether `path` is one that `pattern` stands for. Nothing in `path` is special. */
export function pathMatches(path: string, pattern: string): boolean {
  const names = segmentsOf(path)
  const wanted = segmentsOf(pattern)
  const isSubtree = wanted.at(-1) === '**'
  const length = isSubtree ? wanted.length - 1 : wanted.length
  if (isSubtree ? names.length < length : names.length !== length) return false
  for (let index = 0; index < length; index += 1) {
    if (!segmentMatches(names[index]!, wanted[index]!)) return false
  }
  return true
}

/** Two cursors and one way back, so that no pattern costs more than name length times pattern length. */
export function segmentMatches(name: string, pattern: string): boolean {
  let at = 0
  let wanted = 0
  let star = -1
  let resume = 0
  while (at < name.length) {
    if (pattern[wanted] === '*') {
      star = wanted
      wanted += 1
      resume = at
    } else if (pattern[wanted] === name[at]) {
      at += 1
      wanted += 1
    } else if (star >= 0) {
      resume += 1
      at = resume
      wanted = star + 1
    } else return false
  }
  while (pattern[wanted] === '*') wanted += 1
  return wanted === pattern.length
}

import { createHash, type Hash } from 'node:crypto'

/**
 * The chain that makes a removed or altered line show. Lines are followed by a seal:
 *
 *     {"seal":{"lines":2,"sha256":"…"}}
 *
 * Its hash is SHA-256 over the hexadecimal text of the seal before and the exact bytes of the lines since, newlines
 * included, so that `(printf %s PREVIOUS; printf %s LINES) | sha256sum` gives it too. A file begins with a line that
 * names itself, the file before, and the last seal there.
 */
export interface Head {
  /** How many lines were sealed, ever; seals themselves do not count. */
  readonly sequence: number
  /** The newest seal, 64 hexadecimal digits. */
  readonly sha256: string
}

/** Before the first line. */
export const genesis: Head = { sequence: 0, sha256: '0'.repeat(64) }

/** A seal not yet made: over the lines added since `previous`. */
export class Seal {
  readonly #hash: Hash
  readonly #previous: Head
  #lines = 0

  constructor(previous: Head) {
    this.#previous = previous
    this.#hash = createHash('sha256').update(previous.sha256, 'latin1')
  }

  get lines(): number {
    return this.#lines
  }

  /** Takes whole lines, each with its newline. */
  add(bytes: Uint8Array, lines = 1): void {
    this.#hash.update(bytes)
    this.#lines += lines
  }

  /** Ends it. */
  head(): Head {
    return { sequence: this.#previous.sequence + this.#lines, sha256: this.#hash.digest('hex') }
  }
}

export interface SealClaim {
  readonly lines: number
  readonly sha256: string
  /** The lines were found unsealed after a crash: the seal says only that they are as they were found. */
  readonly recovered: boolean
}

export function encodeSeal({ lines, sha256, recovered }: SealClaim): string {
  return `{"seal":{"lines":${lines},"sha256":"${sha256}"${recovered ? ',"recovered":true' : ''}}}\n`
}

const sealPattern = /^\{"seal":\{"lines":([1-9]\d{0,14}),"sha256":"([0-9a-f]{64})"(,"recovered":true)?\}\}\n$/

/** The seal that a line is; undefined when it is none. Written in one way only, so that no byte of it is free. */
export function decodeSeal(line: Buffer): SealClaim | undefined {
  // Only a seal has a first key that begins with an s: most lines are known by that.
  if (line.length > sealSizeMax || line[2] !== 0x73) return undefined
  const match = sealPattern.exec(line.toString('latin1'))
  if (match === null) return undefined
  return { lines: Number(match[1]), sha256: match[2]!, recovered: match[3] !== undefined }
}

/** More than any seal needs. */
export const sealSizeMax = 160

/** What a file begins with. */
export interface FileHeader extends Head {
  /** The file's own name. */
  readonly file: string
  /** Null: the first file ever. */
  readonly previous: string | null
  /** Why a new file was begun before the last was full: the audit was not as it was written. */
  readonly problem?: string | undefined
}

/** `sequence` and `sha256` are those of the last seal before this file. */
export function encodeHeader({ file, previous, sequence, sha256, problem }: FileHeader): string {
  return `${JSON.stringify({ file, previous, sequence, sha256, problem })}\n`
}

/** The header that a line is; undefined when it is none. */
export function decodeHeader(line: string): FileHeader | undefined {
  if (!line.startsWith('{"file":')) return undefined
  let header: Partial<FileHeader>
  try {
    header = JSON.parse(line) as Partial<FileHeader>
  } catch {
    return undefined
  }
  const { file, previous, sequence, sha256, problem } = header
  const isWhole =
    typeof file === 'string' &&
    (previous === null || typeof previous === 'string') &&
    Number.isSafeInteger(sequence) &&
    /^[0-9a-f]{64}$/.test(sha256 ?? '') &&
    ['undefined', 'string'].includes(typeof problem)
  return isWhole ? (header as FileHeader) : undefined
}

/** Names sort by number, whatever the clock did: `audit-20260131T235959Z-7.jsonl`. */
export interface AuditFile {
  readonly name: string
  readonly number: number
}

export function auditFileName(at: number, number: number): string {
  const time = new Date(at).toISOString().replace(/\.\d+|[-:]/g, '')
  return `audit-${time}-${number}.jsonl`
}

const fileNamePattern = /^audit-\d{8}T\d{6}Z-([1-9]\d{0,14})\.jsonl$/

/** The audit's files among the names of a directory, oldest first. */
export function auditFiles(names: readonly string[]): AuditFile[] {
  return names
    .flatMap((name) => {
      const match = fileNamePattern.exec(name)
      return match === null ? [] : [{ name, number: Number(match[1]) }]
    })
    .sort((a, b) => a.number - b.number)
}

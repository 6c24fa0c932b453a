import { isUtf8 } from 'node:buffer'
import { Nfsstat3 } from 'nfs-server-ts'
import { maskTokens } from '../config/secrets.ts'
import { FileOperation, type AuditLine } from './event.ts'
import { textOf } from './line.ts'
import type { RingRecord } from './ring.ts'

/** Who is behind a grant. */
export interface Caller {
  readonly subject: string
  readonly address: string
}

const operationNames = namesOf(FileOperation)
const statusNames = namesOf(Nfsstat3)

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]))
}

/**
 * Makes lines of file operations. It is told who is behind each grant and where each share is; what repeats from line to
 * line is made once.
 */
export class FileLines {
  readonly #callers = new Map<number, Caller & { readonly text: string }>()
  readonly #shares = new Map<number, { readonly path: string; readonly text: string }>()
  /** The last line's beginning for each operation: what the next one of the same caller and share begins with too. */
  #beginnings: Beginning[] = []
  readonly #ends = new Map<number, Buffer>()
  #at = -1
  #timeBytes = nothing

  describeGrant(grant: number, { subject, address }: Caller): void {
    const caller = { subject: textOf(subject), address: textOf(address) }
    this.#callers.set(grant, { ...caller, text: `${inside(caller)},"grant":${grant}` })
    this.#beginnings = []
  }

  forgetGrant(grant: number): void {
    this.#callers.delete(grant)
    this.#beginnings = []
  }

  describeShare(id: number, logicalPath: string): void {
    const path = textOf(logicalPath)
    this.#shares.set(id, { path, text: `"share":${id},${inside({ sharePath: path })}` })
    this.#beginnings = []
  }

  forgetShare(id: number): void {
    this.#shares.delete(id)
    this.#beginnings = []
  }

  /** The JSON of a record, without a newline. */
  text(record: RingRecord, bytes: Buffer): string {
    const { pathStart, pathEnd, toEnd } = record
    const path = pathText('path', bytes, pathStart, pathEnd)
    const to = toEnd > pathEnd ? pathText('to', bytes, pathEnd, toEnd) : ''
    const cut = record.isCut ? ',"cut":true' : ''
    return `${timeText(record.at)}${this.#beginningText(record)}${path}${to}${cut}${endText(record.status)}`
  }

  /**
   * Writes what {@link text} answers at `start` of `output`, and answers where it ends. Most names are plain: their lines
   * are put together of bytes that are there already, a third of the time and no garbage.
   */
  write(record: RingRecord, bytes: Buffer, output: Buffer, start: number): number {
    const { pathStart, pathEnd, toEnd } = record
    if (record.isCut || !isPlain(bytes, pathStart, toEnd))
      return start + output.write(this.text(record, bytes), start)
    let at = start + this.#timeOf(record.at).copy(output, start)
    at += this.#beginningOf(record).copy(output, at)
    at += pathKey.copy(output, at)
    at += copyShort(bytes, pathStart, pathEnd, output, at)
    output[at++] = quote
    if (toEnd > pathEnd) {
      at += toKey.copy(output, at)
      at += copyShort(bytes, pathEnd, toEnd, output, at)
      output[at++] = quote
    }
    return at + this.#endOf(record.status).copy(output, at)
  }

  /** As {@link text}, with what can be asked of it. */
  line(record: RingRecord, bytes: Buffer, line: string): AuditLine {
    const { at, grant, shareId } = record
    const caller = this.#callers.get(grant)
    const share = this.#shares.get(shareId)
    const path = maskTokens(bytes.toString('utf8', record.pathStart, record.pathEnd))
    return {
      ...{ at, kind: 'file', grant, shareId, line },
      ...{ subject: caller?.subject ?? '', address: caller?.address ?? '' },
      operation: operationName(record.operation),
      path: path === '' ? (share?.path ?? '') : `${share?.path ?? ''}/${path}`,
      result: statusName(record.status),
    }
  }

  #beginningText({ grant, shareId, uid, gid, operation }: RingRecord): string {
    const who = this.#callers.get(grant)?.text ?? `"grant":${grant}`
    const where = this.#shares.get(shareId)?.text ?? `"share":${shareId}`
    return `,"kind":"file",${who},"uid":${uid},"gid":${gid},"operation":"${operationName(operation)}",${where}`
  }

  #beginningOf(record: RingRecord): Buffer {
    const { grant, shareId, uid, gid, operation } = record
    const last = this.#beginnings[operation]
    if (last?.grant === grant && last.shareId === shareId && last.uid === uid && last.gid === gid)
      return last.bytes
    const bytes = Buffer.from(this.#beginningText(record))
    this.#beginnings[operation] = { grant, shareId, uid, gid, bytes }
    return bytes
  }

  #endOf(status: number): Buffer {
    let end = this.#ends.get(status)
    if (end === undefined) this.#ends.set(status, (end = Buffer.from(endText(status))))
    return end
  }

  /** Many lines share a millisecond. */
  #timeOf(at: number): Buffer {
    if (at !== this.#at) {
      this.#at = at
      this.#timeBytes = Buffer.from(timeText(at))
    }
    return this.#timeBytes
  }
}

/** What lines of the same operation, caller and share have in common. */
interface Beginning {
  readonly grant: number
  readonly shareId: number
  readonly uid: number
  readonly gid: number
  readonly bytes: Buffer
}

const nothing = Buffer.alloc(0)
const pathKey = Buffer.from(',"path":"')
const toKey = Buffer.from(',"to":"')
const quote = 0x22
const backslash = 0x5c
const underscore = 0x5f

/** Whether JSON takes these bytes as they are, and no secret can be among them. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte > 0x7e || byte === quote || byte === backslash) return false
    if (byte === underscore && at > start && endsPrefix(bytes[at - 1]!)) return false
  }
  return true
}

/** `h` and `t` of either case: what a secret has before its underscore. */
function endsPrefix(byte: number): boolean {
  const letter = byte | 0x20
  return letter === 0x68 || letter === 0x74
}

/** Paths are short: a loop is faster than `copy`. */
function copyShort(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  for (let index = start; index < end; index++) to[at + index - start] = from[index]!
  return end - start
}

function timeText(at: number): string {
  return `{"at":"${new Date(at).toISOString()}"`
}

function endText(status: number): string {
  return `,"result":"${statusName(status)}"}`
}

function operationName(operation: number): string {
  return operationNames.get(operation) ?? String(operation)
}

function statusName(status: number): string {
  return statusNames.get(status) ?? String(status)
}

/** An object's JSON without its braces. */
function inside(object: object): string {
  return JSON.stringify(object).slice(1, -1)
}

/** Printable ASCII that JSON takes as it is. */
const plain = /^[ !#-[\]-~]*$/

/** `,"path":"a/b"`. A path that is not UTF-8 is given twice: readable, and exact as base64. */
function pathText(key: string, bytes: Buffer, start: number, end: number): string {
  const latin1 = bytes.toString('latin1', start, end)
  // Without an underscore it cannot have a secret in it: most have none.
  if (plain.test(latin1)) return `,"${key}":"${latin1.includes('_') ? maskTokens(latin1) : latin1}"`
  // A copy: what follows does not take shared memory.
  const path = Buffer.from(latin1, 'latin1')
  const text = `,"${key}":${JSON.stringify(maskTokens(path.toString()))}`
  if (isUtf8(path)) return text
  return `${text},"${key}Base64":"${Buffer.from(maskTokens(latin1), 'latin1').toString('base64')}"`
}

import { isUtf8 } from 'node:buffer'
import { Nfsstat3 } from 'nfs-server-ts'
import { maskTokens } from '../config/secrets.ts'
import { FileOperation, type AuditLine, type ControlEvent } from './event.ts'
import type { RingRecord } from './ring.ts'

/** Longer texts of the control plane are cut: a line must stay readable, and its writer bounded. */
export const textSizeMax = 4096
export const detailSizeMax = 16_384

/** The line of something that the control plane did, with no secret in it. */
export function controlLine(event: ControlEvent, now: number): AuditLine {
  const { kind, grant, shareId, detail } = event
  const at = event.at ?? now
  const [subject, address, operation] = [
    textOf(event.subject),
    textOf(event.address),
    textOf(event.operation),
  ]
  const [path, result] = [textOf(event.path), textOf(event.result)]
  const line = JSON.stringify({
    at: new Date(at).toISOString(),
    ...{ kind, subject, address, grant, operation, share: shareId, path, result },
    detail: detailOf(detail),
  })
  return {
    ...{ at, kind, subject, address, operation, path, result, line },
    ...{ grant: grant ?? null, shareId: shareId ?? null },
  }
}

/** Says that events were lost: how many, and whose. */
export function droppedLine(source: string, events: number, at: number): AuditLine {
  const line = JSON.stringify({ at: new Date(at).toISOString(), kind: 'dropped', source, events })
  return {
    ...{ at, kind: 'dropped', subject: '', address: '', grant: null, shareId: null },
    ...{ operation: 'DROPPED', path: source, result: `${events} events`, line },
  }
}

function textOf(text: string): string {
  return maskTokens(text).slice(0, textSizeMax)
}

function detailOf(detail: ControlEvent['detail']): unknown {
  if (detail === undefined) return undefined
  const text = maskTokens(JSON.stringify(detail))
  return text.length <= detailSizeMax ? JSON.parse(text) : { cut: text.slice(0, textSizeMax) }
}

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
  #at = -1
  #time = ''

  describeGrant(grant: number, { subject, address }: Caller): void {
    const caller = { subject: textOf(subject), address: textOf(address) }
    this.#callers.set(grant, { ...caller, text: `${inside(caller)},"grant":${grant}` })
  }

  forgetGrant(grant: number): void {
    this.#callers.delete(grant)
  }

  describeShare(id: number, logicalPath: string): void {
    const path = textOf(logicalPath)
    this.#shares.set(id, { path, text: `"share":${id},${inside({ sharePath: path })}` })
  }

  forgetShare(id: number): void {
    this.#shares.delete(id)
  }

  /** The JSON of a record, without a newline. */
  text(record: RingRecord, bytes: Buffer): string {
    const { grant, shareId, pathStart, pathEnd, toEnd } = record
    const who = this.#callers.get(grant)?.text ?? `"grant":${grant}`
    const where = this.#shares.get(shareId)?.text ?? `"share":${shareId}`
    const path = pathText('path', bytes, pathStart, pathEnd)
    const to = toEnd > pathEnd ? pathText('to', bytes, pathEnd, toEnd) : ''
    const cut = record.isCut ? ',"cut":true' : ''
    return (
      `{"at":"${this.#timeText(record.at)}","kind":"file",${who},"uid":${record.uid},"gid":${record.gid}` +
      `,"operation":"${operationName(record.operation)}",${where}${path}${to}${cut}` +
      `,"result":"${statusName(record.status)}"}`
    )
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

  /** Many lines share a millisecond. */
  #timeText(at: number): string {
    if (at !== this.#at) {
      this.#at = at
      this.#time = new Date(at).toISOString()
    }
    return this.#time
  }
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

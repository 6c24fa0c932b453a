import { maskTokens } from '../config/secrets.ts'
import type { AuditLine, ControlEvent } from './event.ts'

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

/** A text without secrets, cut to {@link textSizeMax}. */
export function textOf(text: string): string {
  return maskTokens(text).slice(0, textSizeMax)
}

function detailOf(detail: ControlEvent['detail']): unknown {
  if (detail === undefined) return undefined
  const text = maskTokens(JSON.stringify(detail))
  return text.length <= detailSizeMax ? JSON.parse(text) : { cut: text.slice(0, textSizeMax) }
}

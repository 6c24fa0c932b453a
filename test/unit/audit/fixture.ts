import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { FileOperation, type ControlEvent, type FileEvent } from '../../../src/audit/event.ts'
import { controlLine } from '../../../src/audit/line.ts'
import { AuditWriter, type Trouble, type WriterReport } from '../../../src/audit/writer.ts'

/** 2026-01-31T23:59:59.999Z */
export const noon = Date.UTC(2026, 0, 31, 23, 59, 59, 999)

const bytes = (text: string) => Buffer.from(text)

export function fileEvent(change: Partial<FileEvent> = {}): FileEvent {
  return {
    ...{ at: noon, operation: FileOperation.CREATE, status: 0, grant: 7, shareId: 12, uid: 1000, gid: 100 },
    ...{ directory: bytes('a'), name: bytes('b') },
    ...change,
  }
}

export const mountEvent: ControlEvent = {
  ...{ at: noon, kind: 'mount', subject: 'app:payroll', address: '10.0.0.3', grant: 7, shareId: 12 },
  ...{ operation: 'MOUNT', path: '/finance', result: 'OK' },
}

/** A directory for each test. */
export function useDirectory(): { readonly path: string } {
  const directory = { path: '' }
  beforeEach(() => {
    directory.path = mkdtempSync(join(tmpdir(), 'berth-audit-'))
  })
  afterEach(() => rmSync(directory.path, { recursive: true }))
  return directory
}

export interface OpenWriter {
  readonly writer: AuditWriter
  readonly reports: WriterReport[]
  readonly troubles: Trouble[]
  /** Writes lines of the control plane, one seal for all. */
  write(...paths: string[]): void
}

export async function openWriter(
  directory: string,
  limits = { fileSizeMax: 1024 * 1024, filesMax: 100 },
): Promise<OpenWriter> {
  const reports: WriterReport[] = []
  const troubles: Trouble[] = []
  const writer = await AuditWriter.open({
    ...{ directory, limits, now: () => noon },
    onReport: (report) => reports.push(report),
    onTrouble: (trouble) => troubles.push(trouble),
  })
  const write = (...paths: string[]) => {
    for (const path of paths) writer.add(controlLine({ ...mountEvent, path }, noon))
    writer.round()
  }
  return { writer, reports, troubles, write }
}

/** The audit's files, the oldest first. */
export function filesIn(directory: string): string[] {
  const number = (name: string) => Number(/-(\d+)\.jsonl$/.exec(name)![1])
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort((a, b) => number(a) - number(b))
}

/** Every line of all files, seals too. */
export function linesIn(directory: string): Record<string, unknown>[] {
  return filesIn(directory).flatMap((name) =>
    readFileSync(join(directory, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

/** Lines that tell of events. */
export function eventsIn(directory: string): Record<string, unknown>[] {
  return linesIn(directory).filter((line) => 'at' in line)
}

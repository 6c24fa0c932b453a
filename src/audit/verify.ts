import { readdir } from 'node:fs/promises'
import { anchorFileName, readAnchor, type Anchor, type Place } from './anchor.ts'
import {
  isSameHead,
  isUnborn,
  readChainFile,
  type Expected,
  type FileReading,
  type Previous,
  type Problem,
} from './chain-reader.ts'
import { auditFiles, type AuditFile, type Head } from './chain.ts'

export type { Problem } from './chain-reader.ts'

export interface Verification {
  /** Nothing is wrong. */
  readonly ok: boolean
  readonly files: number
  /** Lines and seals that are there. */
  readonly lines: number
  readonly seals: number
  /** Lines after the last seal: a gateway that did not end properly left them, and seals them when it starts. */
  readonly unsealed: number
  /** The newest seal: noted elsewhere, it shows later that nobody has written the whole audit anew. */
  readonly head: Head | undefined
  readonly problems: readonly Problem[]
}

/**
 * Checks the whole audit in a directory, of a running gateway too. What no key protects, who may write all of the
 * directory can forge: a head noted elsewhere shows that as well.
 */
export async function verifyAudit(
  directory: string,
  options: { readonly head?: Head } = {},
): Promise<Verification> {
  // The gateway may begin a file and remove one meanwhile: what the anchor speaks of is in one of the two listings.
  const before = await readdir(directory)
  const found = readAnchor(directory)
  const names = new Set([...before, ...(await readdir(directory))])
  const anchor = isAnchor(found) ? found : undefined
  const files = keptFiles(auditFiles([...names]), anchor)
  const wanted = [...(anchor ? [anchor.head] : []), ...(options.head ? [options.head] : [])]
  const problems = directoryProblems(files, found)
  const seen = new Set<Head>()
  const totals = { files: 0, lines: 0, seals: 0, unsealed: 0 }
  let newest: Head | undefined
  let previous: Previous | undefined = anchor && { file: undefined, head: anchor.first }
  for (const [index, { name, number }] of files.entries()) {
    const reading = await readIfThere(directory, name, { previous, heads: wanted })
    if (reading === undefined) {
      const first = firstAfter(directory, number)
      if (first === undefined) problems.push(wholeFile(name, 'missing'))
      else previous = { file: undefined, head: first }
      continue
    }
    const isLast = index === files.length - 1
    if (isLast && isUnborn(reading) && anchor?.head.file !== name) continue
    problems.push(...beginProblems(name, reading), ...reading.problems)
    if (!isLast) problems.push(...endProblems(name, reading))
    for (const head of reading.found) if (head !== anchor?.head || anchor.head.file === name) seen.add(head)
    totals.files++
    totals.lines += reading.lines
    totals.seals += reading.seals
    totals.unsealed = reading.unsealed.lines + (reading.torn.length > 0 ? 1 : 0)
    previous = { file: name, head: reading.head }
    newest = reading.head
  }
  problems.push(...headProblems(wanted, seen, anchor))
  return { ok: problems.length === 0, ...totals, head: newest, problems }
}

function isAnchor(anchor: Anchor | 'damaged' | undefined): anchor is Anchor {
  return typeof anchor === 'object'
}

async function readIfThere(directory: string, file: string, expected: Expected) {
  try {
    return await readChainFile(directory, file, expected)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Where the audit begins now, if a file that is missing was removed for its age. */
function firstAfter(directory: string, number: number): Place | undefined {
  const anchor = readAnchor(directory)
  if (!isAnchor(anchor)) return undefined
  const [first] = auditFiles([anchor.first.file])
  return first !== undefined && first.number > number ? anchor.first : undefined
}

/** Without those that were on their way out when the gateway was stopped. */
function keptFiles(files: readonly AuditFile[], anchor: Anchor | undefined): AuditFile[] {
  const [first] = auditFiles(anchor ? [anchor.first.file] : [])
  return files.filter(({ number }) => first === undefined || number >= first.number)
}

function wholeFile(file: string, what: string): Problem {
  return { file, firstLine: 0, lastLine: 0, what }
}

/** What was found when the file was begun, and may not be seen any more: a new anchor was written then. */
function beginProblems(file: string, { header }: FileReading): Problem[] {
  if (header?.problem === undefined) return []
  return [{ file, firstLine: 1, lastLine: 1, what: `begun since the audit was altered: ${header.problem}` }]
}

/** Only the newest file may end with lines that are not sealed. */
function endProblems(file: string, { lines, seals, unsealed, torn }: FileReading): Problem[] {
  if (unsealed.lines === 0 && torn.length === 0) return []
  const lastLine = lines + seals + (torn.length > 0 ? 1 : 0)
  return [{ file, firstLine: lines + seals - unsealed.lines + 1, lastLine, what: 'lines without a seal' }]
}

function directoryProblems(files: readonly AuditFile[], found: Anchor | 'damaged' | undefined): Problem[] {
  const problems: Problem[] = []
  if (found === undefined && files.length > 0) problems.push(wholeFile(anchorFileName, 'missing'))
  if (found === 'damaged') problems.push(wholeFile(anchorFileName, 'altered'))
  if (isAnchor(found) && found.first.file !== files[0]?.name)
    problems.push(wholeFile(found.first.file, 'missing: it was the first file'))
  for (const [index, { name, number }] of files.entries()) {
    const before = files[index - 1]
    if (before !== undefined && number !== before.number + 1)
      problems.push(
        wholeFile(name, `does not come next after ${before.name}: files are missing or were added`),
      )
  }
  return problems
}

function headProblems(
  wanted: readonly Head[],
  seen: ReadonlySet<Head>,
  anchor: Anchor | undefined,
): Problem[] {
  return wanted
    .filter((head) => !seen.has(head) && !(anchor && isOut(head, anchor)))
    .map(({ sequence, sha256 }) =>
      wholeFile(
        anchor?.head.file ?? anchorFileName,
        `the seal of line ${sequence}, ${sha256.slice(0, 12)}…, is not there: the end was cut off`,
      ),
    )
}

/**
 * Whether a seal was in files that were removed for their age: it is the one that the oldest file goes on from, or, noted
 * elsewhere, one before that. Then it cannot be looked for.
 */
function isOut(head: Head, { first, head: newest }: Anchor): boolean {
  return isSameHead(head, first) || (head !== newest && head.sequence < first.sequence)
}

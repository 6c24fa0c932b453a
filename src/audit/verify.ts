import { readdir } from 'node:fs/promises'
import { readAnchor, anchorFileName, type Anchor } from './anchor.ts'
import { isSameHead, readChainFile, type FileReading, type Previous, type Problem } from './chain-reader.ts'
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

/** How often a gateway that removes old files meanwhile may make us begin again. */
const beginningsMax = 3

/**
 * Checks the whole audit in a directory, of a running gateway too. What no key protects, who may write all of the
 * directory can forge: a head noted elsewhere shows that as well.
 */
export async function verifyAudit(
  directory: string,
  options: { readonly head?: Head } = {},
): Promise<Verification> {
  for (let beginning = 1; ; beginning++) {
    const anchor = readAnchor(directory)
    const verification = await verifyOnce(directory, anchor, options.head)
    if (verification.ok || beginning === beginningsMax) return verification
    const now = readAnchor(directory)
    if (!isAnchor(anchor) || !isAnchor(now) || anchor.first.file === now.first.file) return verification
  }
}

function isAnchor(anchor: Anchor | 'damaged' | undefined): anchor is Anchor {
  return typeof anchor === 'object'
}

async function verifyOnce(
  directory: string,
  found: Anchor | 'damaged' | undefined,
  noted: Head | undefined,
): Promise<Verification> {
  const anchor = isAnchor(found) ? found : undefined
  const names = await readdir(directory)
  const files = keptFiles(auditFiles(names), anchor)
  const wanted = [...(anchor ? [anchor.head] : []), ...(noted ? [noted] : [])]
  const problems: Problem[] = []
  const seen = new Set<Head>()
  const totals = { lines: 0, seals: 0, unsealed: 0 }
  let newest: Head | undefined
  let previous: Previous | undefined = anchor && { file: undefined, head: anchor.first }
  for (const [index, { name }] of files.entries()) {
    const reading = await readChainFile(directory, name, { previous, heads: wanted })
    const isLast = index === files.length - 1
    problems.push(...beginProblems(name, reading), ...reading.problems)
    if (!isLast) problems.push(...endProblems(name, reading))
    for (const head of reading.found) if (head !== anchor?.head || anchor.head.file === name) seen.add(head)
    totals.lines += reading.lines
    totals.seals += reading.seals
    totals.unsealed = reading.unsealed.lines + (reading.torn.length > 0 ? 1 : 0)
    previous = { file: name, head: reading.head }
    newest = reading.head
  }
  problems.push(...directoryProblems(files, found), ...headProblems(wanted, seen, anchor))
  return { ok: problems.length === 0, files: files.length, ...totals, head: newest, problems }
}

/** Without those that were on their way out when the gateway was stopped. */
function keptFiles(files: readonly AuditFile[], anchor: Anchor | undefined): AuditFile[] {
  const first = auditFiles(anchor ? [anchor.first.file] : [])[0]
  return files.filter(({ number }) => first === undefined || number >= first.number)
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
  const about = (file: string, what: string): Problem => ({ file, firstLine: 0, lastLine: 0, what })
  const problems: Problem[] = []
  if (found === undefined && files.length > 0) problems.push(about(anchorFileName, 'missing'))
  if (found === 'damaged') problems.push(about(anchorFileName, 'altered'))
  if (isAnchor(found) && found.first.file !== files[0]?.name)
    problems.push(about(found.first.file, 'missing: it was the first file'))
  for (const [index, { name, number }] of files.entries()) {
    const before = files[index - 1]
    if (before !== undefined && number !== before.number + 1)
      problems.push(about(name, `does not come next after ${before.name}: files are missing or were added`))
  }
  return problems
}

function headProblems(
  wanted: readonly Head[],
  seen: ReadonlySet<Head>,
  anchor: Anchor | undefined,
): Problem[] {
  return wanted
    .filter((head) => !seen.has(head) && !(anchor && isBefore(head, anchor.first)))
    .map((head) => ({
      file: anchor?.head.file ?? anchorFileName,
      ...{ firstLine: 0, lastLine: 0 },
      what: `the seal of line ${head.sequence}, ${head.sha256.slice(0, 12)}…, is not there: the end was cut off`,
    }))
}

/** Whether a seal is the one that the oldest file goes on from, or older: then it cannot be looked for. */
function isBefore(head: Head, first: Head): boolean {
  return head.sequence < first.sequence || isSameHead(head, first)
}

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { anchorFileName, readAnchor, type Anchor } from './anchor.ts'
import { isSameHead, isUnborn, readChainFile, type FileReading, type Problem } from './chain-reader.ts'
import { auditFiles, genesis, type AuditFile, type Head } from './chain.ts'

/** How the audit ended when it was last written. */
export interface ChainEnd {
  readonly anchor: Anchor | undefined
  readonly files: readonly AuditFile[]
  /** The file to go on with; undefined: a new one is needed. */
  readonly open: { readonly file: AuditFile; readonly reading: FileReading } | undefined
  /** The newest seal that is known of. */
  readonly head: Head
  /** Number of the next file. */
  readonly nextNumber: number
  /** What is not as it was written. A new file then begins, and the old ones stay as they are. */
  readonly problems: readonly Problem[]
}

/** Finds the end of the audit in a directory. Only the newest file is read; `berth audit verify` reads all. */
export async function findChainEnd(directory: string): Promise<ChainEnd> {
  const found = readAnchor(directory)
  const anchor = found === 'damaged' ? undefined : found
  const files = auditFiles(readdirSync(directory))
  const file = files.at(-1)
  const reading =
    file && (await readChainFile(directory, file.name, { heads: anchor === undefined ? [] : [anchor.head] }))
  if (file && reading && isUnborn(reading) && anchor?.head.file !== file.name) {
    rmSync(join(directory, file.name))
    return findChainEnd(directory)
  }
  const problems = [...(reading?.problems ?? []), ...endProblems(found, file, reading)]
  const heads = [anchor?.head ?? genesis, reading?.header === undefined ? genesis : reading.head]
  const { sequence, sha256 } = heads.reduce((a, b) => (b.sequence > a.sequence ? b : a))
  const numbers = [file, ...auditFiles(anchor ? [anchor.head.file] : [])].map((each) => each?.number ?? 0)
  return {
    ...{ anchor, files, problems },
    open: file && reading && problems.length === 0 ? { file, reading } : undefined,
    head: { sequence, sha256 },
    nextNumber: Math.max(...numbers) + 1,
  }
}

function endProblems(
  anchor: Anchor | 'damaged' | undefined,
  file: AuditFile | undefined,
  reading: FileReading | undefined,
): Problem[] {
  const about = (name: string, what: string): Problem[] => [{ file: name, firstLine: 0, lastLine: 0, what }]
  if (anchor === 'damaged') return about(anchorFileName, 'altered')
  if (anchor === undefined) {
    // The first file is made before the first anchor.
    const isFirst = file === undefined || (file.number === 1 && reading!.lines === 1)
    return isFirst ? [] : about(anchorFileName, 'missing')
  }
  const { head } = anchor
  if (file === undefined || reading === undefined) return about(head.file, 'missing')
  const isThere =
    file.name === head.file
      ? reading.found.has(head)
      : // Made, but not yet noted in the anchor.
        reading.header?.previous === head.file && isSameHead(reading.header, head)
  return isThere
    ? []
    : about(file.name, `the seal of line ${head.sequence} is not there: the end was cut off`)
}

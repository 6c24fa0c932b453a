import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isThere, missingDirectories, namesIn } from './files.ts'
import {
  livingRecord,
  livingRecords,
  purgedRecord,
  purgedRecords,
  recordsOutsideStores,
  tombstoneData,
  tombstoneRecord,
  tombstones,
} from './layout.ts'
import { formatPath, parsePath } from './names.ts'
import { parseRecord, recordSizeMax, type ShareFile } from './records.ts'
import { checkDescription, checkIdentity, checkLabels, checkOwner } from '../service/checks.ts'

/** Something that could not be read or put back as it was. */
export interface RebuildProblem {
  /** Absolute path. */
  readonly file: string
  readonly what: string
}

/** A record of a share, read and checked. */
export interface FoundRecord {
  /** Absolute path of its file. */
  readonly file: string
  /** Null: from the data directory. */
  readonly store: string | null
  readonly record: ShareFile
}

/** All records of a store. What is wrong with one does not keep the others from being read. */
export async function recordsOfStore(
  store: string,
  base: string,
  problems: RebuildProblem[],
): Promise<FoundRecord[]> {
  const found: FoundRecord[] = []
  const dead = [
    ...(await idsIn(join(base, purgedRecords))).map((id) => [id, purgedRecord(id)] as const),
    ...(await idsIn(join(base, tombstones))).map((id) => [id, tombstoneRecord(id)] as const),
  ]
  const seen = new Set<number>()
  for (const [id, place] of dead) {
    const file = join(base, place)
    // Between the move of the data and the writing of the record: the one before it is still there.
    const isMoving = !(await isThere(file)) && (await isThere(join(base, livingRecord(id))))
    const record = await read(isMoving ? join(base, livingRecord(id)) : file, id, problems)
    if (record === undefined || seen.has(id)) continue
    seen.add(id)
    const deletedAt = record.deletedAt ?? record.changedAt
    found.push({ file, store, record: { ...record, directory: tombstoneData(id), deletedAt } })
  }
  for (const id of await idsIn(join(base, livingRecords))) {
    const file = join(base, livingRecord(id))
    const record = seen.has(id) ? undefined : await read(file, id, problems)
    if (record === undefined) continue
    found.push({ file, store, record })
    const problem = await faultOfDirectory(base, record.directory)
    if (problem !== undefined) problems.push({ file, what: problem })
  }
  return found
}

/** The records of the shares outside all stores. */
export async function recordsOutside(
  dataDirectory: string,
  problems: RebuildProblem[],
): Promise<FoundRecord[]> {
  const directory = join(dataDirectory, recordsOutsideStores)
  const found: FoundRecord[] = []
  for (const id of await idsIn(directory)) {
    const file = join(directory, `${id}.json`)
    const record = await read(file, id, problems)
    if (record !== undefined) found.push({ file, store: null, record })
  }
  return found
}

async function idsIn(directory: string): Promise<number[]> {
  return (await namesIn(directory))
    .map((name) => Number(/^([1-9]\d{0,9})(\.json)?$/.exec(name)?.[1]))
    .filter((id) => !Number.isNaN(id))
    .sort((a, b) => a - b)
}

async function read(file: string, id: number, problems: RebuildProblem[]): Promise<ShareFile | undefined> {
  try {
    const { size } = await stat(file)
    if (size > recordSizeMax) throw new Error(`it is over ${recordSizeMax} bytes`)
    const record = parseRecord(await readFile(file, 'utf8'))
    if (record.share !== id) throw new Error(`it is that of share ${record.share}`)
    checkContent(record)
    return record
  } catch (error) {
    problems.push({ file, what: (error as Error).message })
    return undefined
  }
}

/** Somebody may have written into it: what it says is to hold for a share made today. */
function checkContent({
  share,
  path,
  directory,
  origin,
  labels,
  identity,
  description,
  owner,
}: ShareFile): void {
  if (origin === 'api') {
    if (formatPath(parsePath(path)) !== path) throw new Error(`path ${path} is not in its one spelling`)
    const isInPlace =
      directory === tombstoneData(share) || formatPath(parsePath(`/${directory}`)) === `/${directory}`
    if (!isInPlace) throw new Error(`directory ${directory} is not in its one spelling`)
  }
  checkLabels(labels)
  checkIdentity(identity)
  checkDescription(description)
  checkOwner(owner)
}

async function faultOfDirectory(base: string, directory: string): Promise<string | undefined> {
  try {
    const missing = await missingDirectories(base, directory)
    return missing.length === 0 ? undefined : `its directory ${join(base, directory)} is missing`
  } catch (error) {
    return (error as Error).message
  }
}

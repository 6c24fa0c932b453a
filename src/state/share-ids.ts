import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { StartError } from '../config/error.ts'
import { ifThere, writeDurably } from './durable-file.ts'

const id = Type.Integer({ minimum: 1, maximum: 0xffffffff })
const registerSchema = Type.Object({
  version: Type.Literal(1),
  /** Above every number ever given, so that none is given twice. */
  next: id,
  ids: Type.Record(Type.String(), id),
})

/**
 * The number of each share path: the same at every start, never given to another path. File handles carry it.
 * Numbers for new paths are on the disk before this returns.
 * @throws {StartError} if the file is damaged.
 */
export function assignShareIds(file: string, paths: readonly string[]): ReadonlyMap<string, number> {
  const { next: firstFree, ids } = readRegister(file)
  const known = new Map(Object.entries(ids))
  const added = paths.filter((path) => !known.has(path))
  added.forEach((path, index) => known.set(path, firstFree + index))
  if (added.length > 0) {
    const register = { version: 1, next: firstFree + added.length, ids: Object.fromEntries(known) }
    writeDurably(file, `${JSON.stringify(register, undefined, 2)}\n`)
  }
  return known
}

function readRegister(file: string) {
  const text = ifThere(() => readFileSync(file, 'utf8'))
  if (text === undefined) return { next: 1, ids: {} }
  let register: unknown
  try {
    register = JSON.parse(text)
  } catch (error) {
    throw damaged(file, error)
  }
  if (!Check(registerSchema, register)) throw damaged(file)
  const given = Object.values(register.ids)
  if (new Set(given).size < given.length || given.some((number) => number >= register.next))
    throw damaged(file)
  return register
}

function damaged(file: string, cause?: unknown): StartError {
  return new StartError(`share numbers ${file} are damaged: restore the file from a backup`, { cause })
}

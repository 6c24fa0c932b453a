import { readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { StartError } from '../config/error.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { insertShare, shareById } from '../catalog/shares.ts'
import { ifThere } from '../state/durable-file.ts'
import { syncDirectories } from './files.ts'
import { newShare } from './new-share.ts'
import { contentDefaults } from './share-content.ts'

const id = Type.Integer({ minimum: 1, maximum: 0xffffffff })
const registerSchema = Type.Object({
  version: Type.Literal(1),
  next: id,
  ids: Type.Record(Type.String(), id),
})

/** What becomes of the file once its numbers are in the catalog. */
const migratedSuffix = '.migrated'

/**
 * Takes over the numbers of shares from the file in which Berth 0.1 kept them, if there is one: handles that clients
 * hold have them. Each becomes a share that is not declared, until the config file declares its path.
 * @throws {StartError} if the file is damaged, or contradicts the catalog.
 */
export async function takeOverShareNumbers(catalog: Catalog, file: string, at: number): Promise<void> {
  const ids = readNumbers(file)
  if (ids === undefined) return
  await catalog.transaction(async (db) => {
    for (const [path, number] of Object.entries(ids)) {
      const known = await shareById(db, number)
      // From a start that ended before the file had its new name.
      if (known?.path === path && known.origin === 'config') continue
      if (known !== undefined)
        throw new StartError(
          `${file} gives number ${number} to ${path}, the catalog to ${known.path}: move the file away if it is older`,
        )
      const given = { id: number, origin: 'config', store: null, directory: '', linkId: null, path } as const
      await insertShare(db, { ...newShare({ ...given, ...contentDefaults }, at), deletedAt: at })
    }
  })
  renameSync(file, `${file}${migratedSuffix}`)
  await syncDirectories([dirname(file)])
}

function readNumbers(file: string): Record<string, number> | undefined {
  const text = ifThere(() => readFileSync(file, 'utf8'))
  if (text === undefined) return undefined
  let register: unknown
  try {
    register = JSON.parse(text)
  } catch (error) {
    throw damaged(file, error)
  }
  if (!Check(registerSchema, register)) throw damaged(file)
  const numbers = Object.values(register.ids)
  if (new Set(numbers).size < numbers.length || numbers.some((number) => number >= register.next))
    throw damaged(file)
  return register.ids
}

function damaged(file: string, cause?: unknown): StartError {
  return new StartError(`share numbers ${file} are damaged: restore the file from a backup`, { cause })
}

import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ifThere } from '../state/durable-file.ts'
import { livingRecords, privateDirectory, purgedRecords, storeFile, tombstones } from './layout.ts'
import { makePrivate, temporaryOf, writeAllDurably } from './files.ts'

const storeFileSchema = Type.Object({
  format: Type.Literal(1),
  store: Type.String(),
  /** The gateway that it belongs to. */
  gateway: Type.String(),
  classes: Type.Array(Type.String()),
  /** Absent: `auto`. */
  driver: Type.Optional(
    Type.Union([
      Type.Literal('auto'),
      Type.Literal('btrfs'),
      Type.Literal('reflink'),
      Type.Literal('cephfs'),
      Type.Literal('copy'),
    ]),
  ),
  /** Absent: by its filesystem. */
  remote: Type.Optional(Type.Boolean()),
  createdAt: Type.Integer({ minimum: 0 }),
})

/** Directories that a store has from the beginning. */
const firstDirectories = [livingRecords, tombstones, purgedRecords]

/** What a store's directory says of itself: so that it is not made a store twice, nor by two gateways unnoticed. */
export type StoreFile = Static<typeof storeFileSchema>

/** Undefined for a directory that is no store. @throws {Error} if the file cannot be read or understood. */
export function readStoreFile(directory: string): StoreFile | undefined {
  const path = join(directory, storeFile)
  const text = ifThere(() => readFileSync(path, 'utf8'))
  if (text === undefined) return undefined
  const file: unknown = JSON.parse(text)
  if (!Check(storeFileSchema, file)) throw new Error(`${path} is none that this program knows`)
  return file
}

/** Makes the private directories too. */
export async function writeStoreFile(directory: string, file: StoreFile): Promise<void> {
  for (const path of [privateDirectory, ...firstDirectories]) await makePrivate(join(directory, path))
  const content = `${JSON.stringify(file, undefined, 2)}\n`
  await writeAllDurably([{ path: join(directory, storeFile), content }])
}

/** Whether a private directory holds nothing but what {@link writeStoreFile} has left that was killed on its way. */
export async function isHalfMade(directory: string): Promise<boolean> {
  for (const entry of await readdir(join(directory, privateDirectory), { withFileTypes: true })) {
    if (entry.isFile() && entry.name === basename(temporaryOf(storeFile))) continue
    const known = firstDirectories.find((path) => basename(path) === entry.name)
    if (known === undefined || !entry.isDirectory()) return false
    if ((await readdir(join(directory, known))).length > 0) return false
  }
  return true
}

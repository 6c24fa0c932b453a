import { isAbsolute, normalize } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import type { StoreRecord } from '../catalog/stores.ts'
import { livingRecords, purgedRecords, tombstones } from '../namespace/layout.ts'
import { shown } from '../service/shown.ts'

/** A directory in which a share may lie or have lain. */
export interface Place {
  /** Null: outside all stores, and the directory is absolute. */
  readonly store: string | null
  readonly directory: string
  /** Whose tombstone or record it is. */
  readonly shareId?: number
}

/** Linux' own limit of a path. */
const pathSizeMax = 4096

/** A directory of a store and those above it, up to the store's own. @throws {ServiceError} `invalid` */
export function placesInStore(store: string, directory: string): Place[] {
  const clean = checkedPath(`/${directory}`)
  return clean === '/' ? [] : withParents(clean).map((path) => placeIn(store, path.slice(1)))
}

/** An absolute path on this machine and those above it, as they are in stores and outside. @throws {ServiceError} `invalid` */
export function placesOnHost(hostPath: string, stores: readonly StoreRecord[]): Place[] {
  if (!isAbsolute(hostPath)) throw new ServiceError('invalid', `path ${shown(hostPath)} is not absolute`)
  return withParents(checkedPath(hostPath)).flatMap((path) => [
    ...stores
      .filter(({ directory }) => path.startsWith(`${directory}/`))
      .map(({ name, directory }) => placeIn(name, path.slice(directory.length + 1))),
    { store: null, directory: path },
  ])
}

function placeIn(store: string, directory: string): Place {
  for (const kept of [livingRecords, tombstones, purgedRecords]) {
    const [, number] = directory.startsWith(`${kept}/`)
      ? (/^(\d{1,10})(?:\.json)?$/.exec(directory.slice(kept.length + 1)) ?? [])
      : []
    if (number !== undefined) return { store, directory, shareId: Number(number) }
  }
  return { store, directory }
}

/** Absolute, without `.`, `..` and a slash at its end. */
function checkedPath(path: string): string {
  if (Buffer.byteLength(path) > pathSizeMax || path.includes('\0'))
    throw new ServiceError('invalid', `path ${shown(path)} is none`)
  return normalize(path).replace(/(.)\/$/, '$1')
}

/** A path and all above it but the root, the longest first. */
function withParents(path: string): string[] {
  const paths: string[] = []
  for (let rest = path; rest !== '' && rest !== '/'; rest = rest.slice(0, rest.lastIndexOf('/')))
    paths.push(rest)
  return paths
}

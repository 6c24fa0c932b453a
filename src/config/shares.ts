import { realpathSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { loopbackNetworks, shareDefaults, type ShareConfig } from './config.ts'
import { ConfigError } from './error.ts'
import { depthMax, isReservedName } from './path-limits.ts'
import type { ShareSettings } from './schema.ts'
import { normaliseSharePath } from './share-path.ts'
import type { CheckedSource } from './source.ts'

/** The share of `serve --demo`, in a directory that is made when the server starts. */
export function demoShare(data: string): ShareConfig {
  return { ...shareDefaults, path: '/demo', directory: join(data, 'demo'), clients: loopbackNetworks }
}

/**
 * The shares of a config file with defaults filled in and paths in their one spelling.
 * @throws {ConfigError} if one lacks a path or a directory that exists, has a path that is reserved or too
 * deep, or that of another share, or one below it.
 */
export function finishShares(file: CheckedSource, fileDirectory: string, data: string): ShareConfig[] {
  const settings = file.values.shares ?? []
  const indexByPath = new Map<string, number>()
  const shares = settings.map((share, index) => {
    const finished = finishShare(share, index, file, fileDirectory, data)
    const twin = indexByPath.get(finished.path)
    if (twin !== undefined) {
      throw new ConfigError(
        `${file.origin(['shares', index, 'path'])} ${finished.path} is that of shares[${twin}] too`,
      )
    }
    indexByPath.set(finished.path, index)
    return finished
  })
  shares.forEach(({ path }, index) => {
    const outer = shareAbove(path, indexByPath)
    if (outer !== undefined) {
      throw new ConfigError(
        `${file.origin(['shares', index, 'path'])} ${path} lies below ${outer}, which is a share itself`,
      )
    }
  })
  return shares
}

/** The path of a share that `path` lies below. A share is the end of its logical path: what is below it are its files. */
function shareAbove(path: string, indexByPath: ReadonlyMap<string, number>): string | undefined {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const outer = path.slice(0, end)
    if (indexByPath.has(outer)) return outer
  }
  return undefined
}

function finishShare(
  share: ShareSettings,
  index: number,
  file: CheckedSource,
  fileDirectory: string,
  data: string,
): ShareConfig {
  const path = share.path && normaliseSharePath(share.path)
  if (path === undefined) throw new ConfigError(`${file.origin(['shares', index, 'path'])} is missing`)
  const [, first = '', ...others] = path.split('/')
  if (isReservedName(first))
    throw new ConfigError(
      `${file.origin(['shares', index, 'path'])} ${path} begins with @ or a dot, which are reserved`,
    )
  if (1 + others.length > depthMax)
    throw new ConfigError(`${file.origin(['shares', index, 'path'])} ${path} is over ${depthMax} names deep`)
  if (share.directory === undefined) {
    throw new ConfigError(`${file.origin(['shares', index, 'directory'])} is missing`)
  }
  const directory = resolve(fileDirectory, share.directory)
  const origin = file.origin(['shares', index, 'directory'])
  requireDirectory(directory, origin)
  // The key that signs file handles lies in the data directory: no share may reach it.
  if (holds(directory, data)) {
    throw new ConfigError(`${origin} ${directory} holds the data directory ${data}`)
  }
  return { ...shareDefaults, ...share, path, directory }
}

function requireDirectory(directory: string, origin: string): void {
  let isDirectory: boolean
  try {
    isDirectory = statSync(directory).isDirectory()
  } catch (error) {
    throw new ConfigError(`${origin} cannot be used: ${(error as Error).message}`, { cause: error })
  }
  if (!isDirectory) throw new ConfigError(`${origin} ${directory} is not a directory`)
}

function holds(directory: string, inner: string): boolean {
  if (statSync(inner, { throwIfNoEntry: false }) === undefined) return false
  const outer = realpathSync(directory)
  return outer === sep || `${realpathSync(inner)}${sep}`.startsWith(`${outer}${sep}`)
}

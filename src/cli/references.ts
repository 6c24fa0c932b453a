import { dataOf, type BerthClient, type Schemas } from '../client/index.ts'
import { CommandError, usageError } from './command-error.ts'
import { ExitCode } from './exit-code.ts'
import { allPages } from './pages.ts'

// How commands name things: shares and folders by their path or number, tokens by their name or id.

export const shareArgument = 'path or number of the share'

/** @throws {CommandError} or {BerthApiError} if there is none. */
export async function shareCalled(api: BerthClient, reference: string): Promise<Schemas['Share']> {
  const id = numberIn(reference)
  if (id !== undefined) return dataOf(api.GET('/v1/shares/{id}', { params: { path: { id } } }))
  const query = { path: checkPath(reference) }
  const { items } = await dataOf(api.GET('/v1/shares', { params: { query } }))
  return items[0] ?? notThere(`there is no share ${reference}, or you may not see it`)
}

/** A deleted share, by its number or its last path. @throws {CommandError} */
export async function tombstoneCalled(api: BerthClient, reference: string): Promise<Schemas['Share']> {
  const id = numberIn(reference)
  if (id !== undefined) return dataOf(api.GET('/v1/shares/{id}', { params: { path: { id } } }))
  const path = checkPath(reference)
  const items = await allPages((page) =>
    dataOf(api.GET('/v1/tombstones', { params: { query: { path, ...page } } })),
  )
  if (items.length < 2) return items[0] ?? notThere(`no deleted share was called ${reference}`)
  const numbers = items.map((share) => share.id).join(', ')
  throw usageError(`several deleted shares were called ${reference}: name one by its number (${numbers})`)
}

/** A folder or link, by its number or path. @throws {CommandError} */
export async function nodeCalled(
  api: BerthClient,
  kind: 'folder' | 'link',
  reference: string,
): Promise<Schemas['Node']> {
  const id = numberIn(reference)
  if (id !== undefined) {
    const params = { path: { id } }
    return kind === 'folder'
      ? dataOf(api.GET('/v1/folders/{id}', { params }))
      : dataOf(api.GET('/v1/links/{id}', { params }))
  }
  const query = { path: checkPath(reference) }
  const { node, below } = await dataOf(api.GET('/v1/namespace', { params: { query } }))
  if (below.length > 0) return notThere(`${reference} lies within ${node.path}: it is no ${kind}`)
  return node.kind === kind ? node : notThere(`${reference} is a ${node.kind}, no ${kind}`)
}

/** A token of a workload, by id or by the name of one that lives. @throws {CommandError} */
export async function tokenCalled(api: BerthClient, reference: string): Promise<Schemas['Token']> {
  if (uuidShape.test(reference))
    return dataOf(api.GET('/v1/tokens/{id}', { params: { path: { id: reference } } }))
  const tokens = await allPages((query) => dataOf(api.GET('/v1/tokens', { params: { query } })))
  return oneCalled(tokens, reference)
}

/** An administrator's token, by id or name. @throws {CommandError} */
export async function adminCalled(api: BerthClient, reference: string): Promise<Schemas['Token']> {
  if (uuidShape.test(reference))
    return dataOf(api.GET('/v1/admins/{id}', { params: { path: { id: reference } } }))
  const tokens = await allPages((query) => dataOf(api.GET('/v1/admins', { params: { query } })))
  return oneCalled(tokens, reference)
}

export const snapshotArgument = 'SHARE@NAME, or the number of the snapshot'

/** What people call it, and {@link snapshotCalled} finds. */
export function snapshotName({ share, name }: Schemas['Snapshot']): string {
  return `${share.path}@${name}`
}

/** A snapshot, by its number or as `/finance/payroll/db@NAME`. @throws {CommandError} */
export async function snapshotCalled(api: BerthClient, reference: string): Promise<Schemas['Snapshot']> {
  const id = numberIn(reference)
  if (id !== undefined) return dataOf(api.GET('/v1/snapshots/{id}', { params: { path: { id } } }))
  const [, path, name] = /^(\/.*?[^/])@([^/]+)$/.exec(reference) ?? []
  if (path === undefined || name === undefined)
    throw usageError(`'${reference}' is no number of a snapshot, and not SHARE@NAME`)
  const { id: share } = await shareCalled(api, path)
  const query = { share, name }
  const { items } = await dataOf(api.GET('/v1/snapshots', { params: { query } }))
  return items[0] ?? notThere(`there is no snapshot ${name} of ${path}`)
}

function oneCalled(tokens: readonly Schemas['Token'][], name: string): Schemas['Token'] {
  const found = tokens.filter((token) => token.name === name && tokenState(token) === 'valid')
  if (found.length < 2)
    return found[0] ?? notThere(`there is no valid token called ${name}: name others by their id`)
  throw usageError(
    `several tokens are called ${name}: name one by its id (${found.map(({ id }) => id).join(', ')})`,
  )
}

export function tokenState({ revokedAt, expiresAt }: Schemas['Token']): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'valid'
}

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function numberIn(reference: string): number | undefined {
  return /^\d{1,15}$/.test(reference) ? Number(reference) : undefined
}

/** @throws {CommandError} for what is no path: the API would say so of a field of the request. */
export function checkPath(reference: string): string {
  if (reference.startsWith('/')) return reference
  throw usageError(`'${reference}' is no logical path and no number: paths begin with /`)
}

function notThere(message: string): never {
  throw new CommandError(ExitCode.notFound, message)
}

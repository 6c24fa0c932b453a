import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TemporaryApi } from './admin-fixture.ts'

let api: TemporaryApi
beforeEach(async () => {
  api = await TemporaryApi.open()
  mkdirSync(join(api.directory, 'old/data'), { recursive: true })
  writeFileSync(join(api.directory, 'old/data/file'), 'content')
})
afterEach(() => api.close())

const tarOf = (directory: string) => execFileSync('tar', ['-c', '-C', directory, '.'])
const tarType = { 'content-type': 'application/x-tar' }

test('an import is done once for a key, and is in the audit; so is an export', async () => {
  const directory = join(api.directory, 'old/data')
  const body = { path: '/db', directory, mode: 'adopt' }
  const key = { 'idempotency-key': 'once' }
  const first = await api.done('POST', '/v1/imports/directory', body, key)
  expect(first.status).toBe(201)
  const again = await api.done('POST', '/v1/imports/directory', body, key)
  expect(again.text).toBe(first.text)
  const tar = tarOf(join(api.directory, 'data/stores/default/db'))
  const url = '/v1/imports/tar?path=/copy&labels=a%3Db'
  const made = await api.done('POST', url, tar, { ...tarType, ...key, 'idempotency-key': 'tar' })
  const { body: told } = await api.done('POST', url, tar, { ...tarType, 'idempotency-key': 'tar' })
  expect(told).toEqual(made.body)
  expect(told).toMatchObject({ path: '/copy', labels: { a: 'b' }, files: 2, warnings: [] })
  const snapshot = await api.done('POST', `/v1/shares/${first.body.id}/snapshots`, { name: 'then' })
  const { headers } = await api.done('GET', `/v1/snapshots/${snapshot.body.id}/tar?compression=gzip`)
  expect(headers).toMatchObject({
    'content-type': 'application/gzip',
    'content-disposition': `attachment; filename*=UTF-8''db%40then.tar.gz`,
  })
  const told2 = (await api.audited()).map(({ operation, result, path }) => [operation, result, path])
  expect(told2).toContainEqual(['IMPORT_DIRECTORY', 'OK', '/v1/imports/directory'])
  expect(told2).toContainEqual(['IMPORT_TAR', 'OK', '/copy'])
  expect(told2).toContainEqual(['EXPORT_SNAPSHOT', 'OK', '/db'])
})

test('who manages a path may unpack a tar there, and read nothing of the host', async () => {
  const rule = (action: string) => ({
    kind: 'p',
    subject: 'admin:none',
    object: '/mine/**',
    action,
    effect: 'allow',
  })
  for (const action of ['list', 'manage']) await api.done('POST', '/v1/rules', rule(action))
  const token = api.tokens.none
  const tar = tarOf(join(api.directory, 'old'))
  const ask = (url: string, body: unknown, headers = {}) => api.ask('POST', url, { token, body, headers })
  expect(await ask('/v1/imports/tar?path=/mine/a', tar, tarType)).toMatchObject({ status: 201 })
  expect(await ask('/v1/imports/tar?path=/theirs/a', tar, tarType)).toMatchObject({ status: 403 })
  const directory = join(api.directory, 'old/data')
  const body = { path: '/mine/b', directory, mode: 'copy' }
  expect(await ask('/v1/imports/directory', body)).toMatchObject({ status: 403 })
  expect(await ask('/v1/imports/docker', {})).toMatchObject({ status: 403 })
  expect(existsSync(directory)).toBe(true)
  // Who may name directories of the host, but not manage the path.
  await api.done('POST', '/v1/rules', { ...rule('manage'), object: '/@admin/stores' })
  expect(await ask('/v1/imports/directory', { ...body, path: '/theirs/b' })).toMatchObject({ status: 403 })
  expect(await ask('/v1/imports/directory', body)).toMatchObject({ status: 201 })
})

test('a refusal comes before the body is read', async () => {
  await api.api.listen({ port: 0 })
  const { port } = api.api.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'POST /v1/imports/tar?path=/a HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-tar\r\n' +
      `authorization: Bearer ${api.tokens.viewer}\r\ncontent-length: 1000000000000\r\n\r\n`,
  )
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  expect(answer).toContain('HTTP/1.1 403 Forbidden')
  expect(answer).toContain('connection: close')
})

test.each(['text/plain', 'application/json', 'application/xml', ''])(
  'a tar that comes as %j is refused, whatever it holds',
  async (type) => {
    const asked = { token: api.tokens.owner, headers: { 'content-type': type } }
    for (const body of ['no tar at all', '{}', '""', '{'])
      expect(await api.ask('POST', '/v1/imports/tar?path=/a', { ...asked, body })).toMatchObject({
        status: 415,
        body: { type: '/problems/media-type' },
      })
  },
)

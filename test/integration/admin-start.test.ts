import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StartError } from '../../dist/config/error.js'
import { startAdminServer, type AdminOptions } from '../../dist/admin/start.js'
import { TemporaryApi } from './admin-fixture.ts'

let api: TemporaryApi
let tls: { cert: string; key: string }
beforeAll(async () => {
  api = await TemporaryApi.open()
  tls = { cert: join(api.directory, 'cert.pem'), key: join(api.directory, 'key.pem') }
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', tls.key, '-out', tls.cert]
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'pipe' })
})
afterAll(() => api.close())

const start = (options: Partial<AdminOptions>) =>
  startAdminServer(api.services, {
    ...{ listen: '127.0.0.1', port: 0, log: { error: (fields: unknown) => api.bugs.push(fields) } },
    ...options,
  })

describe('the admin server', () => {
  test('serves HTTP on loopback', async () => {
    const server = await start({})
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const answer = await fetch(`${server.url}/v1/whoami`, {
      headers: { authorization: `Bearer ${api.tokens.viewer}` },
    })
    expect(await answer.json()).toMatchObject({ subject: 'admin:viewer' })
    await server.close()
  })

  test('serves HTTPS with a certificate', async () => {
    const server = await start({ tls })
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const answer = await new Promise((resolve, reject) => {
      request(`${server.url}/healthz`, { ca: readFileSync(tls.cert) }, (response) => resolve(json(response)))
        .on('error', reject)
        .end()
    })
    expect(answer).toEqual({ status: 'ok' })
    await server.close()
  })

  test('says what keeps it from starting', async () => {
    const missing = join(api.directory, 'none.pem')
    await expect(start({ tls: { ...tls, key: missing } })).rejects.toThrow(/none\.pem cannot be read/)
    const broken = join(api.directory, 'broken.pem')
    writeFileSync(broken, 'no key')
    await expect(start({ tls: { ...tls, key: broken } })).rejects.toThrow(StartError)
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(start({ port })).rejects.toThrow(`admin port ${port} on 127.0.0.1 is taken`)
    await new Promise((resolve) => other.close(resolve))
  })
})

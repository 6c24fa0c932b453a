import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createApi } from '../../../src/admin/api.ts'
import type { AdminServices } from '../../../src/admin/services.ts'
import { BerthApiError, BerthConnectionError, createBerthClient, dataOf } from '../../../src/client/index.ts'

test('the client knows the API as it is: otherwise run npm run client', async () => {
  // Asked for nothing but what it can do, the API uses none of its services.
  const services = new Proxy({}, { get: () => ({}) }) as AdminServices
  const api = await createApi(services, { log: { error: () => {} } })
  const { body } = await api.inject('/openapi.json')
  await api.close()
  const known = readFileSync(new URL('../../../src/client/openapi.json', import.meta.url), 'utf8')
  expect(JSON.parse(body)).toEqual(JSON.parse(known))
})

describe('what goes wrong', () => {
  const servers: Server[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  async function clientOf(answer: RequestListener, token?: string) {
    const server = createServer(answer).listen(0, '127.0.0.1')
    servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return { url, client: createBerthClient({ url, token, timeoutMs: 500 }) }
  }

  async function errorOf(answer: RequestListener): Promise<unknown> {
    const { client } = await clientOf(answer)
    return client.GET('/v1/whoami').then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  test('a problem document is an error with all that it says', async () => {
    const problem = {
      type: '/problems/stale',
      title: 'Changed',
      status: 412,
      detail: 'it is 3',
      instance: 'urn:x',
    }
    const error = await errorOf((_, response) => {
      response.writeHead(412, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    })
    expect(error).toBeInstanceOf(BerthApiError)
    expect(error).toMatchObject({ ...problem, message: 'it is 3' })
  })

  test('what is no problem document has a status at least', async () => {
    const error = await errorOf((_, response) => {
      response.writeHead(502, 'Bad Gateway', { 'content-type': 'text/html' }).end('<h1>nginx</h1>')
    })
    expect(error).toBeInstanceOf(BerthApiError)
    expect(error).toMatchObject({ status: 502, type: '', message: 'HTTP status 502 Bad Gateway' })
  })

  test.each<[string, RequestListener]>([
    ['closes the connection', (request) => request.destroy()],
    ['never answers', () => {}],
    [
      'breaks off',
      (_, response) =>
        void response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy()),
    ],
    [
      'sends the token elsewhere',
      (_, response) => response.writeHead(307, { location: 'http://192.0.2.1/' }).end(),
    ],
  ])('a server that %s is none', async (_, answer) => {
    const error = await errorOf(answer)
    expect(error).toBeInstanceOf(BerthConnectionError)
    expect((error as Error).message).toMatch(/^no gateway answers at http:\/\/127\.0\.0\.1:\d+: ./)
  })

  test('a body is sent whole, and an answer without one is none', async () => {
    const bodies: string[] = []
    const { client } = await clientOf((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        bodies.push(
          `${request.method ?? ''} ${request.headers['content-length'] ?? ''} ${Buffer.concat(chunks).toString()}`,
        )
        response.writeHead(204).end()
      })
    })
    const body = { path: '/ü', description: 'x'.repeat(100_000) }
    const { data } = await client.POST('/v1/shares', { body })
    expect(data).toBeUndefined()
    const text = JSON.stringify(body)
    expect(bodies).toEqual([`POST ${Buffer.byteLength(text)} ${text}`])
  })

  test('the token is sent, and the answer is the data', async () => {
    const { client } = await clientOf((request, response) => {
      const subject = `${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ subject }))
    }, 'berth_x')
    expect(await dataOf(client.GET('/v1/whoami'))).toEqual({ subject: 'GET /v1/whoami Bearer berth_x' })
  })
})

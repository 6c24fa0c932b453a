import { describe, expect, test } from 'vitest'
import { createAdminServer } from '../../../src/admin/server.ts'

describe('admin API', () => {
  test('is alive while it is not ready', async () => {
    let isReady = false
    const server = createAdminServer({
      isReady: () => isReady,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
    })
    expect((await server.inject('/healthz')).statusCode).toBe(200)
    expect((await server.inject('/readyz')).statusCode).toBe(503)
    isReady = true
    expect((await server.inject('/readyz')).statusCode).toBe(200)
    const metrics = await server.inject('/metrics')
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4')
    expect(metrics.body).toBe('a 1\n')
    await server.close()
  })
})

import { expect, test } from 'vitest'
import { readEnvironment } from '../../../src/config/environment.ts'

test('variables of the command line are no settings of the server', () => {
  const environment = {
    BERTH_CONFIG: 'berth.yaml',
    BERTH_CONTEXT: 'home',
    BERTH_URL: 'http://127.0.0.1:8049',
    BERTH_TOKEN: 'berth_x',
    BERTH_TOKEN_FILE: '/run/secrets/token',
    BERTH_NFS_PORT: '2050',
  }
  expect(readEnvironment(environment).values).toEqual({ nfsPort: 2050 })
  expect(() => readEnvironment({ BERTH_TOKENS: 'x' })).toThrow('BERTH_TOKENS is not a setting')
})

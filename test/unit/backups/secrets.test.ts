import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secrets, type RepositorySecrets } from '../../../src/backups/secrets.ts'

let base: string
let secrets: Secrets

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'berth-secrets-'))
  mkdirSync(join(base, 'secrets/..data'), { recursive: true })
  writeFileSync(join(base, 'secrets/..data/password'), 'word\n')
  symlinkSync('..data/password', join(base, 'secrets/password'))
  writeFileSync(join(base, 'outside'), 'another\n')
  symlinkSync('../outside', join(base, 'secrets/link'))
  writeFileSync(join(base, 'secrets/empty'), '\n')
  writeFileSync(join(base, 'secrets/long'), 'x'.repeat(5000))
  secrets = new Secrets(join(base, 'secrets'))
})
afterEach(() => {
  delete process.env.RESTIC_TEST_WORD
  rmSync(base, { recursive: true })
})

test('a secret is read from a file of the directory, or from a variable', async () => {
  const checked = secrets.check({
    password: { file: 'password' },
    environment: { AWS_ACCESS_KEY_ID: { env: 'AWS_KEY' } },
  })
  expect(checked.password).toEqual({ file: join(base, 'secrets/password') })
  expect(await secrets.value(checked.password)).toBe('word')
  process.env.RESTIC_TEST_WORD = 'hidden'
  expect(await secrets.value({ env: 'RESTIC_TEST_WORD' })).toBe('hidden')
})

test.each<[RepositorySecrets]>([
  [{ password: { file: '/etc/shadow' } }],
  [{ password: { file: '../outside' } }],
  [{ password: { file: '.' } }],
  [{ password: { env: 'HOME' } }],
  [{ password: { env: 'BERTH_TOKEN' } }],
  [{ password: { file: 'password' }, environment: { LD_PRELOAD: { file: 'x' } } as never }],
])('what is not for repositories cannot be named: %j', (wanted) => {
  expect(() => secrets.check(wanted)).toThrow(
    /secrets are taken from there|no variable for secrets|is none of/,
  )
})

test.each([
  ['link', 'leads out'],
  ['empty', 'empty'],
  ['long', 'over 4096 bytes'],
  ['missing', 'ENOENT'],
  ['..data', 'no file'],
])('%s is none when it is needed', async (file, why) => {
  await expect(secrets.value(secrets.check({ password: { file } }).password)).rejects.toThrow(why)
})

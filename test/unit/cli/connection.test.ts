import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findConnection } from '../../../src/cli/connection.ts'
import { contextsPath, readContexts, writeContexts } from '../../../src/cli/contexts.ts'

let directory = ''
let environment: NodeJS.ProcessEnv = {}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-connection-'))
  environment = { XDG_CONFIG_HOME: join(directory, 'etc'), BERTH_DATA: join(directory, 'data') }
})
afterEach(() => rmSync(directory, { recursive: true }))

function secretFile(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

function localGateway(): void {
  mkdirSync(join(directory, 'data'))
  secretFile('data/admin.token', 'berth_local\n')
  secretFile('data/admin.url', 'http://127.0.0.1:1234\n')
}

function withContexts(): void {
  const contexts = { a: { url: 'http://a', token: 'ta' }, b: { url: 'http://b', token: 'tb' } }
  writeContexts(contextsPath(environment), { current: 'a', contexts })
}

describe('the gateway is that of', () => {
  test('the data directory on this machine, when nobody says otherwise', () => {
    localGateway()
    const local = { url: 'http://127.0.0.1:1234', token: 'berth_local' }
    expect(findConnection({}, environment)).toMatchObject(local)
    expect(findConnection({ data: join(directory, 'data') }, {})).toMatchObject(local)
    expect(findConnection({}, { ...environment, BERTH_TOKEN: 't' })).toMatchObject({ ...local, token: 't' })
  })

  test('the current context, over the data directory', () => {
    localGateway()
    withContexts()
    expect(findConnection({}, environment)).toMatchObject({ url: 'http://a', token: 'ta' })
    expect(findConnection({}, { ...environment, BERTH_CONTEXT: 'b' })).toMatchObject({ url: 'http://b' })
    expect(findConnection({}, { ...environment, BERTH_TOKEN: 't' })).toMatchObject({
      url: 'http://a',
      token: 't',
    })
  })

  test('the environment, over the context', () => {
    withContexts()
    const given = { ...environment, BERTH_URL: 'http://e', BERTH_TOKEN_FILE: secretFile('t', ' tf\n') }
    expect(findConnection({}, given)).toMatchObject({ url: 'http://e', token: 'tf' })
    expect(findConnection({}, { ...given, BERTH_TOKEN: 't' })).toMatchObject({ token: 't' })
  })

  test('the flags, over all', () => {
    withContexts()
    const given = { ...environment, BERTH_URL: 'http://e', BERTH_TOKEN: 't' }
    expect(findConnection({ url: 'http://f/', tokenFile: secretFile('t', 'tf') }, given)).toMatchObject({
      url: 'http://f/',
      token: 'tf',
    })
    expect(findConnection({ context: 'b' }, { ...environment, BERTH_URL: 'http://e' })).toMatchObject({
      url: 'http://b',
      token: 'tb',
    })
  })

  test('nobody else: the token of this machine goes to this machine only', () => {
    localGateway()
    expect(findConnection({ url: 'http://127.0.0.1:5' }, environment).token).toBe('berth_local')
    for (const url of ['http://192.0.2.1', 'https://localhost.example', 'http://127.0.0.1.example'])
      expect(findConnection({ url }, environment).token).toBeUndefined()
  })
})

describe('refused with an exit code and a way out', () => {
  test.each([
    ['no gateway at all', {}, 2, /berth context add/],
    ['a context that is not there', { context: 'x' }, 3, /berth context list/],
    ['a token file that is not there', { tokenFile: '/nowhere/t' }, 3, /\/nowhere\/t is not there/],
    ['a data directory without a token', { data: '/nowhere' }, 3, /\/nowhere\/admin\.token is not there/],
    ['a URL that is none', { url: '127.0.0.1:8049' }, 2, /such as http/],
  ])('%s', (_, flags, exitCode, message) => {
    expect(() => findConnection(flags, environment)).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringMatching(message) as string }) as Error,
    )
  })

  test('a token that others can read', () => {
    const tokenFile = secretFile('t', 'x')
    chmodSync(tokenFile, 0o640)
    expect(() => findConnection({ tokenFile }, environment)).toThrow(`run chmod 600 ${tokenFile}`)
  })
})

describe('the contexts file', () => {
  test('is private, and comes back as it was written', () => {
    withContexts()
    const path = contextsPath(environment)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readContexts(path)).toMatchObject({
      current: 'a',
      contexts: { b: { url: 'http://b', token: 'tb' } },
    })
  })

  test.each([
    ['[', /is no YAML/],
    ['- a', /no mapping/],
    ['contexts: {a: {url: 1}}', /contexts\.a\.url/],
    ['contexts: {a: {url: x, password: y}}', /contexts\.a\.password/],
    ['contexts: {a: {token: x}}', /contexts\.a has no url/],
    ['contexts: {}\nother: 1', /other is not known/],
  ])('%j is refused in one line', (text, message) => {
    const path = secretFile('contexts', text)
    expect(() => readContexts(path)).toThrow(message)
    expect(() => readContexts(path)).not.toThrow(/\n/)
  })
})

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import { isBelowPrefix } from '../../../src/snapshots/hook-http.ts'
import {
  Hooks,
  noHooks,
  type CommandHook,
  type HookFacts,
  type HookPermissions,
} from '../../../src/snapshots/hooks.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'berth-hooks-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const facts: HookFacts = {
  snapshot: 'nightly-1',
  shares: [{ id: 7, path: '/finance/payroll/db', directory: '/srv/stores/finance/payroll/db' }],
  application: 'payroll',
}

interface LogLine {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

function hooksWith(permissions: Partial<HookPermissions>) {
  const lines: LogLine[] = []
  const write = (level: LogLine['level']) => (fields: unknown, message?: string) =>
    void lines.push({ level, message: message ?? '', fields: fields as LogLine['fields'] })
  const hooks = new Hooks({
    permissions: { commands: [], urls: [], ...permissions },
    log: { info: write('info'), warn: write('warn') },
  })
  return { hooks, lines }
}

function script(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

function command(argv: string[], options: Partial<CommandHook> = {}): CommandHook {
  return { kind: 'command', argv, timeoutSeconds: 10, onFailure: 'abort', ...options }
}

async function refusal(work: Promise<unknown>): Promise<ServiceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ServiceError) return error
  throw new Error(`was not refused: ${String(error)}`)
}

describe('commands', () => {
  test('get the facts in their environment and on their standard input, and nothing else', async () => {
    process.env.SECRET_OF_THE_GATEWAY = 'shown'
    const program = script('facts', `env | sort >'${directory}/env'; cat >'${directory}/stdin'`)
    const { hooks } = hooksWith({ commands: [program] })
    await hooks.around({ pre: [], post: [command([program, 'one'])] }, facts, async () => 1)
    delete process.env.SECRET_OF_THE_GATEWAY
    const environment = readFileSync(join(directory, 'env'), 'utf8').split('\n')
    expect(environment.filter((line) => line.startsWith('BERTH_'))).toEqual([
      'BERTH_APPLICATION=payroll',
      'BERTH_DIRECTORY=/srv/stores/finance/payroll/db',
      'BERTH_MOMENT=post',
      'BERTH_RESULT=cut',
      'BERTH_SHARE=/finance/payroll/db',
      'BERTH_SNAPSHOT=nightly-1',
    ])
    expect(environment.join('\n')).not.toContain('SECRET')
    expect(JSON.parse(readFileSync(join(directory, 'stdin'), 'utf8'))).toEqual({
      ...facts,
      moment: 'post',
      result: 'cut',
    })
  })

  test('arguments are never read by a shell', async () => {
    const program = script('args', `printf '%s\\n' "$@" >'${directory}/given'`)
    const { hooks } = hooksWith({ commands: [program] })
    const evil = `$(touch ${directory}/evil); touch ${directory}/evil`
    await hooks.around({ pre: [command([program, evil, '', '*'])], post: [] }, facts, async () => 1)
    expect(readFileSync(join(directory, 'given'), 'utf8')).toBe(`${evil}\n\n*\n`)
    expect(existsSync(join(directory, 'evil'))).toBe(false)
  })

  test('that does not read its input ends all the same', async () => {
    const program = script('deaf', 'exec <&-; exit 0')
    const { hooks } = hooksWith({ commands: [program] })
    const large = { ...facts, shares: Array.from({ length: 2000 }, () => facts.shares[0]!) }
    expect(await hooks.around({ pre: [command([program])], post: [] }, large, async () => 1)).toEqual({
      value: 1,
      warnings: [],
    })
  })

  test('what it says is logged, cut, and without tokens', async () => {
    const program = script('loud', `echo berth_abcdefghijklmnop; yes | head -c 1000000; echo >&2 end`)
    const { hooks, lines } = hooksWith({ commands: [program] })
    await hooks.around({ pre: [command([program])], post: [] }, facts, async () => 1)
    const [line] = lines
    expect(line).toMatchObject({ level: 'info', fields: { hook: program, snapshot: 'nightly-1' } })
    const output = String(line?.fields.output)
    expect(output).toContain('berth_****')
    expect(output.length).toBeLessThan(10_000)
    expect(output).toMatch(/… \(10000\d\d bytes\)$/)
  })

  test('one that takes too long is ended with all that it started', async () => {
    const program = script('slow', `sleep 60 & echo $! >'${directory}/pid'; wait`)
    const { hooks } = hooksWith({ commands: [program] })
    const error = await refusal(
      hooks.around({ pre: [command([program], { timeoutSeconds: 1 })], post: [] }, facts, async () => 1),
    )
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(error.message).toContain('did not end within 1 s')
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  test('one that leaves something behind is not waited for', async () => {
    const program = script('daemon', `setsid sleep 600 & echo $! >'${directory}/pid'; echo started`)
    const { hooks, lines } = hooksWith({ commands: [program] })
    await hooks.around({ pre: [command([program])], post: [] }, facts, async () => 1)
    expect(lines[0]?.fields.output).toBe('started')
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    expect(isRunning(pid)).toBe(true)
    process.kill(pid)
  })

  test('one that is not there, fails or is killed says so', async () => {
    const failing = script('failing', 'echo it is locked >&2; exit 3')
    const killed = script('killed', 'kill -9 $$')
    const gone = join(directory, 'gone')
    const { hooks } = hooksWith({ commands: [failing, killed, gone] })
    const messageOf = async (program: string) =>
      (await refusal(hooks.around({ pre: [command([program])], post: [] }, facts, async () => 1))).message
    expect(await messageOf(failing)).toBe(`pre hook ${failing}: exit code 3: it is locked`)
    expect(await messageOf(killed)).toBe(`pre hook ${killed}: it was ended by SIGKILL`)
    expect(await messageOf(gone)).toContain('it cannot be run')
  })
})

describe('around a cut', () => {
  /** Hooks that write their name, and fail where they are told to. */
  function recorder() {
    const program = script(
      'record',
      `echo "$BERTH_MOMENT $BERTH_RESULT $1" >>'${directory}/calls'; exit "$2"`,
    )
    const { hooks, lines } = hooksWith({ commands: [program] })
    const hook = (name: string, code: 0 | 1 = 0, onFailure: 'abort' | 'warn' = 'abort') =>
      command([program, name, String(code)], { onFailure })
    const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n')
    const work = async () => {
      writeFileSync(join(directory, 'calls'), 'cut\n', { flag: 'a' })
      return 'made'
    }
    return { hooks, hook, calls, work, lines }
  }

  test('hooks run in order, before and after', async () => {
    const { hooks, hook, calls, work } = recorder()
    const set = { pre: [hook('a'), hook('b')], post: [hook('c'), hook('d')] }
    expect(await hooks.around(set, facts, work)).toEqual({ value: 'made', warnings: [] })
    expect(calls()).toEqual(['pre  a', 'pre  b', 'cut', 'post cut c', 'post cut d'])
  })

  test('a hook before that aborts keeps it from being cut; those after run all the same', async () => {
    const { hooks, hook, calls, work } = recorder()
    const set = { pre: [hook('a'), hook('b', 1), hook('c')], post: [hook('d', 1), hook('e')] }
    const error = await refusal(hooks.around(set, facts, work))
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(error.message).toMatch(/^pre hook .*exit code 1$/)
    expect(calls()).toEqual(['pre  a', 'pre  b', 'post failed d', 'post failed e'])
  })

  test('a hook that warns changes nothing but the warnings', async () => {
    const { hooks, hook, calls, work, lines } = recorder()
    const set = { pre: [hook('a', 1, 'warn')], post: [hook('b', 1, 'warn'), hook('c')] }
    const { value, warnings } = await hooks.around(set, facts, work)
    expect(value).toBe('made')
    expect(warnings).toHaveLength(2)
    expect(calls()).toEqual(['pre  a', 'cut', 'post cut b', 'post cut c'])
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2)
  })

  test('a hook after that aborts is told, once all after it have run', async () => {
    const { hooks, hook, calls, work } = recorder()
    const error = await refusal(hooks.around({ pre: [], post: [hook('a', 1), hook('b')] }, facts, work))
    expect(error.message).toContain('post hook')
    expect(calls()).toEqual(['cut', 'post cut a', 'post cut b'])
  })

  test('a cut that fails is told as it is, and the hooks after it know', async () => {
    const { hooks, hook, calls } = recorder()
    const failure = new Error('the disk is full')
    const work = () => Promise.reject(failure)
    await expect(hooks.around({ pre: [hook('a')], post: [hook('b', 1)] }, facts, work)).rejects.toBe(failure)
    expect(calls()).toEqual(['pre  a', 'post failed b'])
  })

  test('a hook before that goes on is ended when the snapshot is aborted; those after run all the same', async () => {
    const slow = script('slow', 'sleep 60')
    const undo = script('undo', `sleep 0.2; echo "$BERTH_RESULT" >'${directory}/undone'`)
    const { hooks } = hooksWith({ commands: [slow, undo] })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    const set = { pre: [command([slow], { timeoutSeconds: 60 })], post: [command([undo])] }
    const error = await refusal(hooks.around(set, facts, async () => 1, abort.signal))
    expect(error.message).toBe(`pre hook ${slow}: the snapshot was aborted`)
    expect(readFileSync(join(directory, 'undone'), 'utf8')).toBe('failed\n')
  })

  test('without hooks there is only the work', async () => {
    const { hooks } = hooksWith({})
    expect(await hooks.around(noHooks, facts, async () => 5)).toEqual({ value: 5, warnings: [] })
  })
})

describe('URLs', () => {
  interface Request {
    readonly url: string
    readonly headers: IncomingHttpHeaders
    readonly body: string
  }
  let server: Server
  let base: string
  let requests: Request[]
  beforeEach(async () => {
    requests = []
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { url = '', headers } = request
        requests.push({ url, headers, body: Buffer.concat(chunks).toString() })
        if (url.endsWith('/slow')) return
        if (url.endsWith('/away')) response.writeHead(307, { location: '/elsewhere' })
        else if (url.endsWith('/broken')) response.writeHead(500)
        response.end(url.endsWith('/large') ? 'x'.repeat(1_000_000) : 'it is locked')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const http = (url: string, timeoutSeconds = 5) =>
    ({ kind: 'http', url, timeoutSeconds, onFailure: 'abort' }) as const

  test('get the facts as JSON, and the headers of the file', async () => {
    const headersFile = join(directory, 'headers')
    writeFileSync(headersFile, '# for the test\nAuthorization: Bearer abc\nX-From:berth\n\n')
    const { hooks } = hooksWith({ urls: [{ prefix: base, headersFile }] })
    await hooks.around({ pre: [http(`${base}/freeze`)], post: [] }, facts, async () => 1)
    expect(requests).toHaveLength(1)
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer abc',
      'x-from': 'berth',
      'content-type': 'application/json',
    })
    expect(JSON.parse(requests[0]!.body)).toEqual({ ...facts, moment: 'pre' })
  })

  test('get the headers of the prefix that is closest', async () => {
    const headersFile = join(directory, 'headers')
    writeFileSync(headersFile, 'X-From: closest\n')
    const { hooks } = hooksWith({ urls: [{ prefix: base }, { prefix: `${base}/a/`, headersFile }] })
    const pre = [http(`${base}/a/b`), http(`${base}/b`)]
    await hooks.around({ pre, post: [] }, facts, async () => 1)
    expect(requests.map(({ headers }) => headers['x-from'])).toEqual(['closest', undefined])
  })

  test('that fail, lead elsewhere, are slow or not there say so', async () => {
    const nobody = 'http://127.0.0.1:1/'
    const { hooks } = hooksWith({ urls: [{ prefix: base }, { prefix: nobody }] })
    const messageOf = async (url: string, timeoutSeconds?: number) =>
      (await refusal(hooks.around({ pre: [http(url, timeoutSeconds)], post: [] }, facts, async () => 1)))
        .message
    expect(await messageOf(`${base}/broken`)).toContain('status 500: it is locked')
    expect(await messageOf(`${base}/away`)).toContain('redirect')
    expect(await messageOf(`${base}/slow`, 1)).toContain('no answer within 1 s')
    expect(await messageOf(nobody)).toMatch(/bad port|ECONNREFUSED/)
    expect(requests.map(({ url }) => url)).toEqual(['/broken', '/away', '/slow'])
  })

  test('are left when the snapshot is aborted', async () => {
    const { hooks } = hooksWith({ urls: [{ prefix: base }] })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    const set = { pre: [http(`${base}/slow`, 60)], post: [] }
    const error = await refusal(hooks.around(set, facts, async () => 1, abort.signal))
    expect(error.message).toBe(`pre hook ${base}/slow: the snapshot was aborted`)
  })

  test('a long answer is not read to its end', async () => {
    const { hooks, lines } = hooksWith({ urls: [{ prefix: base }] })
    await hooks.around({ pre: [http(`${base}/large`)], post: [] }, facts, async () => 1)
    expect(String(lines[0]?.fields.output).length).toBeLessThanOrEqual(8192)
  })

  test('a file of headers that cannot be used fails the hook and is not shown', async () => {
    const headersFile = join(directory, 'headers')
    writeFileSync(headersFile, 'a secret without a name\n')
    const { hooks } = hooksWith({ urls: [{ prefix: base, headersFile }] })
    const error = await refusal(hooks.around({ pre: [http(`${base}/x`)], post: [] }, facts, async () => 1))
    expect(error.message).toContain('line 1, is no header')
    expect(error.message).not.toContain('secret')
    expect(requests).toHaveLength(0)
  })

  test.each([
    ['https://a.example/hooks', 'https://a.example/hooks', true],
    ['https://a.example/hooks/x?y=1', 'https://a.example/hooks', true],
    ['https://a.example/hooks/x', 'https://a.example/hooks/', true],
    ['https://a.example/anything', 'https://a.example', true],
    ['https://a.example/hooksmith', 'https://a.example/hooks', false],
    ['https://a.example/hooks/../secret', 'https://a.example/hooks', false],
    ['https://a.example/hooks/%2e%2e/secret', 'https://a.example/hooks', false],
    ['https://a.example.evil.example/hooks', 'https://a.example', false],
    ['https://a.example@evil.example/hooks', 'https://a.example/hooks', false],
    ['http://a.example/hooks', 'https://a.example/hooks', false],
    ['https://a.example:444/hooks', 'https://a.example/hooks', false],
    ['no url', 'https://a.example/hooks', false],
  ])('is %s below %s? %s', (url, prefix, expected) => {
    expect(isBelowPrefix(url, prefix)).toBe(expected)
  })
})

describe('what may be asked for', () => {
  const { hooks } = hooksWith({ commands: ['/bin/true'], urls: [{ prefix: 'https://a.example/hooks' }] })
  const url = (text: string) => ({ kind: 'http', url: text, timeoutSeconds: 5, onFailure: 'warn' }) as const
  const codeOf = (hook: Parameters<typeof hooks.check>[0]['pre'][number]) => {
    try {
      hooks.check({ pre: [], post: [hook] })
      return undefined
    } catch (error) {
      if (error instanceof ServiceError) return error.code
      throw error
    }
  }

  test('what the config file allows', () => {
    expect(codeOf(command(['/bin/true', 'any', 'arguments']))).toBeUndefined()
    expect(codeOf(url('https://a.example/hooks/1'))).toBeUndefined()
  })

  test('no other program, not even by another name of the same', () => {
    for (const program of ['/bin/sh', '/bin/../bin/true', 'true', '/bin/true ', ''])
      expect(codeOf(command([program])), program).toBe('forbidden')
    expect(codeOf(url('https://b.example/hooks'))).toBe('forbidden')
  })

  test('nothing without bounds', () => {
    expect(codeOf(command([]))).toBe('invalid')
    expect(codeOf(command(['/bin/true', 'a\0b']))).toBe('invalid')
    expect(codeOf(command(['/bin/true', 'x'.repeat(5000)]))).toBe('invalid')
    expect(codeOf(command(Array.from({ length: 65 }, () => '/bin/true')))).toBe('invalid')
    for (const timeoutSeconds of [0, 601, 1.5, NaN])
      expect(codeOf(command(['/bin/true'], { timeoutSeconds })), String(timeoutSeconds)).toBe('invalid')
    expect(codeOf(url('ftp://a.example/hooks'))).toBe('invalid')
    expect(codeOf(url('https://me:you@a.example/hooks'))).toBe('invalid')
    const many = Array.from({ length: 9 }, () => command(['/bin/true']))
    expect(() => hooks.check({ pre: many, post: [] })).toThrow('over 8 hooks')
  })

  test('what the file allows no longer fails when it is run', async () => {
    const { hooks: later } = hooksWith({})
    const error = await refusal(
      later.around({ pre: [command(['/bin/true'])], post: [] }, facts, async () => 1),
    )
    expect(error.message).toContain('no program that hooks may run')
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // A child of a process that has ended is init's; a zombie is no longer running.
  const { state } = /\) (?<state>\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.groups ?? {}
  return state !== 'Z'
}

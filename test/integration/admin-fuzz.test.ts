import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc, { type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TemporaryApi, type Answer } from './admin-fixture.ts'
import { RecordedDocker } from './recorded-docker.ts'
import {
  expectDocumented,
  operationsIn,
  type DocumentedOperation,
  type JsonSchema,
} from './openapi-document.ts'

/** Requests of each operation, and again so many where none of them was done. */
const requestCount = process.env.BERTH_TESTS === 'cut' ? 40 : 60

let api: TemporaryApi
let operations: DocumentedOperation[]
/** Ids that are there, by collection: `/v1/tokens`. Grows with what the requests make. */
const idsOf = new Map<string, string[]>()

beforeAll(async () => {
  api = await TemporaryApi.open()
  await new RecordedDocker().listen(api.dockerSocket)
  mkdirSync(join(api.directory, 'store'))
  mkdirSync(join(api.data, 'secrets'), { mode: 0o700 })
  writeFileSync(join(api.data, 'secrets/restic'), 'correct horse', { mode: 0o600 })
  mkdirSync(join(api.directory, 'old'))
  hints.directory.push(join(api.directory, 'store'), join(api.directory, 'old'))
  for (const [method, url, body] of setUp) noteIds(url, await api.done(method, url, body))
  operations = operationsIn(await api.ask('GET', '/openapi.json'))
})
afterAll(() => api.close())

function noteIds(url: string, { status, body }: Answer): void {
  if (status !== 201) return
  const { id, token } = body as { id?: unknown; token?: { id: string } }
  const made = id ?? token?.id
  if (typeof made !== 'string') return
  const collection = collectionOf(url)
  idsOf.set(collection, [...(idsOf.get(collection) ?? []), made])
}

function collectionOf(url: string): string {
  return /^\/v1\/\w+/.exec(url)![0]
}

/** Texts that mean something where something of this name is asked for. */
const hints: Readonly<Record<string, string[]>> & { directory: string[] } = {
  path: ['/', '/finance', '/finance/db', '/finance/log', '/hr', '/hr/people', '//finance//', '/a/b/c/d'],
  to: ['/', '/a', '/b', '/finance/moved', '/hr/moved', '/finance/db'],
  below: ['/', '/finance', '/hr'],
  scope: ['/finance', '/'],
  name: ['payroll', 'billing', 'default', 'deploy.yaml', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'],
  application: ['payroll', 'payroll', 'billing'],
  owner: ['ada', ''],
  subject: ['app:payroll', 'app:billing/worker', 'user:ada', 'admin:ada', 'role:viewer', '*'],
  object: ['/**', '/finance/*', 'role:viewer', 'role:own'],
  roles: ['role:viewer', 'role:operator'],
  networks: ['10.0.0.0/8', '::1', '10.0.0.1'],
  network: ['10.0.1.0/24', '10.0.2.0/24', 'fd00::/8', '10.0.0.1'],
  address: ['10.0.0.1', '10.0.0.2'],
  repository: ['offsite'],
  schedule: ['x1'],
  cron: ['@yearly', '@monthly'],
  store: ['default', 'extra'],
  class: ['fast', 'slow'],
  classes: ['fast', 'slow'],
  directory: ['finance/db', '/tmp/none'],
  hostPath: ['/tmp', '/'],
  gateway: ['b.example.com', '10.9.9.9:8049'],
  content: ['kind: Pod', '{}', '[', 'a: *b'],
  url: ['https://example.com', 'javascript:alert(1)'],
  labels: ['team=payroll', 'a=b,c=d'],
}

const setUp = [
  ['POST', '/v1/applications', { name: 'payroll', owner: 'ada' }],
  ['POST', '/v1/shares', { path: '/finance/db', application: 'payroll', quotaBytes: 1e9 }],
  ['POST', '/v1/shares', { path: '/finance/log' }],
  ['POST', '/v1/shares', { path: '/hr/people' }],
  ['POST', '/v1/links', { path: '/hr/pay', targets: [{ shareId: 1 }, { gateway: 'b', path: '/x' }] }],
  ['POST', '/v1/folders', { path: '/empty' }],
  ['POST', '/v1/shares', { path: '/hr/gone' }],
  ['DELETE', '/v1/shares/4', undefined],
  ['POST', '/v1/shares', { path: '/hr/lost' }],
  ['DELETE', '/v1/shares/5', undefined],
  ['PUT', '/v1/applications/payroll/manifests/deploy.yaml', { content: 'kind: Pod' }],
  ['POST', '/v1/tokens', { name: 'a', subject: 'app:payroll' }],
  ['POST', '/v1/admins', { name: 'ada', roles: ['role:viewer'] }],
  ['POST', '/v1/hosts', { network: '10.0.0.0/8', subject: 'app:payroll' }],
  ['POST', '/v1/rules', { kind: 'p', subject: 'app:payroll', object: '/**', action: '*', effect: 'allow' }],
] as const

/** Puts back what requests may have taken away, so that those of the next operation find something. */
async function refresh(): Promise<{ workloadToken: string }> {
  const { rules, tokens, namespace, hosts, grants, snapshots, schedules, backups } = api.services
  if ((await backups.repositories.all()).every(({ name }) => name !== 'offsite')) {
    const secrets = { password: { file: 'restic' } }
    await backups.repositories.create(
      { name: 'offsite', url: join(api.directory, 'restic'), secrets },
      'test',
    )
  }
  for (const { backupId } of backups.jobs()) if (backupId !== null) idsOf.set('/v1/backups', [backupId])
  await rules.replaceAll([ownerRule, payrollRule], 'test')
  idsOf.set('/v1/rules', [rules.find(payrollRule)!.id])
  const { record, text } = await tokens.create(
    { kind: 'workload', name: 'w', subject: 'app:payroll' },
    'test',
  )
  idsOf.get('/v1/tokens')!.push(record.id)
  const address = '10.0.0.1'
  api.clients.splice(0, Infinity, { address, connections: 2 })
  const [share] = namespace.shares.all()
  if (share !== undefined) {
    const { done } = snapshots.takings.begin([share.id], { createdBy: 'test' }, false)
    const made = await done.then(({ records }) => records.map(({ id }) => String(id)))
    idsOf.set('/v1/snapshots', made)
  }
  if ((await schedules.all()).every(({ name }) => name !== 'x1'))
    await schedules.create({ name: 'x1', cron: '@yearly', selector: { path: '/finance' } }, 'test')
  if (hosts.match(address).length === 0) await hosts.create({ network: '10.0.0.0/8', subject: 'app:payroll' })
  const { id: hostId, subject } = hosts.subjectOf(address)!
  const rest = { tokenId: null, scope: null, identity: null, expiresAt: null }
  const principal = { subject, hostId, address, ...rest }
  const nobodys = { principal, nodeId: 0, shareId: null, parent: null, backupSet: null }
  const { number } = await grants.issue(share === undefined ? nobodys : { ...nobodys, nodeId: share.linkId! })
  idsOf.set('/v1/grants', [String(number)])
  return { workloadToken: text }
}

const ownerRule = { kind: 'g', subject: 'admin:owner', object: 'role:owner' } as const
const payrollRule = {
  kind: 'p',
  subject: 'app:payroll',
  object: '/**',
  action: '*',
  effect: 'allow',
} as const

interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const garbage: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    '',
    0,
    -1,
    1.5,
    2 ** 53,
    true,
    [],
    {},
    '\0',
    '..',
    '/..',
    '🦆',
    '\ud800',
    'x'.repeat(5000),
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Texts for something of this name. */
function textsFor(name: string): Arbitrary<string> {
  const meant = hints[name] ?? hints.name!
  return fc.oneof(
    { weight: 12, arbitrary: fc.nat().map((n) => meant[n % meant.length]!) },
    { weight: 6, arbitrary: fc.nat(1e6).map((n) => (meant[0] === '/' ? `/new/x${n}` : `x${n}`)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map((name) => `/${name}`) },
  )
}

/** Values that a schema allows, mostly such as mean something. */
function valuesOf(schema: JsonSchema, name = ''): Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, name)))
  const { type = 'string' } = schema
  switch (type) {
    case 'integer': {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema
      const small = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 12) })
      const any = fc.maxSafeInteger().map((n) => Math.min(maximum, Math.max(minimum, n)))
      return fc.oneof({ weight: 8, arbitrary: small }, { weight: 1, arbitrary: any })
    }
    case 'number': {
      const { minimum: min = -1e9, maximum: max = 1e9 } = schema
      return fc.oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true }))
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valuesOf(schema.items!, name), { maxLength: 3 })
    case 'object':
      return objectsOf(schema)
    case 'string':
      return textsOf(schema, name)
  }
}

function textsOf({ format, pattern, maxLength = 1000 }: JsonSchema, name: string): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date(8e12), noInvalidDate: true })
      .map((date) => date.toISOString())
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  return textsFor(name).map((value) => value.slice(0, maxLength))
}

function objectsOf({ properties = {}, required = [], additionalProperties }: JsonSchema): Arbitrary<unknown> {
  if (typeof additionalProperties === 'object') {
    const keys = fc.constantFrom('team', 'a.b/c', 'tier', '', '__proto__', 'x y')
    return fc.dictionary(keys, fc.constantFrom('a', 'payroll', '', '-'), { maxKeys: 2 })
  }
  const entries = Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema, name)] as const)
  return fc.record(Object.fromEntries(entries), { requiredKeys: [...required] })
}

/** A body that may be right, with something wrong put into it now and then, or no JSON at all. */
function bodiesOf(schema: JsonSchema): Arbitrary<string | undefined> {
  const right = valuesOf(schema)
  const wrong = fc.tuple(right, fc.string({ maxLength: 8 }), garbage).map(([body, name, value]) => {
    const names = Object.keys(schema.properties ?? {})
    return { ...(body as object), [names[name.length % (names.length + 1)] ?? name]: value }
  })
  return fc.oneof(
    { weight: 6, arbitrary: right.map((body) => JSON.stringify(body)) },
    { weight: 3, arbitrary: wrong.map((body) => JSON.stringify(body)) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.string(),
        garbage.map((body) => JSON.stringify(body)),
      ),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

const headers = {
  'if-match': fc.constantFrom('*', '"1"', '"2"', '"99"', 'W/"1"', '"x"', 'x', ''),
  'idempotency-key': fc.constantFrom('a', 'b', 'c', 'd e', 'ü', 'k'.repeat(300), ''),
  'content-type': fc.constantFrom('application/json', 'text/plain', 'application/xml', 'a', ''),
}

/** The end of a tar, and what is none. */
const tars = fc.constantFrom('\0'.repeat(1024), 'no tar at all', '\x1f\x8b', '', undefined)

function requestsOf({ path, parameters, body, takes }: DocumentedOperation): Arbitrary<Request> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const parts = inPath.map(({ name, schema }) =>
    fc.oneof(
      { weight: 12, arbitrary: partsOf(path, name, schema).map(encoded) },
      garbage.map(encoded),
      brokenPart,
    ),
  )
  const query = fc.record(
    Object.fromEntries(
      inQuery.map(({ name, schema }) => [
        name,
        fc.oneof({ weight: 8, arbitrary: valuesOf(schema, name).map(encoded) }, garbage.map(encoded)),
      ]),
    ),
    { requiredKeys: inQuery.filter(({ required }) => required).map(({ name }) => name) },
  )
  const extra = fc.oneof(
    { weight: 9, arbitrary: fc.constant('') },
    fc.constantFrom('x=1', 'limit=0', '%', 'a[b]=c'),
  )
  const some = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record(headers, { requiredKeys: [] }) },
  )
  return fc
    .record({
      parts: fc.tuple(...parts),
      query,
      extra,
      headers: some,
      body: takes ? tars : body ? bodiesOf(body) : fc.constant(undefined),
    })
    .map(({ parts, query, extra, headers, body }) => {
      let next = 0
      const filled = path.replace(/\{\w+\}/g, () => parts[next++]!)
      const asked = [...Object.entries(query).map(([name, value]) => `${name}=${value}`), extra]
      const search = asked.filter((part) => part !== '').join('&')
      return { url: search === '' ? filled : `${filled}?${search}`, headers, body }
    })
}

/** Parts of a path: of an id mostly one that is there. */
function partsOf(path: string, name: string, schema: JsonSchema): Arbitrary<unknown> {
  const ids = () => idsOf.get(collectionOf(path)) ?? []
  const isId = name === 'number' || (name === 'id' && (schema.type === 'string' || ids().length > 0))
  if (!isId) return valuesOf(schema, name)
  const known = fc.nat().map((n) => ids()[n % ids().length] ?? 'none')
  return fc.oneof({ weight: 6, arbitrary: known }, { weight: 1, arbitrary: fc.uuid() })
}

const brokenPart = fc.constantFrom(
  '%',
  '%zz',
  '%00',
  '..',
  '.',
  '%2e%2e',
  'a%2Fb',
  'x'.repeat(600),
  ' ',
  '%ff',
)

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Half a character has no place in a URL.
  return encodeURIComponent(Buffer.from(text).toString())
}

const saysWhatIsMissing = /^secret \S+ cannot be read: ENOENT|^restic \w+ failed in repository /

test('whatever is asked, each answer is one that the document tells of', async () => {
  const done = new Set<string>()
  for (const operation of operations) {
    let workloadToken = ''
    const property = fc.asyncProperty(requestsOf(operation), async ({ url, headers, body }) => {
      const isWorkload = operation.security.some((scheme) => 'workload' in scheme)
      const type = operation.takes ?? 'application/json'
      const asked = {
        token: isWorkload ? workloadToken : api.tokens.owner,
        headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
        ...(body === undefined ? {} : { body }),
      }
      const answer = await api.ask(operation.method, url, asked)
      // Of a secret or a repository that is not there, the server says so.
      if (answer.status === 503 && saysWhatIsMissing.test(answer.body.detail)) return
      expectDocumented(operation, answer)
      if (answer.status < 300) done.add(operation.operationId)
      noteIds(url, answer)
    })
    for (let round = 0; round < 2 && !done.has(operation.operationId); round++) {
      ;({ workloadToken } = await refresh())
      await fc.assert(property, { numRuns: requestCount, endOnFailure: true })
    }
  }
  // It is no proof that nothing fails if nothing is ever done.
  expect(done.size).toBeGreaterThan(0.7 * operations.length)
}, 180_000)

import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { Type, type Static, type TSchema } from 'typebox'
import { busyPollUsMax, laneCountMax } from './config.ts'
import { parseNetwork } from './network.ts'
import { rateBounds } from './rate-bounds.ts'
import { normaliseSharePath } from './share-path.ts'

// Every `description` completes the sentence "… must be …" of an error message. Nothing is required here, so that each
// source can be checked by itself; what must be there is checked once all are merged.

function text(description: string, isGood: (value: string) => boolean = (value) => value !== '') {
  return Type.Refine(Type.String({ description }), isGood)
}

function integer(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` })
}

function choice<const T extends string>(...values: T[]) {
  return Type.Union(
    values.map((value) => Type.Literal(value)),
    { description: `one of ${values.join(', ')}` },
  )
}

function section<const T extends Record<string, TSchema>>(description: string, properties: T) {
  return Type.Partial(Type.Object(properties), { additionalProperties: false, description })
}

const port = Type.Integer({ minimum: 0, maximum: 65535, description: 'a port number from 0 to 65535' })
/** 2^32-1 is no owner: chown(2) reads it as "leave alone". */
const owner = integer(0, 0xfffffffe)

const shareSchema = section('a share', {
  path: text(
    `an absolute path such as /team/data, without '.', '..' and control characters`,
    (path) => normaliseSharePath(path) !== undefined,
  ),
  directory: text('the path of a directory'),
  readOnly: Type.Boolean({ description: 'true or false' }),
  squash: choice('root', 'all', 'none'),
  anonymousUid: owner,
  anonymousGid: owner,
  durability: choice('strict', 'relaxed'),
  quotaBytes: integer(1, Number.MAX_SAFE_INTEGER),
  quotaFiles: integer(1, Number.MAX_SAFE_INTEGER),
  callsPerSecond: integer(rateBounds.callsPerSecondMin, rateBounds.callsPerSecondMax),
  bytesPerSecond: integer(rateBounds.bytesPerSecondMin, rateBounds.bytesPerSecondMax),
  burstSeconds: Type.Number({
    minimum: 0,
    maximum: rateBounds.burstSecondsMax,
    description: `a number from 0 to ${rateBounds.burstSecondsMax}`,
  }),
  audit: choice('off', 'changes', 'opens'),
  snapshotAccess: choice('hidden', 'visible', 'backup'),
  remote: Type.Boolean({ description: 'true or false' }),
  clients: Type.Array(
    text('an address or a network such as 10.0.0.0/8', (network) => parseNetwork(network) !== undefined),
    { minItems: 1, description: 'a list of one address or network or more' },
  ),
})

const hookUrlSchema = section('a URL that hooks may call', {
  prefix: text(
    'a URL that begins with http:// or https://, without a user, a query and a fragment',
    isPrefix,
  ),
  headersFile: text('the path of a file'),
})

function isPrefix(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username + password === '' && !/[?#]/.test(text)
}

/** The settings as a file, the environment or flags may hold them. */
export const configSchema = section('a mapping of settings', {
  data: text('the path of a directory'),
  listen: text('a numeric IPv4 or IPv6 address', (address) => isIP(address) !== 0),
  clientHost: text('a host name or a numeric address', (name) =>
    /^[0-9A-Za-z](?:[-.:0-9A-Za-z]{0,253})$/.test(name),
  ),
  nfsPort: port,
  lanes: integer(1, laneCountMax),
  adminPort: Type.Union([port, Type.Literal('off')], {
    description: 'a port number from 0 to 65535, or off',
  }),
  adminListen: text('a numeric IPv4 or IPv6 address', (address) => isIP(address) !== 0),
  adminTlsCertificate: text('the path of a PEM file'),
  adminTlsKey: text('the path of a PEM file'),
  portmap: choice('auto', 'on', 'off'),
  shares: Type.Array(shareSchema, { description: 'a list of shares', maxItems: 10_000 }),
  limits: section('a mapping of limits', {
    connections: integer(1, 100_000),
    recordSize: integer(64 * 1024, 16 * 1024 * 1024),
    callsInFlight: integer(1, 4096),
    openFiles: integer(16, 1_000_000),
    inodes: integer(1000, 10_000_000),
    shares: integer(1, 100_000),
    grants: integer(1, 1_000_000),
    remoteThreads: integer(1, 64),
  }),
  network: section('a mapping of how clients are listened to', {
    busyPollUs: integer(0, busyPollUsMax),
    congestionControl: text('the name of a TCP congestion control, or auto', (name) =>
      /^[a-z0-9_]{1,15}$/.test(name),
    ),
  }),
  hooks: section('a mapping of what snapshot hooks may do', {
    commands: Type.Array(text('the absolute path of a program', isAbsolute), {
      description: 'a list of programs',
      maxItems: 100,
    }),
    urls: Type.Array(hookUrlSchema, { description: 'a list of URLs', maxItems: 100 }),
  }),
  backups: section('a mapping of how restic is run', {
    restic: text('the name or path of a program'),
    host: text('a host name', (name) => /^[0-9A-Za-z][-._0-9A-Za-z]{0,252}$/.test(name)),
    secrets: text('the path of a directory'),
    sshArguments: Type.Array(text('an argument of ssh'), {
      description: 'a list of arguments',
      maxItems: 100,
    }),
  }),
  protection: section('a mapping of how old snapshots and backups may be', {
    snapshotHours: integer(0, 100_000),
    backupHours: integer(0, 100_000),
  }),
  imports: section('a mapping of what may be imported', {
    directories: Type.Array(
      text(
        `an absolute path without '.' and '..'`,
        (path) => isAbsolute(path) && !/\/\.{1,2}(\/|$)/.test(path),
      ),
      { description: 'a list of directories', maxItems: 100 },
    ),
    dockerSocket: text('the absolute path of a socket', isAbsolute),
    tarBytes: integer(1, Number.MAX_SAFE_INTEGER),
    tarFiles: integer(1, Number.MAX_SAFE_INTEGER),
  }),
  log: section('a mapping of log settings', {
    level: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    format: choice('auto', 'json', 'pretty'),
  }),
})

/** Settings of one source, checked. */
export type Settings = Static<typeof configSchema>
/** One share of one source, checked. */
export type ShareSettings = Static<typeof shareSchema>

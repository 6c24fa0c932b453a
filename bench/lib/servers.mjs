/** The servers that are compared. Each serves one directory and is told its ports. */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBerthClient, dataOf } from 'berth/client'
import { portOpen, stop } from './process.mjs'

/**
 * @typedef {object} Place
 * @property {string} name  Of this server in this run; its files in the run folder begin with it.
 * @property {string} folder  The run folder: configuration, logs, state.
 * @property {string} directory  What it serves.
 * @property {string} [strictDirectory]  What Berth serves with metadata on the disk.
 * @property {readonly string[]} [directories]  Serves each of these as a share of its own, and nothing else.
 * @property {number} port  The first of ten that are its own.
 * @property {string} [address]  At which Berth is reached, where not 127.0.0.1; Ganesha listens at all.
 */

/**
 * Where a client finds an export.
 * @typedef {object} Export
 * @property {number} port
 * @property {number} mountPort
 * @property {string} path
 */

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {number} pid
 * @property {Export} [export]
 * @property {{ url: string, token: string }} [api]  The admin API, and an administrator's token.
 * @property {readonly string[]} load  Arguments that lead berth-load to it.
 * @property {readonly string[]} [strictLoad]  Those that lead to its share with metadata on the disk, where it has one.
 * @property {() => Promise<void>} stop
 */

const root = join(import.meta.dirname, '..', '..')

// A BERTH_* variable of the user's would be a setting of the measured gateway.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('BERTH_')),
)

/**
 * Starts a server in the foreground, its output in a log.
 * @param {Place} place
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} port  Is open when the server is ready.
 * @param {Pick<Server, 'load'>} reach
 * @returns {Promise<Server>}
 */
async function start(place, command, args, port, { load }) {
  const log = join(place.folder, `${place.name}.log`)
  const output = openSync(log, 'a')
  const child = spawn(command, args, { cwd: root, env: environment, stdio: ['ignore', output, output] })
  closeSync(output)
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  try {
    await portOpen(child, port, log)
  } catch (error) {
    await stop(child)
    throw error
  }
  return { name: place.name, pid: /** @type {number} */ (child.pid), load, stop: () => stop(child) }
}

/** @param {Export} exported  @returns {string[]} */
function loadOf({ port, mountPort, path }) {
  return ['--nfs-port', `${port}`, '--mount-port', `${mountPort}`, '--export', path]
}

/**
 * @param {Place} place
 * @param {{ port: number, mountPort: number }} ports
 * @param {readonly string[]} paths
 * @returns {string[]}
 */
function loadOfMany({ name, folder }, { port, mountPort }, paths) {
  const list = join(folder, `${name}.exports`)
  writeFileSync(list, paths.map((path) => `${path}\n`).join(''))
  return ['--nfs-port', `${port}`, '--mount-port', `${mountPort}`, '--exports', list]
}

/** @param {number} index */
const manyName = (index) => `many-${index}`

/** As Berth's configuration has them. @param {Place} place */
function sharesOf({ directory, strictDirectory, directories }) {
  const share = (/** @type {string} */ name, /** @type {string} */ served, durability = 'relaxed') => ({
    ...{ path: `/${name}`, directory: served, durability },
  })
  if (directories !== undefined) return directories.map((served, i) => share(manyName(i), served))
  return [
    share('bench', directory),
    ...(strictDirectory === undefined ? [] : [share('strict', strictDirectory, 'strict')]),
  ]
}

/**
 * Makes a workload that may use the shares, by the admin API, as an operator would.
 * @param {{ url: string, token: string }} api
 * @returns {Promise<string>} its token
 */
async function makeWorkload(api) {
  const client = createBerthClient(api)
  const subject = 'app:bench'
  await client.POST('/v1/rules', {
    body: { kind: 'p', subject, object: '/**', action: '*', effect: 'allow' },
  })
  return (await dataOf(client.POST('/v1/tokens', { body: { name: 'bench', subject } }))).text
}

/**
 * Berth, from this checkout's build, with all that a share can ask for: a workload token, quotas, an audit of changes,
 * metrics. Everything else but durability and ports is at its default.
 * @param {Place} place
 */
export function startBerth(place) {
  return startGateway(place, { quotaBytes: 2 ** 50, quotaFiles: 2 ** 40, audit: 'changes' })
}

/**
 * Berth without what costs and Ganesha has not: quota and audit.
 * @param {Place} place
 */
export function startPlainBerth(place) {
  return startGateway(place, {})
}

/**
 * @param {Place} place
 * @param {object} shareOptions
 */
async function startGateway(place, shareOptions) {
  const main = join(root, 'dist', 'main.js')
  if (!existsSync(main)) throw new Error(`no ${main}: run npm run build first`)
  const data = join(place.folder, `${place.name}-data`)
  const config = join(place.folder, `${place.name}.yaml`)
  mkdirSync(data, { recursive: true })
  // Nobody's address: the token alone opens them.
  const both = { squash: 'none', ...shareOptions, clients: ['192.0.2.1'] }
  const settings = {
    data,
    listen: place.address ?? '127.0.0.1',
    nfsPort: place.port,
    adminPort: place.port + 1,
    portmap: 'off',
    shares: sharesOf(place).map((share) => ({ ...share, ...both })),
  }
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settings, null, 2))
  // The admin API opens last.
  const server = await start(place, process.execPath, [main, 'serve', '--config', config], place.port + 1, {
    load: [],
  })
  try {
    const administrator = readFileSync(join(data, 'admin.token'), 'utf8').trim()
    const api = { url: `http://127.0.0.1:${place.port + 1}`, token: administrator }
    const token = await makeWorkload(api)
    const exported = (/** @type {string} */ share) => ({
      port: place.port,
      mountPort: place.port,
      path: `/@${token}/${share}`,
    })
    if (place.directories !== undefined) {
      const paths = place.directories.map((_, i) => exported(manyName(i)).path)
      return { ...server, api, load: loadOfMany(place, { port: place.port, mountPort: place.port }, paths) }
    }
    const bench = exported('bench')
    return { ...server, api, export: bench, load: loadOf(bench), strictLoad: loadOf(exported('strict')) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** @param {string} directory  @param {number} index */
const exportBlock = (directory, index) => `EXPORT {
  Export_Id = ${index + 1};
  Path = ${directory};
  Pseudo = /bench-${index};
  Access_Type = RW;
  Squash = none;
  SecType = sys;
  Protocols = 3;
  Transports = TCP;
  FSAL { Name = VFS; }
}
`

/**
 * NFS-Ganesha with its VFS backend. What is not written here has its default: workers, cache sizes (Entries_HWMark),
 * Dir_Chunk, Attr_Expiration_Time. It syncs data on COMMIT and leaves names to the kernel, as `relaxed` does.
 * Locking, quota and NFSv4 are off: nothing here calls them, and they would cost it memory.
 * @param {Place} place
 */
export async function startGanesha(place) {
  const mountPort = place.port + 1
  const config = join(place.folder, `${place.name}.conf`)
  writeFileSync(
    config,
    `NFS_CORE_PARAM {
  Protocols = 3;
  NFS_Port = ${place.port};
  MNT_Port = ${mountPort};
  Enable_NLM = false;
  Enable_RQUOTA = false;
}
${(place.directories ?? [place.directory]).map(exportBlock).join('')}LOG { Default_Log_Level = CRIT; }
`,
  )
  const pidFile = join(place.folder, `${place.name}.pid`)
  const args = [
    '-F',
    '-f',
    config,
    '-L',
    join(place.folder, `${place.name}.log`),
    '-p',
    pidFile,
    '-N',
    'NIV_CRIT',
  ]
  const exported = { port: place.port, mountPort, path: place.directory }
  const load =
    place.directories === undefined ? loadOf(exported) : loadOfMany(place, exported, place.directories)
  const server = await start(place, 'ganesha.nfsd', args, place.port, { load })
  return { ...server, export: exported }
}

/**
 * A server in C that answers NULL and nothing else: floor/null-server.c.
 * @param {Place} place
 * @param {string} program
 */
export function startNullServer(place, program) {
  return start(place, program, [`${place.port}`], place.port, { load: ['--nfs-port', `${place.port}`] })
}

/** @type {Record<string, (place: Place) => Promise<Server>>} */
export const starters = { berth: startBerth, plain: startPlainBerth, ganesha: startGanesha }

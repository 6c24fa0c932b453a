import { isIPv6 } from 'node:net'
import { stringify } from 'yaml'
import { composeValue, csvField, fstabField, shellWord } from './quoting.ts'

/** What is to be mounted, and where it is. */
export interface MountSource {
  /** Name or address of the gateway. */
  readonly host: string
  readonly port: number
  /** What the client asks for: a logical path, perhaps behind `/@SECRET`. */
  readonly path: string
  readonly readOnly: boolean
}

/** A source with a name, for what must be called something. */
export interface NamedSource extends MountSource {
  /** Of letters that every place takes: `berth-7`. */
  readonly name: string
}

/** YAML 1.1 is what Kubernetes reads: what it would take for a number or a truth is quoted. */
export const yamlOptions = { version: '1.1', lineWidth: 0 } as const

/** Options of mount(8). Ports are given, so that no portmapper is needed. */
export function mountOptions({ port, readOnly }: MountSource): string[] {
  const ports = ['proto=tcp', `port=${port}`, 'mountproto=tcp', `mountport=${port}`]
  // Locks are kept by the client alone (nolock): the lock manager protocol is not served.
  return ['vers=3', ...ports, 'nolock', ...(readOnly ? ['ro'] : [])]
}

/** `HOST:/path`, an IPv6 address in brackets. */
export function mountDevice({ host, path }: MountSource): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${path}`
}

export function mountCommand(source: MountSource): string {
  return `mount -t nfs -o ${mountOptions(source).join(',')} ${shellWord(mountDevice(source))} /mnt`
}

/** A line of fstab(5). */
export function fstabLine(source: NamedSource): string {
  const options = [...mountOptions(source), '_netdev', 'nofail']
  const fields = [mountDevice(source), `/mnt/${source.name}`, 'nfs', options.join(','), '0', '0']
  return fields.map(fstabField).join(' ')
}

/** A command with a volume that Docker itself mounts. */
export function dockerRunCommand(source: NamedSource): string {
  const fields = [
    'type=volume',
    `src=${source.name}`,
    'dst=/data',
    ...(source.readOnly ? ['readonly'] : []),
    'volume-driver=local',
    'volume-opt=type=nfs',
    `volume-opt=device=:${source.path}`,
    `volume-opt=o=${volumeOptions(source)}`,
  ]
  return `docker run --mount ${shellWord(fields.map(csvField).join(','))} IMAGE`
}

/** The parts of a compose file that have to do with it. */
export function composeFile(source: NamedSource): string {
  const { name, path, readOnly } = source
  const options = { type: 'nfs', o: composeValue(volumeOptions(source)), device: composeValue(`:${path}`) }
  return stringify(
    {
      services: { app: { image: 'IMAGE', volumes: [`${name}:/data${readOnly ? ':ro' : ''}`] } },
      volumes: { [name]: { driver: 'local', driver_opts: options } },
    },
    yamlOptions,
  )
}

/** Docker gives these to mount(2), which must be told the address. */
function volumeOptions(source: MountSource): string {
  return [`addr=${source.host}`, ...mountOptions(source)].join(',')
}

import type { Labels } from '../../catalog/nodes.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkLabels, labelCountMax } from '../../service/checks.ts'
import { shown } from '../../service/shown.ts'
import type { DockerContainer, DockerVolume } from './docker-api.ts'

/** The label that says which volume a share was. */
export const volumeLabel = 'berth/docker-volume'
/** The label of a volume that names its application. */
const applicationLabel = 'berth/application'
const projectLabel = 'com.docker.compose.project'
const composeVolumeLabel = 'com.docker.compose.volume'
/** Docker names volumes so that nobody has named. */
const anonymousName = /^[0-9a-f]{64}$/
/** Of a container that writes, or may go on to. */
const runningStates: ReadonlySet<string> = new Set(['running', 'paused', 'restarting', 'removing'])
const labelValueSizeMax = 63

/** Where the share of a volume is put: `{volume}` and, of those of a compose project, `{project}` are filled in. */
export const pathTemplateDefault = '/docker/{volume}'
export const composePathTemplateDefault = '/{project}/{volume}'

export interface DockerWish {
  /** Names of those that are wanted; default: all local ones that somebody has named. */
  readonly volumes?: readonly string[]
  readonly pathTemplate?: string
  readonly composePathTemplate?: string
  /** Copy volumes that running containers use: the copy may be torn. */
  readonly allowRunning?: boolean
  /** Also those that nobody has named. */
  readonly anonymous?: boolean
  readonly store?: string
  readonly class?: string
}

/** A volume, and what would become of it. */
export interface VolumePlan {
  readonly volume: string
  readonly mountpoint: string
  /** Of the share. */
  readonly path: string
  readonly application: string | null
  readonly labels: Labels
  /** Of the volume, that shares cannot have. */
  readonly labelsLeftOut: readonly string[]
  /** Names of running containers that use it. */
  readonly usedBy: readonly string[]
  /** Why it is not imported, as a sentence; undefined: it is. */
  readonly skipped?: string
}

/**
 * What becomes of each volume, by name.
 * @throws {ServiceError} `invalid` for a template, `not-found` for a volume that is named and is not there
 */
export function planVolumes(
  volumes: readonly DockerVolume[],
  containers: readonly DockerContainer[],
  wanted: DockerWish,
): VolumePlan[] {
  const { pathTemplate = pathTemplateDefault, composePathTemplate = composePathTemplateDefault } = wanted
  checkTemplate(pathTemplate, ['volume'])
  checkTemplate(composePathTemplate, ['volume', 'project'])
  const known = new Set(volumes.map(({ Name }) => Name))
  const missing = wanted.volumes?.find((name) => !known.has(name))
  if (missing !== undefined) throw new ServiceError('not-found', `Docker has no volume ${shown(missing)}`)
  const usedBy = usersOf(containers)
  const plans = volumes
    .filter(({ Name }) => wanted.volumes?.includes(Name) ?? true)
    .map((volume) => {
      const { Name: name, Mountpoint: mountpoint } = volume
      const { [projectLabel]: project, [composeVolumeLabel]: short } = volume.Labels ?? {}
      const path =
        project === undefined
          ? filled(pathTemplate, { volume: name })
          : filled(composePathTemplate, { project, volume: short ?? name })
      const skipped = reasonAgainst(volume, wanted)
      return {
        ...{ volume: name, mountpoint, path, ...labelsOf(volume), usedBy: usedBy.get(name) ?? [] },
        application: volume.Labels?.[applicationLabel] ?? (project && applicationNameOf(project)) ?? null,
        ...(skipped === undefined ? {} : { skipped }),
      }
    })
  return plans.sort((a, b) => (a.volume < b.volume ? -1 : 1))
}

/** Names of the running containers that use each volume. */
export function usersOf(containers: readonly DockerContainer[]): Map<string, string[]> {
  const users = new Map<string, string[]>()
  for (const { Id, Names, State, Mounts } of containers) {
    if (!runningStates.has(State)) continue
    const name = Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12)
    for (const { Type: type, Name: volume } of Mounts ?? [])
      if (type === 'volume' && volume !== undefined) users.set(volume, [...(users.get(volume) ?? []), name])
  }
  return users
}

/** A compose project may have `_` and `.` in its name, and as many characters as it likes. */
function applicationNameOf(project: string): string {
  const name = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, labelValueSizeMax)
  return name.replace(/^-|-$/g, '')
}

function reasonAgainst({ Name, Driver, Options }: DockerVolume, wanted: DockerWish): string | undefined {
  if (Driver !== 'local') return `it is of driver ${shown(Driver)}: only local ones lie on this machine`
  if (Options?.device !== undefined || Options?.type !== undefined)
    return `it is a mount of something else, ${shown(Options.device ?? Options.type ?? '')}: import that`
  const isNamed = wanted.volumes?.includes(Name) === true || wanted.anonymous === true
  return anonymousName.test(Name) && !isNamed ? 'nobody has named it' : undefined
}

function labelsOf({ Name, Labels: given }: DockerVolume): Pick<VolumePlan, 'labels' | 'labelsLeftOut'> {
  const labels: Record<string, string> = { [volumeLabel]: Name.slice(0, labelValueSizeMax) }
  const labelsLeftOut: string[] = []
  for (const [key, value] of Object.entries(given ?? {}).sort()) {
    if (Object.keys(labels).length < labelCountMax && key !== volumeLabel && isLabel(key, value))
      labels[key] = value
    else labelsLeftOut.push(key)
  }
  return { labels, labelsLeftOut }
}

function isLabel(key: string, value: string): boolean {
  try {
    checkLabels({ [key]: value })
    return true
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return false
  }
}

const placeholder = /\{([^{}]*)\}/g

/** @throws {ServiceError} `invalid` */
function checkTemplate(template: string, names: readonly string[]): void {
  const used = [...template.matchAll(placeholder)].map(([, name]) => name!)
  const unknown = used.find((name) => !names.includes(name))
  if (!template.startsWith('/') || unknown !== undefined || !used.includes('volume'))
    throw new ServiceError(
      'invalid',
      `${shown(template)} is no template of a path: it begins with /, and has ${names.map((name) => `{${name}}`).join(' and ')} in it`,
    )
}

/** A name with a slash in it would be two. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(placeholder, (_, name: string) => (values[name] ?? '').replaceAll('/', '-'))
}

import { Type } from 'typebox'
import type { VolumeResult } from '../../transfers/docker/docker-imports.ts'
import { composePathTemplateDefault, pathTemplateDefault } from '../../transfers/docker/docker-plan.ts'
import type { ImportJob } from '../../transfers/imports.ts'
import { defined, exactly } from '../operation.ts'
import { count, labels, nullable, path, shareNumber, time, timeView, uuid } from '../values.ts'
import { newShareContent, shareSchema } from './share-schemas.ts'

const hostPath = Type.String({
  maxLength: 4096,
  description: 'Absolute path on the host of the gateway, within imports.directories of its config file',
})
const warnings = Type.Array(Type.String(), { description: 'What is not as it was' })
const counted = {
  files: nullable(Type.Integer({ minimum: 0, description: 'Null: they were not counted' })),
  bytes: nullable(count),
}

export const directoryImportSchema = exactly(
  {
    directory: hostPath,
    mode: Type.Enum(['adopt', 'copy'], {
      type: 'string',
      description:
        'adopt: it becomes the share, by a rename, at once; it lies on the filesystem of the store. copy: it stays',
    }),
    ...newShareContent,
  },
  { title: 'DirectoryImport' },
)

export const importedSchema = exactly(
  { ...shareSchema.properties, ...counted, warnings },
  { title: 'Imported', description: 'The share that was made' },
)

export const importPlanSchema = exactly(
  {
    path,
    store: Type.String(),
    from: Type.String({ description: 'Its real path' }),
    way: Type.Enum(['rename', 'btrfs', 'reflink', 'copy'], {
      type: 'string',
      description: 'rename and btrfs take no time, reflink no space',
    }),
    warnings,
  },
  { title: 'ImportPlan' },
)

const template = (standard: string, names: string) =>
  Type.Optional(
    Type.String({ maxLength: 1024, description: `Logical path, with ${names} in it; default ${standard}` }),
  )

export const dockerImportSchema = exactly(
  {
    volumes: Type.Optional(
      Type.Array(Type.String({ maxLength: 255 }), {
        maxItems: 10_000,
        description: 'Names; default: all local volumes that somebody has named',
      }),
    ),
    pathTemplate: template(pathTemplateDefault, '{volume}'),
    composePathTemplate: template(composePathTemplateDefault, '{project} and {volume}'),
    allowRunning: Type.Optional(
      Type.Boolean({ description: 'Copy what running containers use: the copy may be torn' }),
    ),
    anonymous: Type.Optional(Type.Boolean({ description: 'Also volumes that nobody has named' })),
    store: newShareContent.store,
    class: newShareContent.class,
  },
  { title: 'DockerImport' },
)

const volumeSchema = exactly(
  {
    volume: Type.String(),
    path: Type.String(),
    application: nullable(Type.String({ description: 'It is made if it is not there' })),
    outcome: Type.Enum(['planned', 'imported', 'there', 'skipped', 'refused', 'failed'], {
      type: 'string',
      description:
        'there: it was imported before. skipped: it is none to be imported. refused: not as things are. failed: it was tried',
    }),
    reason: Type.Optional(Type.String()),
    share: nullable(shareNumber),
    ...counted,
    labels,
    labelsLeftOut: Type.Array(Type.String(), { description: 'Labels that a share cannot have' }),
    usedBy: Type.Array(Type.String(), { description: 'Names of running containers' }),
  },
  { title: 'ImportedVolume' },
)

export const dockerImportedSchema = exactly(
  { volumes: Type.Array(volumeSchema) },
  { title: 'DockerImported', description: 'What has become of each volume or, in a dry run, would' },
)

export function volumeView({
  volume,
  path,
  application,
  outcome,
  reason,
  share,
  files = null,
  bytes = null,
  ...plan
}: VolumeResult) {
  return {
    ...{ volume, path, application, outcome, files, bytes },
    ...defined({ reason }),
    share: share?.id ?? null,
    labels: { ...plan.labels },
    labelsLeftOut: [...plan.labelsLeftOut],
    usedBy: [...plan.usedBy],
  }
}

export const tarImportQuery = {
  path,
  store: newShareContent.store,
  class: newShareContent.class,
  application: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
  owner: Type.Optional(Type.String({ maxLength: 255 })),
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  labels: Type.Optional(Type.String({ maxLength: 4096, description: '`team=payroll,tier=db`' })),
  quotaBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  quotaFiles: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  devices: Type.Optional(
    Type.Enum(['refuse', 'skip'], {
      type: 'string',
      description: 'refuse, the default: a tar with devices in it makes no share. skip: they are left out',
    }),
  ),
  stripComponents: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 32, description: 'Leading directories to be left out of names' }),
  ),
}

export const importJobSchema = exactly(
  {
    id: uuid,
    kind: Type.Enum(['adopt', 'copy', 'docker', 'tar'], { type: 'string' }),
    from: Type.String({ description: 'Path on the host; of docker, the volume that is copied now' }),
    path: Type.String({ description: 'Logical path of the share that is made' }),
    phase: Type.Enum(['waiting', 'copying', 'unpacking', 'placing'], { type: 'string' }),
    files: Type.Integer({ minimum: 0, description: 'So far' }),
    bytes: Type.Integer({ minimum: 0, description: 'So far' }),
    startedAt: time,
    createdBy: Type.String(),
  },
  { title: 'ImportJob', description: 'An import that goes on' },
)

export function importJobView({ startedAt, ...job }: ImportJob) {
  return { ...job, startedAt: timeView(startedAt) }
}

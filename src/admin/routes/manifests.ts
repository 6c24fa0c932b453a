import { Type } from 'typebox'
import { manifestSizeMax } from '../../applications/index.ts'
import type { ManifestEntry, ManifestRecord } from '../../catalog/manifests.ts'
import { manifestBodySizeMax } from '../limits.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { pageOf, pageQuery, pageRequest, pageView, time, timeView, uuid, version } from '../values.ts'
import { applicationParameter } from './applications.ts'

const name = Type.String({ minLength: 1, maxLength: 253, description: 'As of a file: deployment.yaml' })
const contentType = Type.Enum(['application/json', 'application/yaml'], { type: 'string' })
const content = Type.String({ maxLength: manifestSizeMax, description: 'JSON or YAML, kept to the letter' })

const entry = {
  applicationId: uuid,
  name,
  version,
  contentType,
  createdAt: time,
  createdBy: Type.String(),
}
const entrySchema = exactly(entry, { title: 'ManifestEntry', description: 'A version without its content' })
const manifestSchema = exactly({ ...entry, content }, { title: 'Manifest' })
const newManifestSchema = exactly(
  { content, contentType: Type.Optional(contentType) },
  {
    title: 'NewManifest',
    description: 'Without a contentType: JSON if it can be read as such, else YAML',
  },
)

const parameters = { ...applicationParameter, name }
const see = { area: 'applications', action: 'list' } as const
const change = { area: 'applications', action: 'manage' } as const
const tag = 'applications'

export function manifestOperations({ applications: { manifests } }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'listManifests',
      method: 'GET',
      path: '/v1/applications/{application}/manifests',
      tag,
      summary: 'The newest version of each document, by name',
      access: see,
      params: applicationParameter,
      query: pageQuery,
      answer: pageOf(entrySchema),
      run: async ({ params, query }) =>
        pageView(await manifests.list(params.application, pageRequest(query)), entryView),
    }),
    operation({
      id: 'putManifest',
      method: 'PUT',
      path: '/v1/applications/{application}/manifests/{name}',
      tag,
      summary: 'Keep a document; another version, unless the newest is the same',
      access: change,
      params: parameters,
      body: newManifestSchema,
      bodySizeMax: manifestBodySizeMax,
      answer: entrySchema,
      async run({ params: { application, name }, body, caller }) {
        const wanted = { name, ...body, actor: caller.subject }
        return entryView(await manifests.put(application, wanted))
      },
    }),
    operation({
      id: 'getManifest',
      method: 'GET',
      path: '/v1/applications/{application}/manifests/{name}',
      tag,
      summary: 'A version of a document, by default the newest',
      access: see,
      params: parameters,
      query: { version: Type.Optional(version) },
      answer: manifestSchema,
      run: async ({ params: { application, name }, query }) =>
        manifestView(await manifests.get(application, name, query.version)),
    }),
    operation({
      id: 'listManifestVersions',
      method: 'GET',
      path: '/v1/applications/{application}/manifests/{name}/versions',
      tag,
      summary: 'All versions of a document, the newest first',
      access: see,
      params: parameters,
      query: pageQuery,
      answer: pageOf(entrySchema),
      run: async ({ params: { application, name }, query }) =>
        pageView(await manifests.versions(application, name, pageRequest(query)), entryView),
    }),
  ]
}

function entryView({ applicationId, name, version, contentType, createdAt, createdBy }: ManifestEntry) {
  const isJson = contentType === 'application/json'
  return {
    applicationId,
    name,
    version,
    contentType: isJson ? ('application/json' as const) : ('application/yaml' as const),
    createdAt: timeView(createdAt),
    createdBy,
  }
}

function manifestView({ content, ...entry }: ManifestRecord) {
  return { ...entryView(entry), content }
}

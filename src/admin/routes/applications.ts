import { Type } from 'typebox'
import type { ApplicationRecord } from '../../catalog/applications.ts'
import { defined, exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { description, labels, pageOf, pageQuery, pageRequest, pageView, time, timeOrNull } from '../values.ts'
import { timeView, uuid, version, nullable } from '../values.ts'

const name = Type.String({ minLength: 1, maxLength: 63, description: 'A DNS label; never changes' })
const owner = Type.String({ maxLength: 255, description: 'Who answers for the data: a person, a team' })
const links = Type.Array(
  exactly({ title: Type.String({ maxLength: 255 }), url: Type.String({ maxLength: 2048 }) }),
  { maxItems: 32 },
)

export const applicationSchema = exactly(
  {
    id: uuid,
    name,
    owner,
    description,
    labels,
    links,
    createdAt: time,
    changedAt: time,
    retiredAt: nullable(time),
    version,
  },
  { title: 'Application' },
)

const newApplicationSchema = exactly(
  {
    name,
    owner,
    description: Type.Optional(description),
    labels: Type.Optional(labels),
    links: Type.Optional(links),
  },
  { title: 'NewApplication' },
)

const applicationChangeSchema = exactly(
  {
    owner: Type.Optional(owner),
    description: Type.Optional(description),
    labels: Type.Optional(labels),
    links: Type.Optional(links),
  },
  { title: 'ApplicationChange', description: 'What is absent stays' },
)

/** Path parameter. */
export const applicationParameter = {
  application: Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' }),
}

const see = { area: 'applications', action: 'list' } as const
const change = { area: 'applications', action: 'manage' } as const
const tag = 'applications'

export function applicationOperations({ applications }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'listApplications',
      method: 'GET',
      path: '/v1/applications',
      tag,
      summary: 'Applications, by name',
      access: see,
      query: {
        ...pageQuery,
        owner: Type.Optional(owner),
        retired: Type.Optional(Type.Boolean({ description: 'Retired ones too' })),
      },
      answer: pageOf(applicationSchema),
      async run({ query: { owner, retired, ...page } }) {
        const filter = defined({ owner, withRetired: retired })
        return pageView(await applications.list(pageRequest(page), filter), applicationView)
      },
    }),
    operation({
      id: 'createApplication',
      method: 'POST',
      path: '/v1/applications',
      tag,
      summary: 'Make an application',
      access: change,
      body: newApplicationSchema,
      creates: true,
      answer: applicationSchema,
      run: async ({ body }) => applicationView(await applications.create(body)),
    }),
    operation({
      id: 'getApplication',
      method: 'GET',
      path: '/v1/applications/{application}',
      tag,
      summary: 'One application, retired or not',
      access: see,
      params: applicationParameter,
      answer: applicationSchema,
      run: async ({ params }) => applicationView(await applications.get(params.application)),
    }),
    operation({
      id: 'updateApplication',
      method: 'PATCH',
      path: '/v1/applications/{application}',
      tag,
      summary: 'Change an application',
      access: change,
      params: applicationParameter,
      body: applicationChangeSchema,
      versioned: true,
      answer: applicationSchema,
      run: async ({ params, body, ifVersion }) =>
        applicationView(await applications.update(params.application, body, { ifVersion })),
    }),
    operation({
      id: 'retireApplication',
      method: 'POST',
      path: '/v1/applications/{application}/retire',
      tag,
      summary: 'Let an application have no new shares',
      description: 'It stays known with all it ever owned. There is no way to remove an application.',
      access: change,
      params: applicationParameter,
      versioned: true,
      answer: applicationSchema,
      run: async ({ params, ifVersion }) =>
        applicationView(await applications.retire(params.application, { ifVersion })),
    }),
    operation({
      id: 'reviveApplication',
      method: 'POST',
      path: '/v1/applications/{application}/revive',
      tag,
      summary: 'Take back a retirement',
      access: change,
      params: applicationParameter,
      versioned: true,
      answer: applicationSchema,
      run: async ({ params, ifVersion }) =>
        applicationView(await applications.revive(params.application, { ifVersion })),
    }),
  ]
}

function applicationView(record: ApplicationRecord) {
  return {
    id: record.id,
    name: record.name,
    owner: record.owner,
    description: record.description,
    labels: { ...record.labels },
    links: record.links.map(({ title, url }) => ({ title, url })),
    createdAt: timeView(record.createdAt),
    changedAt: timeView(record.changedAt),
    retiredAt: timeOrNull(record.retiredAt),
    version: record.version,
  }
}

import { Type } from 'typebox'
import { checkVersion } from '../../service/checks.ts'
import { defined, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { pageIn, pageOf, pageQuery, pageView } from '../values.ts'
import {
  newRepositorySchema,
  repositoryChangeSchema,
  repositoryReference,
  repositorySchema,
  repositoryView,
} from './repository-schemas.ts'

const parameter = { repository: repositoryReference }
const see = { area: 'repositories', action: 'list' } as const
/** Who adds one says where all data goes, and which secrets are sent there. */
const administer = { area: 'repositories', action: 'administer' } as const
const tag = 'backups'

/** Where restic keeps backups. */
export function repositoryOperations(services: AdminServices): AnyOperation[] {
  const { repositories } = services.backups
  return [
    operation({
      id: 'listRepositories',
      method: 'GET',
      path: '/v1/repositories',
      tag,
      summary: 'Repositories of restic, by name',
      access: see,
      query: pageQuery,
      answer: pageOf(repositorySchema),
      run: async ({ query }) =>
        pageView(
          pageIn(await repositories.all(), ({ name }) => name, query),
          repositoryView,
        ),
    }),
    operation({
      id: 'createRepository',
      method: 'POST',
      path: '/v1/repositories',
      tag,
      summary: 'Add a repository, and have restic make it where there is none',
      description:
        'Answers when it was opened. Secrets are named, not given: the gateway reads them each time.',
      access: administer,
      body: newRepositorySchema,
      creates: true,
      answer: repositorySchema,
      run: async ({ body, caller }) => repositoryView(await repositories.create(body, caller.subject)),
    }),
    operation({
      id: 'getRepository',
      method: 'GET',
      path: '/v1/repositories/{repository}',
      tag,
      summary: 'One repository',
      access: see,
      params: parameter,
      answer: repositorySchema,
      run: async ({ params }) => repositoryView(await repositories.get(params.repository)),
    }),
    operation({
      id: 'updateRepository',
      method: 'PATCH',
      path: '/v1/repositories/{repository}',
      tag,
      summary: 'Change a repository; where it is, or its secrets, are tried first',
      access: administer,
      params: parameter,
      body: repositoryChangeSchema,
      versioned: true,
      answer: repositorySchema,
      run: async ({ params, body, ifVersion }) =>
        repositoryView(await repositories.update(params.repository, body, ifVersion)),
    }),
    operation({
      id: 'deleteRepository',
      method: 'DELETE',
      path: '/v1/repositories/{repository}',
      tag,
      summary: 'Forget a repository; what is in it stays there. Schedules back up there no more',
      access: administer,
      params: parameter,
      query: { force: Type.Optional(Type.Boolean({ description: 'Although it holds backups' })) },
      versioned: true,
      run: ({ params, query, ifVersion }) =>
        repositories.remove(params.repository, defined({ force: query.force, ifVersion })),
      dryRun: {
        answer: repositorySchema,
        async run({ params, ifVersion }) {
          const repository = await repositories.get(params.repository)
          checkVersion(`repository ${repository.name}`, repository.version, ifVersion)
          return repositoryView(repository)
        },
      },
    }),
  ]
}

import type { Readable } from 'node:stream'
import { ServiceError } from '../../config/service-error.ts'
import type { Imported, ImportJob } from '../../transfers/imports.ts'
import { areaPath, requireAllowed } from '../authorization.ts'
import { operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { labelsOf, pageIn, pageOf, pageQuery, pageView, uuid } from '../values.ts'
import {
  directoryImportSchema,
  dockerImportedSchema,
  dockerImportSchema,
  importedSchema,
  importJobSchema,
  importJobView,
  importPlanSchema,
  tarImportQuery,
  volumeView,
} from './import-schemas.ts'
import { maySee, normalPath } from './nodes.ts'
import { shareView } from './share-schemas.ts'

const tag = 'transfers'
/** Who may name directories of the host. What of them is allowed, the config file says. */
const hostAccess = { area: 'stores', action: 'manage' } as const

/** Data from elsewhere becomes shares. */
export function importOperations(services: AdminServices): AnyOperation[] {
  return [
    directoryOperation(services),
    dockerOperation(services),
    tarOperation(services),
    ...jobOperations(services),
  ]
}

function directoryOperation(services: AdminServices): AnyOperation {
  const { imports } = services
  return operation({
    id: 'importDirectory',
    method: 'POST',
    path: '/v1/imports/directory',
    tag,
    summary: 'Make a share of a directory of the host',
    description:
      'Answers when all is on the disk. Owners, modes, times, extended attributes, hard links and holes are kept, ' +
      'symlinks copied and never followed. Who asks must be allowed to manage stores and the path of the share.',
    access: hostAccess,
    body: directoryImportSchema,
    creates: true,
    answer: importedSchema,
    async run({ body, caller }) {
      await requireAllowed(services.rules, caller, 'manage', normalPath(body.path))
      return importedView(services, await imports.importDirectory(body, caller.subject))
    },
    dryRun: {
      answer: importPlanSchema,
      async run({ body, caller }) {
        await requireAllowed(services.rules, caller, 'manage', normalPath(body.path))
        const { warnings, ...plan } = await imports.planDirectory(body)
        return { path: normalPath(body.path), ...plan, warnings: [...warnings] }
      },
    },
  })
}

function dockerOperation(services: AdminServices): AnyOperation {
  const { docker } = services.imports
  return operation({
    id: 'importDockerVolumes',
    method: 'POST',
    path: '/v1/imports/docker',
    tag,
    summary: 'Make a share of each volume of the Docker daemon of the host',
    description:
      'Volumes are copied, and stay. Those that were imported before are left alone, so that it can be asked for again. ' +
      'A compose project, or the label berth/application of a volume, becomes the application of its share.',
    access: hostAccess,
    body: dockerImportSchema,
    creates: true,
    answer: dockerImportedSchema,
    async run({ body, caller }) {
      await requireAllowed(services.rules, caller, 'manage', areaPath('applications'))
      const mayMake = (path: string) => requireAllowed(services.rules, caller, 'manage', path)
      return { volumes: (await docker.run(body, caller.subject, mayMake)).map(volumeView) }
    },
    dryRun: {
      answer: dockerImportedSchema,
      run: async ({ body }) => ({ volumes: (await docker.plan(body)).map(volumeView) }),
    },
  })
}

function tarOperation(services: AdminServices): AnyOperation {
  const { imports } = services
  return operation({
    id: 'importTar',
    method: 'POST',
    path: '/v1/imports/tar',
    tag,
    summary: 'Make a share of a tar, which is the body',
    description:
      'It may be compressed by gzip or zstd. GNU tar unpacks it as it comes: numeric owners, modes, times, extended ' +
      'attributes user.*, ACLs, hard links, holes. A tar that breaks off, has `..` in a name or is over the limits of ' +
      'the config file makes no share.',
    access: { action: 'manage', paths: ({ query }: { query: { path: string } }) => [normalPath(query.path)] },
    query: tarImportQuery,
    takes: ['application/x-tar', 'application/gzip', 'application/zstd', 'application/octet-stream'],
    creates: true,
    answer: importedSchema,
    async run({ query: { labels, ...wanted }, body, caller }) {
      const wish = { ...wanted, ...(labels === undefined ? {} : { labels: labelsOf(labels) }) }
      return importedView(services, await imports.importTar(wish, body as Readable, caller.subject))
    },
  })
}

function jobOperations(services: AdminServices): AnyOperation[] {
  const { imports } = services
  return [
    operation({
      id: 'listImportJobs',
      method: 'GET',
      path: '/v1/import-jobs',
      tag,
      summary: 'Imports that go on, of shares that you may see, the oldest first',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(importJobSchema),
      run({ query, caller }) {
        const seen = imports.jobs().filter(({ path }) => path === '' || maySee(services, caller, path))
        return pageView(
          pageIn(seen, ({ id }) => id, query),
          importJobView,
        )
      },
    }),
    operation({
      id: 'getImportJob',
      method: 'GET',
      path: '/v1/import-jobs/{id}',
      tag,
      summary: 'An import that goes on',
      access: { action: 'list', objects: ({ params }: ById) => [pathOf(services, params.id)] },
      params: { id: uuid },
      answer: importJobSchema,
      run: ({ params }) => importJobView(jobOf(services, params.id)),
    }),
    operation({
      id: 'abortImportJob',
      method: 'DELETE',
      path: '/v1/import-jobs/{id}',
      tag,
      summary: 'End an import early',
      description:
        'Of the share that it was making nothing stays; of volumes of Docker, those that are done stay.',
      access: { action: 'manage', objects: ({ params }: ById) => [pathOf(services, params.id)] },
      params: { id: uuid },
      run: ({ params }) => imports.abort(params.id),
      dryRun: {
        answer: importJobSchema,
        run: ({ params }) => importJobView(jobOf(services, params.id)),
      },
    }),
  ]
}

interface ById {
  params: { id: string }
}

/** @throws {ServiceError} `not-found` */
function jobOf({ imports }: AdminServices, id: string): ImportJob {
  const job = imports.jobs().find((one) => one.id === id)
  if (job === undefined) throw new ServiceError('not-found', `there is no import ${id} under way`)
  return job
}

/** What an import that has not begun yet is about: all. */
function pathOf(services: AdminServices, id: string): string {
  const { path } = jobOf(services, id)
  return path === '' ? '/' : normalPath(path)
}

async function importedView(services: AdminServices, { share, files, bytes, warnings }: Imported) {
  return { ...(await shareView(services, share)), files, bytes, warnings: [...warnings] }
}

import type { Static } from 'typebox'
import type { ForgetWish } from '../../backups/forgetting.ts'
import type { RecoveryWish } from '../../backups/selection.ts'
import { defined, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { msOf } from '../values.ts'
import { backupJobSchema, backupJobView } from './backup-schemas.ts'
import { normalPath } from './nodes.ts'
import { repositoryReference } from './repository-schemas.ts'
import {
  checkWishSchema,
  forgetPlanSchema,
  forgetPlanView,
  forgetSchema,
  recoveryPlanSchema,
  recoveryPlanView,
  recoverySchema,
} from './repository-work-schemas.ts'

const params = { repository: repositoryReference }
const manage = { area: 'repositories', action: 'manage' } as const
const tag = 'backups'
const description = 'Answers when it is begun, as a job.'

/** What goes on with whole repositories, each as a job. */
export function repositoryWorkOperations(services: AdminServices): AnyOperation[] {
  return [...upkeepOperations(services), ...contentOperations(services)]
}

function upkeepOperations({ backups }: AdminServices): AnyOperation[] {
  const work = { method: 'POST', tag, description, access: manage, params, answer: backupJobSchema } as const
  return [
    operation({
      ...work,
      id: 'checkRepository',
      path: '/v1/repositories/{repository}/check',
      summary: 'Let restic look for damage',
      body: checkWishSchema,
      run: async ({ params, body, caller }) =>
        backupJobView(await backups.check(params.repository, caller.subject, defined(body))),
    }),
    operation({
      ...work,
      id: 'pruneRepository',
      path: '/v1/repositories/{repository}/prune',
      summary: 'Let restic remove what no backup needs any more',
      run: async ({ params, caller }) =>
        backupJobView(await backups.prune(params.repository, caller.subject)),
    }),
    operation({
      ...work,
      id: 'scanRepository',
      path: '/v1/repositories/{repository}/scan',
      summary: 'Write into the catalogue what is in a repository, whoever made it',
      run: async ({ params, caller }) => backupJobView(await backups.scan(params.repository, caller.subject)),
    }),
    operation({
      ...work,
      id: 'unlockRepository',
      path: '/v1/repositories/{repository}/unlock',
      summary: 'Remove locks that a restic which died has left; only when none is at work on it anywhere',
      run: async ({ params, caller }) =>
        backupJobView(await backups.unlock(params.repository, caller.subject)),
    }),
  ]
}

function contentOperations({ backups }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'forgetBackups',
      method: 'POST',
      path: '/v1/repositories/{repository}/forget',
      tag,
      summary: 'Have a repository forget backups: those named, or those that rules do not keep',
      description,
      access: manage,
      params,
      body: forgetSchema,
      creates: true,
      answer: backupJobSchema,
      run: async ({ params, body, caller }) =>
        backupJobView(await backups.forget(forgetWish(params.repository, body, caller.subject))),
      dryRun: {
        answer: forgetPlanSchema,
        run: async ({ params, body, caller }) =>
          forgetPlanView(await backups.planForget(forgetWish(params.repository, body, caller.subject))),
      },
    }),
    operation({
      id: 'restoreBackups',
      method: 'POST',
      path: '/v1/repositories/{repository}/restore',
      tag,
      summary: 'Make shares of backups, with their applications and documents, whoever made them',
      description:
        'Answers when it is begun, as a job. Shares that are there already from the same backup are passed over: asked for ' +
        'again, it goes on. One share that fails does not end the others.',
      access: { area: 'repositories', action: 'restore' },
      params,
      body: recoverySchema,
      creates: true,
      answer: backupJobSchema,
      run: async ({ params, body, caller }) =>
        backupJobView(await backups.restore(recoveryWish(params.repository, body, caller.subject))),
      dryRun: {
        answer: recoveryPlanSchema,
        run: async ({ params, body, caller }) =>
          recoveryPlanView(await backups.planRestore(recoveryWish(params.repository, body, caller.subject))),
      },
    }),
  ]
}

function forgetWish(
  repository: string,
  { backups, shares, below, ...rest }: Static<typeof forgetSchema>,
  createdBy: string,
): ForgetWish {
  const what = { backupIds: backups, shareIds: shares, below: below && normalPath(below) }
  return { repository, createdBy, ...rest, ...defined(what) }
}

function recoveryWish(
  repository: string,
  { backups, at, path, pathPrefix, ...rest }: Static<typeof recoverySchema>,
  createdBy: string,
): RecoveryWish {
  const what = {
    backupIds: backups,
    at: at === undefined ? undefined : msOf(at, 'body.at'),
    path: path && normalPath(path),
    pathPrefix: pathPrefix && normalPath(pathPrefix),
  }
  return { repository, createdBy, ...rest, ...defined(what) }
}

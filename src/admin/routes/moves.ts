import { Type } from 'typebox'
import { ServiceError } from '../../config/service-error.ts'
import type { MoveJob } from '../../transfers/moves/moves.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  pageIn,
  pageOf,
  pageQuery,
  pageView,
  path,
  shareNumber,
  time,
  timeView,
  uuid,
} from '../values.ts'
import { maySee } from './nodes.ts'

const tag = 'shares'
const store = Type.String({ minLength: 1, maxLength: 63 })
const bytes = Type.Integer({
  minimum: 0,
  description: 'Of data that was copied, twice where it changed meanwhile',
})
const rounds = Type.Integer({
  minimum: 0,
  description: 'How often what had changed was copied while clients went on',
})

const storeMoveSchema = exactly({ store }, { title: 'StoreMove', description: 'The store that it goes to' })

const movedSchema = exactly(
  {
    share: shareNumber,
    path,
    from: store,
    to: store,
    files: count,
    bytes,
    rounds,
    heldMs: Type.Integer({ minimum: 0, description: 'How long changes of clients waited, in milliseconds' }),
    freeBytes: Type.Integer({ minimum: 0, description: 'In the store that it goes to, before' }),
    keepsHandles: Type.Boolean({
      description: 'Whether file handles that clients have go on to mean the same',
    }),
  },
  {
    title: 'MovedShare',
    description: 'What was done. In a dry run, what would be, with files and bytes as counted last',
  },
)

const jobSchema = exactly(
  {
    id: uuid,
    share: shareNumber,
    path,
    from: store,
    to: store,
    phase: Type.Enum(['waiting', 'copying', 'catching-up', 'holding', 'finishing'], {
      type: 'string',
      description:
        'copying and catching-up: clients go on. holding: their changes wait. finishing: they are served from the new ' +
        'store, and what was in the old one is removed',
    }),
    files: count,
    bytes,
    rounds,
    startedAt: time,
    createdBy: Type.String(),
  },
  { title: 'MoveJob', description: 'A share that is being moved to another store' },
)

interface ById {
  params: { id: number }
}

/** Shares go to other stores while they are mounted. */
export function moveOperations(services: AdminServices): AnyOperation[] {
  const { namespace, moves } = services
  return [
    operation({
      id: 'moveShareToStore',
      method: 'POST',
      path: '/v1/shares/{id}/move-store',
      tag,
      summary: 'Move a share to another store while clients use it',
      description:
        'Answers when clients are served from there, which may take long. Mounts, file handles and open files go on; ' +
        'changes wait for a moment at the end. Whatever fails, the share is where it was.',
      access: { action: 'manage', objects: ({ params }: ById) => [namespace.shares.get(params.id).path] },
      params: { id: shareNumber },
      body: storeMoveSchema,
      answer: movedSchema,
      async run({ params, body, caller }) {
        const { share, ...done } = await moves.move(params.id, body.store, caller.subject)
        return { share: share.id, path: share.path, ...done }
      },
      dryRun: {
        answer: movedSchema,
        run({ params, body }) {
          const { share, ...plan } = moves.plan(params.id, body.store)
          return { share: share.id, path: share.path, ...plan, rounds: 0, heldMs: 0 }
        },
      },
    }),
    operation({
      id: 'listMoveJobs',
      method: 'GET',
      path: '/v1/move-jobs',
      tag,
      summary: 'Shares that are being moved to another store, of those that you may see, the oldest first',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(jobSchema),
      run({ query, caller }) {
        const seen = moves
          .jobs()
          .map((job) => jobView(services, job))
          .filter((job) => maySee(services, caller, job.path))
        return pageView(
          pageIn(seen, ({ id }) => id, query),
          (job) => job,
        )
      },
    }),
    operation({
      id: 'abortMoveJob',
      method: 'DELETE',
      path: '/v1/move-jobs/{id}',
      tag,
      summary: 'End the move of a share early: it stays where it is',
      description: 'One that is finishing cannot be ended any more.',
      access: {
        action: 'manage',
        objects: ({ params }) => [namespace.shares.get(jobOf(services, params.id).shareId).path],
      },
      params: { id: uuid },
      run: ({ params }) => moves.abort(params.id),
      dryRun: {
        answer: jobSchema,
        run: ({ params }) => jobView(services, jobOf(services, params.id)),
      },
    }),
  ]
}

/** @throws {ServiceError} `not-found` */
function jobOf({ moves }: AdminServices, id: string): MoveJob {
  const job = moves.jobs().find((one) => one.id === id)
  if (job === undefined) throw new ServiceError('not-found', `there is no move ${id} under way`)
  return job
}

/** With the path of the share, as it is now. */
function jobView({ namespace }: AdminServices, { shareId, startedAt, ...job }: MoveJob) {
  const { path } = namespace.shares.get(shareId)
  return { ...job, share: shareId, path, startedAt: timeView(startedAt) }
}

import { Type } from 'typebox'
import { controlKinds, recentLimitMax, verifyAudit, type NumberedLine } from '../../audit/index.ts'
import { defined, exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { count, msOf, nullable, pageOf, shareNumber, subject, time, timeView } from '../values.ts'

const kind = Type.Enum([...controlKinds, 'file', 'dropped'], { type: 'string' })

const lineSchema = exactly(
  {
    sequence: Type.Integer({ minimum: 1 }),
    at: time,
    kind,
    subject: Type.String({ description: 'Empty: not known' }),
    address: Type.String({ description: 'Empty: the gateway itself' }),
    grant: nullable(Type.Integer()),
    share: nullable(Type.Integer()),
    operation: Type.String(),
    path: Type.String(),
    result: Type.String(),
    line: Type.String({ description: 'The line as it is in the file, JSON' }),
  },
  { title: 'AuditLine' },
)

const head = exactly({ sequence: count, sha256: Type.String() }, { title: 'AuditHead' })

const verificationSchema = exactly(
  {
    ok: Type.Boolean(),
    files: count,
    lines: count,
    seals: count,
    unsealed: count,
    head: Type.Optional(head),
    problems: Type.Array(
      exactly(
        { file: Type.String(), firstLine: count, lastLine: count, what: Type.String() },
        { title: 'AuditProblem' },
      ),
    ),
  },
  { title: 'AuditVerification' },
)

const see = { area: 'audit', action: 'list' } as const
const tag = 'audit'

export function auditOperations({ audit, auditDirectory }: AdminServices): AnyOperation[] {
  /** One at a time: it reads all there is. */
  let last: Promise<unknown> = Promise.resolve()
  return [
    operation({
      id: 'listAudit',
      method: 'GET',
      path: '/v1/audit',
      tag,
      summary: 'The newest lines of the audit, those of the last second excepted',
      description: 'Older ones are in the files only.',
      access: see,
      query: {
        after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: 'The `next` of before' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: recentLimitMax })),
        kind: Type.Optional(kind),
        subject: Type.Optional(subject),
        share: Type.Optional(shareNumber),
        pathPrefix: Type.Optional(
          Type.String({ maxLength: 1024, description: 'Letter by letter: `/finance/` is all below it' }),
        ),
        since: Type.Optional(time),
      },
      answer: pageOf(lineSchema),
      async run({ query: { share, since, ...rest } }) {
        const sinceMs = since === undefined ? undefined : msOf(since, 'query.since')
        const { items, next } = await audit.recent({
          ...rest,
          ...defined({ shareId: share, since: sinceMs }),
        })
        return { items: items.map(lineView), ...defined({ next }) }
      },
    }),
    operation({
      id: 'verifyAudit',
      method: 'GET',
      path: '/v1/audit/verify',
      tag,
      summary: 'Read all files of the audit, and tell where lines are missing or altered',
      access: see,
      answer: verificationSchema,
      async run() {
        const found = last.then(() => verifyAudit(auditDirectory, { head: audit.head }))
        last = found.catch(() => {})
        const { head, problems, ...rest } = await found
        return {
          ...rest,
          ...defined({ head: head && { ...head } }),
          problems: problems.map((problem) => ({ ...problem })),
        }
      },
    }),
  ]
}

function lineView({ at, shareId, ...line }: NumberedLine) {
  const { sequence, kind, subject, address, grant, operation, path, result, line: text } = line
  const about = { subject, address, grant, share: shareId, operation, path, result }
  return { sequence, at: timeView(at), kind, ...about, line: text }
}

import { Type } from 'typebox'
import { operation, type AnyOperation, type StreamedAnswer } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { snapshotNumber } from './snapshot-schemas.ts'

const mediaTypes = { ndjson: 'application/x-ndjson', nul: 'application/octet-stream' } as const

/** What changed between snapshots. */
export function snapshotChangeOperations({
  snapshots,
  namespace,
  comparisons,
}: AdminServices): AnyOperation[] {
  const pathOf = (id: number): string => namespace.shares.get(snapshots.get(id).shareId).path
  return [
    operation({
      id: 'getSnapshotChanges',
      method: 'GET',
      path: '/v1/snapshots/{id}/changes',
      tag: 'snapshots',
      summary: 'What is different in a snapshot from what it was in another of the same share',
      description:
        'Sent as it is found; an answer that breaks off is not whole. `ndjson`: a line for each change, {kind, path, ' +
        'type} with kind added, deleted, modified, metadata or renamed; renamed has `from`, the path in the other; ' +
        'modified files have `size` and `ranges` [{offset, length}], and `metadata` if mode or owner are others too; ' +
        'another name of a file that is told of has `linkOf`. Paths are relative to the root of the share, which is ' +
        '`.`; one that is no UTF-8 comes in base64 too: `pathBase64`. `nul`: only the paths of what is added, ' +
        'modified, renamed to, or of other metadata, as bytes, each with a NUL after it. What lies in a renamed ' +
        'directory is told of only where it is different. The header `berth-changes-by` says how they were found: by the ' +
        '`journal` of what clients changed through the gateway, or by a `comparison` of everything.',
      access: {
        action: 'snapshot',
        objects: ({ params, query }: { params: { id: number }; query: { since: number } }) => [
          pathOf(params.id),
          pathOf(query.since),
        ],
      },
      params: { id: snapshotNumber },
      query: {
        since: Type.Integer({
          minimum: 1,
          maximum: 0xffff_ffff,
          description: 'Number of the other snapshot',
        }),
        format: Type.Optional(
          Type.Enum(['ndjson', 'nul'], { type: 'string', description: 'Default ndjson' }),
        ),
        exhaustive: Type.Optional(
          Type.Boolean({
            description:
              'Compare everything, where a journal would do: finds what programs on the host changed past the gateway too',
          }),
        ),
      },
      streams: Object.values(mediaTypes),
      answer: Type.Unsafe<StreamedAnswer>(Type.String({ description: 'Lines of JSON, or paths' })),
      async run({ params, query: { since, format = 'ndjson', exhaustive } }) {
        const { stream, by } = await comparisons.changes(params.id, since, format, exhaustive)
        return { mediaType: mediaTypes[format], body: stream, headers: { 'berth-changes-by': by } }
      },
    }),
  ]
}

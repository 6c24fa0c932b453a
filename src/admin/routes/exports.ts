import { Type } from 'typebox'
import { operation, type AnyOperation, type StreamedAnswer } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { snapshotNumber } from './snapshot-schemas.ts'

const mediaTypes = { none: 'application/x-tar', gzip: 'application/gzip' } as const
const endings = { none: 'tar', gzip: 'tar.gz' } as const

/** Snapshots leave the gateway. */
export function exportOperations({ exports, snapshots, namespace }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'exportSnapshot',
      method: 'GET',
      path: '/v1/snapshots/{id}/tar',
      tag: 'transfers',
      summary: 'All that is in a snapshot, as a tar',
      description:
        'Packed as it is taken, by GNU tar: numeric owners, nanoseconds, extended attributes user.*, ACLs, hard links, ' +
        'holes. An answer that breaks off is not whole. The snapshot is not removed meanwhile.',
      access: {
        action: 'restore',
        objects: ({ params }: { params: { id: number } }) => [
          namespace.shares.get(snapshots.get(params.id).shareId).path,
        ],
      },
      params: { id: snapshotNumber },
      query: {
        compression: Type.Optional(
          Type.Enum(['none', 'gzip'], { type: 'string', description: 'Default none' }),
        ),
      },
      streams: Object.values(mediaTypes),
      audited: true,
      answer: Type.Unsafe<StreamedAnswer>(Type.String({ format: 'binary' })),
      run({ params, query: { compression = 'none' } }) {
        const { path, name } = snapshots.get(params.id)
        const fileName = `${path.slice(1).replaceAll('/', '-')}@${name}.${endings[compression]}`
        // RFC 6266; encoded as RFC 8187 has it, any name is right.
        const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`
        const headers = { 'content-disposition': disposition }
        return { mediaType: mediaTypes[compression], headers, body: exports.tar(params.id, compression) }
      },
    }),
  ]
}

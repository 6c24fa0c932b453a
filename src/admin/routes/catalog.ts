import { Type } from 'typebox'
import { exportCatalog } from '../../catalog/document.ts'
import { operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'

export function catalogOperations({ catalog }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'exportCatalog',
      method: 'GET',
      path: '/v1/catalog/export',
      tag: 'catalog',
      summary: 'The whole catalog as one JSON document, for `berth catalog import`',
      description: 'It holds the hashes of all secrets, though no secret.',
      access: { area: 'catalog', action: 'administer' },
      answer: Type.Unknown(),
      mediaType: 'application/json',
      run: () => exportCatalog(catalog),
    }),
  ]
}

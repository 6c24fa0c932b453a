import type { ShareRecord } from '../catalog/shares.ts'

/** What has changed in the namespace. The change is in the catalog and in memory when a listener hears of it. */
export type NamespaceEvent =
  | { readonly kind: 'node-added'; readonly nodeId: number; readonly path: string }
  /** Description or labels. */
  | { readonly kind: 'node-changed'; readonly nodeId: number }
  /** With everything below it; `shareIds` are the shares that lie there. */
  | {
      readonly kind: 'node-moved'
      readonly nodeId: number
      readonly from: string
      readonly to: string
      readonly shareIds: readonly number[]
    }
  | { readonly kind: 'node-removed'; readonly nodeId: number; readonly path: string }
  | { readonly kind: 'targets-changed'; readonly linkId: number }
  | { readonly kind: 'share-added'; readonly shareId: number }
  | {
      readonly kind: 'share-changed'
      readonly shareId: number
      readonly changed: readonly (keyof ShareRecord)[]
    }
  /** It has no path any more; its data waits in the store. */
  | { readonly kind: 'share-deleted'; readonly shareId: number }
  | { readonly kind: 'share-undeleted'; readonly shareId: number }
  | { readonly kind: 'share-purged'; readonly shareId: number }

export type NamespaceListener = (event: NamespaceEvent) => void

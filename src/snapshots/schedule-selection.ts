import type { Applications } from '../applications/index.ts'
import type { Labels } from '../catalog/nodes.ts'
import type { ShareSelector } from '../catalog/schedules.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import { formatPath, isWithin, parsePath } from '../namespace/names.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { checkLabels } from '../service/checks.ts'

/** Of which shares, as people say it: all that fit every condition. One condition or more. */
export interface SelectorInput {
  /** A share, or a folder with all below it; `/`: all. */
  readonly path?: string
  /** All of these. */
  readonly labels?: Labels
  /** Name or id. */
  readonly application?: string
}

interface SelectionOptions {
  readonly namespace: Namespace
  readonly applications: Applications
}

/** Finds the shares that a selector means, at the time it is asked. */
export class ShareSelection {
  readonly #namespace: Namespace
  readonly #applications: Applications

  constructor({ namespace, applications }: SelectionOptions) {
    this.#namespace = namespace
    this.#applications = applications
  }

  /** @throws {ServiceError} `invalid` or `not-found` */
  async check({ path, labels, application }: SelectorInput): Promise<ShareSelector> {
    if (path === undefined && labels === undefined && application === undefined)
      throw new ServiceError(
        'invalid',
        'the selector is empty: give a path (/ for all shares), labels or an application',
      )
    return {
      ...(path === undefined ? {} : this.#placeOf(path)),
      ...(labels === undefined ? {} : { labels: checkLabels(labels) }),
      ...(application === undefined ? {} : { applicationId: (await this.#applications.get(application)).id }),
    }
  }

  /** By path. */
  sharesOf(selector: ShareSelector): ShareRecord[] {
    const { path, applicationId, labels = {} } = selector
    const below = path === undefined ? '/' : this.pathOf(selector)
    if (below === undefined) return []
    const wanted = Object.entries(labels)
    const found: ShareRecord[] = []
    for (const share of this.#namespace.shares.all())
      if (
        isWithin(share.path, below) &&
        (applicationId ?? share.applicationId) === share.applicationId &&
        wanted.every(([key, value]) => Object.hasOwn(share.labels, key) && share.labels[key] === value)
      )
        found.push(share)
    return found.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** The path as it is now, wherever the folder or link has moved; undefined: none was chosen, or nothing is there. */
  pathOf({ nodeId, path }: ShareSelector): string | undefined {
    const { tree } = this.#namespace
    const node = nodeId === undefined ? undefined : tree.get(nodeId)
    if (node !== undefined) return tree.pathOf(node)
    if (path === undefined) return undefined
    return tree.find(parsePath(path)) === undefined ? undefined : path
  }

  #placeOf(text: string): { nodeId: number; path: string } {
    const names = parsePath(text)
    const path = formatPath(names)
    const node = this.#namespace.tree.find(names)
    if (node === undefined) throw new ServiceError('not-found', `there is no share and no folder ${path}`)
    return { nodeId: node.id, path }
  }
}

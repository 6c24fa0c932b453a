import { statfsSync } from 'node:fs'
import type { ShareRecord } from '../catalog/shares.ts'
import type { Config } from '../config/config.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import { isRemoteFilesystem } from '../namespace/filesystem-name.ts'
import type { Namespace } from '../namespace/namespace.ts'

/** What lanes open for shares: where each lies, and whether that may be slow to answer. */
export class SharePlaces {
  readonly #namespace: Namespace
  /** By directory: shares of the configuration file lie in no store. */
  readonly #remote = new Map<string, boolean>()

  /** The directories of the configuration file are there. */
  constructor({ shares }: Config, namespace: Namespace) {
    this.#namespace = namespace
    for (const { directory, remote } of shares)
      this.#remote.set(directory, remote ?? isRemoteFilesystem(statfsSync(directory).type))
  }

  definition(share: ShareRecord): ShareDefinition {
    const { shares } = this.#namespace
    const directory = shares.directoryOf(share)
    return {
      id: share.id,
      path: share.path,
      directory,
      ...(share.store === null ? { remote: this.#remote.get(directory) === true } : this.in(share.store)),
      moveMap: shares.moveMapOf(share),
    }
  }

  /** Of what lies in a store; null: in the data directory. */
  in(store: string | null): Pick<ShareDefinition, 'store' | 'remote'> {
    return store === null ? {} : { store, remote: this.#namespace.stores.isRemote(store) }
  }
}

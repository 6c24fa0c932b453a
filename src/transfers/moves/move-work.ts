import { join } from 'node:path'
import { MoveMap, type ChangeList } from '../../filesystem/index.ts'
import { native } from '../../native/index.ts'
import { copyFileBy, copyRangesBy } from '../../snapshots/drivers/contents.ts'
import { TreeCopy } from '../../snapshots/drivers/tree-copy.ts'
import { dataName, openRoot, require } from '../../snapshots/drivers/tree-pair.ts'
import { MapWriter } from './map-writer.ts'
import type { MoveSetup } from './messages.ts'

/** Name of the map in the directory in which a share is made. */
export const mapName = 'map'

/** Makes a share in another store, in steps. Synchronous and long: for a thread of its own. */
export class MoveWork {
  readonly #directory: string
  readonly #copy: TreeCopy
  readonly #former: MoveMap | undefined
  readonly #map: MapWriter | undefined
  #bytes = 0
  /** Once it is whole: its objects, which have been counted with those that are gone until then. */
  #files: number | undefined

  /** `breath` is called for each object, and for each piece of data, with how far it has come; it may throw to end it. */
  constructor(setup: Omit<MoveSetup, 'stop'>, breath: (files: number, bytes: number) => void) {
    const { source, directory, limbo, generation, formerMap } = setup
    this.#directory = directory
    let files = 0
    const tell = () => breath(files, this.#bytes)
    const onPiece = (bytes: number): void => {
      this.#bytes += bytes
      tell()
    }
    this.#copy = new TreeCopy({
      ...{ source, directory, limbo: join(dataName, limbo) },
      copyFile: copyFileBy(onPiece),
      copyRanges: copyRangesBy(onPiece),
      breath: (count) => {
        files = count
        tell()
      },
    })
    this.#former = formerMap === undefined ? undefined : MoveMap.open(formerMap)
    if (generation !== undefined) this.#map = new MapWriter(this.#copy, generation, this.#former, tell)
  }

  get counts(): { files: number; bytes: number } {
    return { files: this.#files ?? this.#copy.table.count, bytes: this.#bytes }
  }

  copy(): void {
    this.#copy.prepare()
  }

  round(changed: ChangeList | undefined): void {
    this.#copy.cut(changed)
  }

  async map(): Promise<void> {
    await this.#copy.emptyLimbo()
    this.#map?.append(join(this.#directory, mapName), this.#copy.living(), false)
    this.#sync()
  }

  async close(changed: ChangeList | undefined): Promise<void> {
    this.#copy.cut(changed)
    await this.#copy.removeLimbo()
    this.#copy.settleRoot()
    const living = this.#copy.living()
    this.#files = living.length
    this.#map?.append(join(this.#directory, mapName), living, true)
    this.#sync()
  }

  end(): void {
    this.#copy.close()
    this.#former?.close()
  }

  #sync(): void {
    const fd = openRoot(this.#directory)
    const synced = native.syncfs(fd)
    native.close(fd)
    require(synced, 'sync', () => this.#directory)
  }
}

import { handleAs, MoveMapSegment, type MoveMap, type NumberAndChange } from '../../filesystem/index.ts'
import { native, StatField } from '../../native/index.ts'
import { field, limboObject, Mark, rootObject } from '../../snapshots/drivers/object-table.ts'
import { none } from '../../snapshots/drivers/places.ts'
import type { TreeCopy } from '../../snapshots/drivers/tree-copy.ts'
import { isGone, require } from '../../snapshots/drivers/tree-pair.ts'

const itself = Buffer.alloc(0)
/** Inode numbers from here on, in the upper half, cannot be told from those of other generations. */
const numberHighEnd = 2 ** 24

/**
 * Writes what clients call the objects of a copied share: first of all of them while they change still, then, once they are
 * held, of those that are others since.
 */
export class MapWriter {
  readonly #copy: TreeCopy
  readonly #generation: number
  readonly #former: MoveMap | undefined
  readonly #breath: () => void

  /** `former`: what the share is served by now. */
  constructor(copy: TreeCopy, generation: number, former: MoveMap | undefined, breath: () => void) {
    this.#copy = copy
    this.#generation = generation
    this.#former = former
    this.#breath = breath
  }

  /** Adds a segment to the map. `living`: the copy's objects; `isWhole`: nobody changes the share. */
  append(path: string, living: Uint32Array, isWhole: boolean): void {
    const segment = new MoveMapSegment(this.#generation)
    const numbers = new Set<string>()
    for (const [directory, objects] of this.#byDirectory(living)) {
      const live =
        directory === none ? this.#copy.pair.openLive(rootObject) : this.#copy.pair.openLive(directory)
      // It was moved meanwhile: that is noted, and the next cut finds it.
      if (!isWhole && isGone(live)) continue
      require(live, 'open', () => this.#copy.pair.pathOf(Math.max(directory, rootObject)))
      const copy = this.#copy.pair.openCopy(Math.max(directory, rootObject))
      for (const object of objects) this.#add(object, live, copy, segment, numbers, isWhole)
      native.close(live)
      native.close(copy)
    }
    if (isWhole) this.#addGone(living, segment, numbers)
    segment.append(path)
  }

  /** Objects that the map has not, or otherwise, by the directory of their first name. */
  #byDirectory(living: Uint32Array): Map<number, number[]> {
    const { table } = this.#copy
    const byDirectory = new Map<number, number[]>()
    for (const object of living) {
      if (!table.has(object, Mark.UNMAPPED)) continue
      const place = table.firstPlace(object)
      const directory = place === none ? none : table.places.directory(place)
      const objects = byDirectory.get(directory)
      if (objects === undefined) byDirectory.set(directory, [object])
      else objects.push(object)
    }
    return byDirectory
  }

  #add(
    object: number,
    live: number,
    copy: number,
    segment: MoveMapSegment,
    numbers: Set<string>,
    isWhole: boolean,
  ): void {
    this.#breath()
    const { table, pair } = this.#copy
    const place = table.firstPlace(object)
    const name = place === none ? itself : table.places.name(place)
    const path = () => (place === none ? '.' : pair.pathOf(table.places.directory(place), name))
    const isSame = native.statAt(live, name, 0) === 0 && table.isInode(object, 0)
    if (!isSame && !isWhole) return
    if (!isSame) throw new Error(`${path()} was changed on this host while the share was moved: try again`)
    const client = this.#former?.numberOf(0) ?? numberIn(0)
    const told = native.nameToHandle(live, name, 0)
    // Others may have removed it since.
    if (!isWhole && isGone(told)) return
    const named = require(told, 'name', path)
    const clientHandle = handleAs(this.#former?.name(named) ?? named)
    require(native.statAt(copy, name, 1), 'examine the copy of', path)
    const here = numberIn(1)
    if (here.high >= numberHighEnd)
      throw new Error(
        `the store's filesystem numbers its files from 2^56 on, which a moved share has no room for`,
      )
    const hereHandle = handleAs(require(native.nameToHandle(copy, name, 0), 'name the copy of', path))
    segment.addHandle(hereHandle, clientHandle)
    segment.addNumber(here, client)
    numbers.add(`${here.high}.${here.low}`)
    table.unmark(object, Mark.UNMAPPED)
    table.mark(object, Mark.MAPPED)
  }

  /** Copies that an earlier segment has, and that are no more: their numbers may be given to new objects. */
  #addGone(living: Uint32Array, segment: MoveMapSegment, numbers: ReadonlySet<string>): void {
    const { table } = this.#copy
    const isLiving = new Uint8Array(table.count)
    for (const object of living) isLiving[object] = 1
    const gone = [...table.replacedCopies]
    for (let object = 0; object < table.count; object++)
      if (isLiving[object] === 0 && object !== limboObject && table.has(object, Mark.MAPPED))
        gone.push(table.copyOf(object))
    const added = new Set(numbers)
    for (const { high, low } of gone) {
      const key = `${high}.${low}`
      if (added.has(key)) continue
      added.add(key)
      segment.addNumber({ high, low, ctime: 0, ctimeNs: 0 }, undefined)
    }
  }
}

function numberIn(slot: number): NumberAndChange {
  return {
    high: field(slot, StatField.INO_HIGH),
    low: field(slot, StatField.INO_LOW),
    ctime: field(slot, StatField.CTIME),
    ctimeNs: field(slot, StatField.CTIME_NS),
  }
}

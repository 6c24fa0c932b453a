import { Column, Texts } from './columns.ts'

/** No place, no object. */
export const none = -1

/**
 * Names in directories, by number: the directory's number and the name, in some 30 bytes each. What the numbers of
 * directories mean is up to who uses it; names of one object can be chained by {@link next}.
 */
export class Places {
  readonly #directories = new Column(Int32Array)
  readonly #names = new Column(Uint32Array)
  readonly #next = new Column(Int32Array)
  readonly #texts = new Texts()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(directory: number, name: Buffer, next: number = none): number {
    const place = this.#count++
    this.#directories.set(place, directory)
    this.#names.set(place, this.#texts.add(name))
    this.#next.set(place, next)
    return place
  }

  directory(place: number): number {
    return this.#directories.get(place)
  }

  /** A view. */
  name(place: number): Buffer {
    return this.#texts.get(this.#names.get(place))
  }

  next(place: number): number {
    return this.#next.get(place)
  }

  setNext(place: number, next: number): void {
    this.#next.set(place, next)
  }
}

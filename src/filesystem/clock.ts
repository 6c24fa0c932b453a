/** What a {@link Clock} keeps in its ring. */
export interface ClockItem {
  /** Set on use; the hand spares the item once. */
  recentlyUsed: boolean
}

/**
 * A bounded set that forgets what has not been used lately: the clock algorithm (second chance). A use costs one
 * store, where moving an item to the head of a list would cost six, on every call.
 */
export class Clock<Item extends ClockItem> {
  readonly countMax: number
  readonly #evict: (item: Item) => boolean
  readonly #ring: (Item | undefined)[] = []
  readonly #places = new Map<Item, number>()
  readonly #free: number[] = []
  #hand = 0

  /** `evict` lets go of an item and answers true, or answers false when the item cannot go now. */
  constructor(countMax: number, evict: (item: Item) => boolean) {
    this.countMax = countMax
    this.#evict = evict
  }

  get size(): number {
    return this.#places.size
  }

  /** Adds an item, making room first. When nothing can go now, the set is over its limit until something can. */
  add(item: Item): void {
    if (this.#places.size >= this.countMax) this.#makeRoom()
    item.recentlyUsed = true
    const place = this.#free.pop() ?? this.#ring.length
    this.#ring[place] = item
    this.#places.set(item, place)
  }

  remove(item: Item): void {
    const place = this.#places.get(item)
    if (place === undefined) return
    this.#places.delete(item)
    this.#ring[place] = undefined
    this.#free.push(place)
  }

  /** Evicts every item not used since the last time this was called. */
  sweep(): void {
    for (const item of [...this.#places.keys()]) {
      if (item.recentlyUsed) item.recentlyUsed = false
      else if (this.#evict(item)) this.remove(item)
    }
  }

  /** Evicts what can be evicted. */
  clear(): void {
    for (const item of [...this.#places.keys()]) if (this.#evict(item)) this.remove(item)
  }

  #makeRoom(): void {
    // Two rounds see every item unmarked once; then whatever is left is held by a call in flight.
    for (let step = this.#ring.length * 2; step > 0; step--) {
      this.#hand = (this.#hand + 1) % this.#ring.length
      const item = this.#ring[this.#hand]
      if (item === undefined) continue
      if (item.recentlyUsed) item.recentlyUsed = false
      else if (this.#evict(item)) {
        this.remove(item)
        // What was added while nothing could go is let go of too.
        if (this.#places.size < this.countMax) return
      }
    }
  }
}

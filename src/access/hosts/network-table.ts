import { networkKey, parseRange, type AddressRange } from '../addresses.ts'

/** Values by network: an address finds those of all networks that hold it. */
export class NetworkTable<T> {
  readonly #byNetwork = new Map<string, T[]>()
  /** How many values there are with each prefix, in each family. */
  readonly #prefixCounts = { 4: new Map<number, number>(), 6: new Map<number, number>() }
  /** Prefixes in use, the longest first; undefined after a change. */
  #prefixes: Partial<Record<4 | 6, readonly number[]>> = {}

  add(network: AddressRange, value: T): void {
    const key = networkKey(network, network.prefix)
    const values = this.#byNetwork.get(key)
    if (values === undefined) this.#byNetwork.set(key, [value])
    else values.push(value)
    this.#count(network, 1)
  }

  remove(network: AddressRange, value: T): void {
    const key = networkKey(network, network.prefix)
    const values = this.#byNetwork.get(key) ?? []
    const rest = values.filter((other) => other !== value)
    if (rest.length === 0) this.#byNetwork.delete(key)
    else this.#byNetwork.set(key, rest)
    this.#count(network, rest.length - values.length)
  }

  /** The values of this very network. */
  at(network: AddressRange): readonly T[] {
    return this.#byNetwork.get(networkKey(network, network.prefix)) ?? []
  }

  /** The values of all networks that hold the address, those of the smallest network first. */
  match(address: string): T[] {
    const range = parseRange(address)
    if (range === undefined) return []
    return this.#prefixesOf(range.family).flatMap(
      (prefix) => this.#byNetwork.get(networkKey(range, prefix)) ?? [],
    )
  }

  #prefixesOf(family: 4 | 6): readonly number[] {
    return (this.#prefixes[family] ??= [...this.#prefixCounts[family].keys()].sort((a, b) => b - a))
  }

  #count({ family, prefix }: AddressRange, change: number): void {
    const counts = this.#prefixCounts[family]
    const count = (counts.get(prefix) ?? 0) + change
    if (count === 0) counts.delete(prefix)
    else counts.set(prefix, count)
    this.#prefixes = {}
  }
}

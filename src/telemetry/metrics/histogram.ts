/** How often values of some sizes were seen: numbers that can be sent to another thread, and added. */
export interface HistogramCounts {
  /** Upper bounds, rising. */
  readonly bounds: readonly number[]
  /** Each value in the first bound that it is not over; the last are over all. */
  readonly counts: Float64Array
  /** Of all values. */
  readonly sum: number
}

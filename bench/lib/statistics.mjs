/**
 * @param {readonly number[]} values  At least one.
 * @returns {number}
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = NaN, high = low] = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return (low + high) / 2
}

/**
 * Half the distance from the least to the greatest value, as a part of the median: 0.05 reads "±5 %".
 * @param {readonly number[]} values  At least one.
 * @returns {number}
 */
export function spread(values) {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values)
}

/** Why rows miss their bar, by name of the row: what their profiles say. */

/** @type {Readonly<Record<string, string>>} */
export const reasons = {}

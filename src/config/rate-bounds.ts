/** What may be given as a limit of calls and bytes a second. */
export const rateBounds = {
  callsPerSecondMin: 1,
  callsPerSecondMax: 10_000_000,
  /** A page: the largest transfer then takes four minutes, which clients still wait for. */
  bytesPerSecondMin: 4096,
  bytesPerSecondMax: 2 ** 40,
  burstSecondsMax: 3600,
} as const

import type { Command } from 'commander'
import type { Schemas } from '../client/index.ts'
import { given } from './given.ts'
import { orNull, parseCount, parseDuration, parseSize } from './inputs.ts'
import { formatBytes } from './output/values.ts'

/** How much may be asked of something in a second. */
export interface RateLimitFlags {
  readonly callsPerSecond?: number | 'none'
  readonly bytesPerSecond?: number | 'none'
  readonly burst?: number
}

export function withRateLimit(command: Command): Command {
  return command
    .option('--calls-per-second <count>', 'most NFS calls a second, or none', parseCount)
    .option('--bytes-per-second <size>', 'most bytes read and written a second: 50Mi, none', parseSize)
    .option('--burst <duration>', 'what the limits allow in this time may come at once: 1s', parseDuration)
}

export function rateLimitOf({ callsPerSecond, bytesPerSecond, burst }: RateLimitFlags) {
  return given({
    callsPerSecond: orNull(callsPerSecond),
    bytesPerSecond: orNull(bytesPerSecond),
    burstSeconds: burst,
  })
}

/** For people; undefined without a limit. */
export function rateLimitText({
  callsPerSecond,
  bytesPerSecond,
  burstSeconds,
}: Pick<Schemas['Share'], 'callsPerSecond' | 'bytesPerSecond' | 'burstSeconds'>): string | undefined {
  const rates = [
    callsPerSecond === null ? [] : `${callsPerSecond} calls/s`,
    bytesPerSecond === null ? [] : `${formatBytes(bytesPerSecond)}/s`,
  ].flat()
  return rates.length === 0 ? undefined : `${rates.join(', ')}, at once those of ${burstSeconds} s`
}

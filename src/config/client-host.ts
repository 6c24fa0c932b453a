import { hostname } from 'node:os'
import type { Config } from './config.ts'

/** Name or address by which clients reach the gateway: as configured, or the address it listens on, if that is one. */
export function clientHostOf({ clientHost, listen }: Pick<Config, 'clientHost' | 'listen'>): string {
  const isAnywhere = listen === '0.0.0.0' || listen === '::'
  return clientHost ?? (isAnywhere ? hostname() : listen)
}

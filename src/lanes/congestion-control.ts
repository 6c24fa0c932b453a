import { readFileSync } from 'node:fs'
import { StartError } from '../config/error.ts'

/**
 * The TCP congestion control that connections get, by the kernel's name; empty: the system's own. `wanted`: that of the
 * settings; 'auto' is the system's, unless that is BBR, which sends each segment by a timer: a client that is near waits for
 * timers then, and takes a fifth of what it could (decision 0032). Then it is CUBIC, or Reno, which every kernel has.
 */
export function congestionControlOf(wanted: string): string {
  if (wanted !== 'auto') return wanted
  if (!setting('tcp_congestion_control').startsWith('bbr')) return ''
  const names = allowed()
  return ['cubic', 'reno'].find((name) => names.includes(name)) ?? ''
}

/** What it means to an operator that the kernel refuses one; undefined for an error that is not about that. */
export function congestionControlError(name: string, code: string | undefined): StartError | undefined {
  if (name === '' || (code !== 'ENOENT' && code !== 'EPERM')) return undefined
  return new StartError(
    `network.congestionControl: ${name} cannot be had here; without CAP_NET_ADMIN there are ${allowed().join(', ')}`,
  )
}

const allowed = () => setting('tcp_allowed_congestion_control').split(' ')
const setting = (name: string) => readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim()

import { isIP } from 'node:net'

/** A range of addresses, as `BlockList.addSubnet` takes it. */
export interface Network {
  readonly address: string
  /** Leading bits that count: 0 to 32 (IPv4) or 128 (IPv6). */
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reads `10.1.2.3`, `10.0.0.0/8`, `fd00::/8` (RFC 4632, RFC 4291 §2.3); undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefixText, ...rest] = text.split('/')
  const version = isIP(address)
  // A zone names an interface of this machine; BlockList cannot compare it.
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined
  const prefixMax = version === 4 ? 32 : 128
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined
  const prefix = prefixText === undefined ? prefixMax : Number(prefixText)
  if (prefix > prefixMax) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/**
 * A universal address, RFC 5665 §5.2.3: the numeric address and two decimal octets of the port: `10.0.0.1.8.1` is port
 * 2049. Without the zone of a link-local address, which means nothing to another host.
 */
export function universalAddress(address: string, port: number): string {
  const zone = address.indexOf('%')
  const bare = zone < 0 ? address : address.slice(0, zone)
  return `${bare}.${port >>> 8}.${port & 0xff}`
}

/** The numeric address in a universal address; anything at all for a string that is none. */
export function hostOf(universal: string): string {
  return universal.split('.').slice(0, -2).join('.')
}

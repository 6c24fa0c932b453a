/** An IPv4 address in its dotted form also where a dual-stack socket shows it mapped into IPv6 (RFC 4291 §2.5.5.2). */
export function normalAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

import { isIPv4, isIPv6 } from 'node:net'

/** A range of addresses as numbers: the leading `prefix` bits of `bits`, in one family. */
export interface AddressRange {
  readonly family: 4 | 6
  /** The whole address. */
  readonly bits: bigint
  /** Leading bits that count: 0 to 32, or 128. */
  readonly prefix: number
}

const widths = { 4: 32, 6: 128 } as const

/** `::ffff:0:0/96`, RFC 4291 §2.5.5.2: IPv4 as a socket of IPv6 shows it. */
const mappedPrefix = 0xffffn

/**
 * Reads an address (`10.1.2.3`, `fe80::1%eth0`) or a network (`10.0.0.0/8`); undefined for anything else. IPv4-mapped
 * IPv6 is IPv4, and a zone does not count: it names an interface of this machine.
 */
export function parseRange(text: string): AddressRange | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/')
  const [plain = ''] = addressText.split('%')
  const address = parseAddress(plain)
  if (address === undefined || rest.length > 0) return undefined
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined
  const width = isIPv4(plain) ? 32 : 128
  const prefix = prefixText === undefined ? width : Number(prefixText)
  if (prefix > width) return undefined
  // A prefix written for the mapped form counts the 96 bits before the IPv4 address.
  const shorter = width - widths[address.family]
  if (prefix < shorter) return { family: 6, bits: (mappedPrefix << 32n) | address.bits, prefix }
  return { ...address, prefix: prefix - shorter }
}

export function contains(network: AddressRange, address: AddressRange): boolean {
  return network.family === address.family && address.prefix >= network.prefix && sameLead(network, address)
}

function sameLead(network: AddressRange, address: AddressRange): boolean {
  const dropped = BigInt(widths[network.family] - network.prefix)
  return network.bits >> dropped === address.bits >> dropped
}

/** The same text for all addresses of one network of `prefix` bits: a key for maps. */
export function networkKey({ family, bits }: AddressRange, prefix: number): string {
  return `${family}/${prefix}/${(bits >> BigInt(widths[family] - prefix)).toString(16)}`
}

function parseAddress(text: string): { family: 4 | 6; bits: bigint } | undefined {
  if (isIPv4(text)) return { family: 4, bits: ipv4Bits(text) }
  if (!isIPv6(text)) return undefined
  const bits = ipv6Bits(text)
  return bits >> 32n === mappedPrefix ? { family: 4, bits: bits & 0xffff_ffffn } : { family: 6, bits }
}

function ipv4Bits(text: string): bigint {
  return text.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
}

/** RFC 4291 §2.2. `text` is known to be one. */
function ipv6Bits(text: string): bigint {
  const [before = '', after] = text.split('::')
  const left = groupsOf(before)
  const right = groupsOf(after ?? '')
  const zeros = Array<bigint>(8 - left.length - right.length).fill(0n)
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | group, 0n)
}

function groupsOf(text: string): bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)]
    const bits = ipv4Bits(group)
    return [bits >> 16n, bits & 0xffffn]
  })
}

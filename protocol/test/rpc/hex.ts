/** Bytes of annotated hex: blanks do not count, nor does anything after a `#`. */
export function hex(text: string): Buffer {
  const digits = text.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`no hex: ${digits}`)
  return Buffer.from(digits, 'hex')
}

/** XDR words. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 4 * i))
  return bytes
}

/** A record of one fragment, RFC 5531 §11. */
export function record(body: Buffer): Buffer {
  return Buffer.concat([words(0x8000_0000 | body.length), body])
}

/** A call with AUTH_NONE, without record mark. */
export function call(
  xid: number,
  { program = 300000, version = 1, procedure = 0, args = Buffer.alloc(0) }: CallOptions = {},
): Buffer {
  return Buffer.concat([words(xid, 0, 2, program, version, procedure, 0, 0, 0, 0), args])
}

export interface CallOptions {
  program?: number
  version?: number
  procedure?: number
  args?: Buffer
}

/** A successful reply, without record mark. */
export function success(xid: number, result: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([words(xid, 1, 0, 0, 0, 0), result])
}

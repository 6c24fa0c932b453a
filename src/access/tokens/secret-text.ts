import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a secret is: its text begins with it. */
export type SecretPrefix = 'berth_' | 'bticket_'

/** A secret text taken apart. */
export interface SecretParts {
  /** Which row it is: {@link idPart} of the row's id. */
  readonly idPart: string
  /** SHA-256 of the secret part, 32 bytes: what is kept of it. */
  readonly secretHash: Buffer
}

/**
 * Crockford's base32 in small letters: without i, l, o and u, which are taken for others. Five bits a letter, no letter
 * that a shell, a path or a mount option takes for its own.
 */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** 80 bits. */
const idPartLength = 16
/** 160 bits of secret. */
const secretSize = 20
const secretLength = 32
/** CRC-32 in 35 bits. */
const checksumLength = 7

const bodyPattern = new RegExp(`^[${alphabet}]{${idPartLength + secretLength + checksumLength}}$`)

/** A new secret for the row `id`: its text, shown once, and what is kept of it. */
export function makeSecret(prefix: SecretPrefix, id: string): { text: string; secretHash: Buffer } {
  const secret = toBase32(randomBytes(secretSize))
  const body = idPart(id) + secret
  return { text: `${prefix}${body}${checksum(prefix, body)}`, secretHash: sha256(secret) }
}

/** Undefined for a text that is no secret with this prefix, or was mistyped: nothing needs to be looked up for it. */
export function parseSecret(prefix: SecretPrefix, text: string): SecretParts | undefined {
  if (!text.startsWith(prefix)) return undefined
  const all = text.slice(prefix.length)
  if (!bodyPattern.test(all)) return undefined
  const body = all.slice(0, -checksumLength)
  if (all.slice(-checksumLength) !== checksum(prefix, body)) return undefined
  return { idPart: body.slice(0, idPartLength), secretHash: sha256(body.slice(idPartLength)) }
}

/** The part of a secret's text that tells which row it is, made from the row's id: 80 bits of its hash. */
export function idPart(id: string): string {
  return toBase32(sha256(id).subarray(0, (idPartLength * 5) / 8))
}

/** CRC-32 finds every error within 32 bits in a row: each mistyped letter, each two that changed places. */
function checksum(prefix: SecretPrefix, body: string): string {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(crc32(prefix + body), 1)
  // 40 bits are 8 letters, the first of them always 0.
  return toBase32(bytes).slice(-checksumLength)
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** `bytes` in a whole number of letters: 5 bytes are 8. */
function toBase32(bytes: Buffer): string {
  let text = ''
  for (let offset = 0; offset < bytes.length; offset += 5) {
    let group = bytes.readUIntBE(offset, 5)
    let letters = ''
    for (let index = 0; index < 8; index += 1) {
      letters = alphabet[group % 32]! + letters
      group = Math.floor(group / 32)
    }
    text += letters
  }
  return text
}

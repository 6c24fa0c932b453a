import { randomBytes } from 'node:crypto'
import { nfs3WriteVerfSize } from 'nfs-server-ts'

/** Bytes before those of the verifier: how many syncs have failed, and nothing. */
const headSize = 8

/**
 * The write verifier of a gateway, RFC 1813 §3.3.7: the same through all lanes, and another one after a restart or a failed
 * sync of any lane. Threads that sync count failures in the memory itself, before anybody is told of one.
 */
export class WriteVerifier {
  readonly buffer: SharedArrayBuffer
  /** How many syncs have failed: where addons add to it. */
  readonly failureCount: Buffer
  readonly #failures: Uint32Array
  readonly #first: Buffer
  #seen = 0
  #verifier: Buffer

  static create(): WriteVerifier {
    const buffer = new SharedArrayBuffer(headSize + nfs3WriteVerfSize)
    randomBytes(nfs3WriteVerfSize).copy(Buffer.from(buffer), headSize)
    return new WriteVerifier(buffer)
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.failureCount = Buffer.from(buffer, 0, Uint32Array.BYTES_PER_ELEMENT)
    this.#failures = new Uint32Array(buffer, 0, 1)
    this.#first = Buffer.from(Buffer.from(buffer, headSize))
    this.#verifier = this.#first
  }

  /** Once more: whoever counts failures in the memory may have done so already. */
  change(): void {
    Atomics.add(this.#failures, 0, 1)
  }

  /** 8 bytes, which stay what they are. */
  get bytes(): Buffer {
    const failures = Atomics.load(this.#failures, 0)
    if (failures !== this.#seen) {
      this.#seen = failures
      this.#verifier = Buffer.from(this.#first)
      this.#verifier.writeUInt32BE((this.#first.readUInt32BE(4) + failures) >>> 0, 4)
    }
    return this.#verifier
  }
}

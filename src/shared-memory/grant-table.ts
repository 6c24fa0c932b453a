import { ruleGroupCountMax, type IdentityRule } from './identity-rule.ts'

/**
 * What a grant allows, as bits. BACKUP: it is for the backup view, where each share looks the same every day. SNAPSHOTS:
 * it sees the snapshots of a share that shows them to backups alone. LIMITED: it or its share has a limit of calls or bytes a
 * second.
 */
export const Right = { READ: 1, WRITE: 2, BACKUP: 4, SNAPSHOTS: 8, LIMITED: 16 } as const

/** A grant as lanes need to know it. */
export interface GrantEntry {
  /** 1 to 2^32-1, in every file handle made under the grant, never given to another. */
  readonly number: number
  /** 0: the grant is for folders alone. */
  readonly shareId: number
  /** Bits of {@link Right}. */
  readonly rights: number
  readonly rule: IdentityRule
  /** The one client that may use it, as `RpcClient.address` has it. */
  readonly address: string
}

/** Words of an entry, 32 bits each. */
const Word = {
  /** Changes with every change of the entry; 0 while it is being changed. */
  STAMP: 0,
  /** 0: no grant lives here. */
  NUMBER: 1,
  SHARE: 2,
  RIGHTS: 3,
  SQUASH: 4,
  UID: 5,
  GID: 6,
  GROUP_COUNT: 7,
  /** When a lane last saw a call under the grant, seconds since 1970. */
  USED: 8,
  ADDRESS_LENGTH: 9,
  GROUPS: 10,
  ADDRESS: 10 + ruleGroupCountMax,
} as const

/** The longest IPv6 address, with the name of an interface as its zone. */
const addressSizeMax = 64
const entryWords = 64

if (Word.ADDRESS + addressSizeMax / 4 > entryWords)
  throw new Error('an entry of the grant table is too small')

const squashes = ['none', 'root', 'all'] as const

/**
 * The living grants, in memory that the control plane writes and every lane reads. A lane looks at one word for each
 * call: as long as the stamp is the one it knows, all it knows of the grant is true. So a grant that is revoked here is
 * over with the very next call of every connection.
 *
 * A grant's place is its number modulo the capacity; the control plane gives out only numbers whose place is free.
 */
export class GrantTable {
  readonly buffer: SharedArrayBuffer
  readonly capacity: number
  readonly #words: Uint32Array
  readonly #bytes: Buffer
  #lastStamp = 0

  /** A new table; `capacity` is the most grants that live at once. */
  static create(capacity: number): GrantTable {
    return new GrantTable(new SharedArrayBuffer(capacity * entryWords * 4))
  }

  /** `buffer`: of a table made in another thread, or zeroes. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.capacity = buffer.byteLength / (entryWords * 4)
    this.#words = new Uint32Array(buffer)
    this.#bytes = Buffer.from(buffer)
  }

  /** Whether a grant with this number can be put in: no other has its place. */
  hasRoomFor(number: number): boolean {
    return this.#words[this.#place(number) + Word.NUMBER] === 0
  }

  /** Puts a grant in, or changes it. For the control plane alone. @throws RangeError if its place is taken. */
  set({ number, shareId, rights, rule, address }: GrantEntry): void {
    const at = this.#place(number)
    const present = this.#words[at + Word.NUMBER]!
    if (present !== 0 && present !== number)
      throw new RangeError(`grant ${number}: its place is taken by grant ${present}`)
    const size = Buffer.byteLength(address)
    if (rule.gids.length > ruleGroupCountMax || size > addressSizeMax)
      throw new RangeError(`grant ${number} does not fit: ${rule.gids.length} groups, address ${address}`)
    this.#change(at, (words) => {
      words[at + Word.NUMBER] = number
      words[at + Word.SHARE] = shareId
      words[at + Word.RIGHTS] = rights
      words[at + Word.SQUASH] = squashes.indexOf(rule.squash)
      words[at + Word.UID] = rule.uid
      words[at + Word.GID] = rule.gid
      words[at + Word.GROUP_COUNT] = rule.gids.length
      words.set(rule.gids, at + Word.GROUPS)
      words[at + Word.ADDRESS_LENGTH] = size
      this.#bytes.write(address, (at + Word.ADDRESS) * 4)
    })
  }

  /** Ends a grant, if it lives. For the control plane alone. */
  revoke(number: number): void {
    const at = this.#place(number)
    if (this.#words[at + Word.NUMBER] !== number) return
    this.#change(at, (words) => words.fill(0, at + Word.NUMBER, at + entryWords))
  }

  /** What a grant is now; undefined when it has ended. */
  read(number: number): (GrantEntry & { readonly stamp: number }) | undefined {
    const at = this.#place(number)
    const words = this.#words
    for (;;) {
      const stamp = Atomics.load(words, at + Word.STAMP)
      if (number === 0 || words[at + Word.NUMBER] !== number) return undefined
      const groups = at + Word.GROUPS
      const entry = {
        number,
        stamp,
        shareId: words[at + Word.SHARE]!,
        rights: words[at + Word.RIGHTS]!,
        rule: {
          squash: squashes[words[at + Word.SQUASH]!] ?? 'all',
          uid: words[at + Word.UID]!,
          gid: words[at + Word.GID]!,
          gids: [...words.subarray(groups, groups + words[at + Word.GROUP_COUNT]!)],
        },
        address: this.#bytes.toString(
          'utf8',
          (at + Word.ADDRESS) * 4,
          (at + Word.ADDRESS) * 4 + words[at + Word.ADDRESS_LENGTH]!,
        ),
      }
      // A change in between has mixed two states: the control plane is done with it in a moment.
      if (stamp !== 0 && Atomics.load(words, at + Word.STAMP) === stamp) return entry
    }
  }

  /** Whether the calls under a grant may have to wait; true for one that has ended whose place such a grant has. */
  isLimited(number: number): boolean {
    return (this.#words[this.#place(number) + Word.RIGHTS]! & Right.LIMITED) !== 0
  }

  /** The share that a grant is for; 0: it is for folders alone, or has ended. */
  shareOf(number: number): number {
    const at = this.#place(number)
    return this.#words[at + Word.NUMBER] === number ? this.#words[at + Word.SHARE]! : 0
  }

  /** The stamp of whatever grant has this number's place: another than a grant was read with means to read it again. */
  stamp(number: number): number {
    return Atomics.load(this.#words, (number % this.capacity) * entryWords)
  }

  /** Notes that a grant is in use, `seconds` since 1970. */
  use(number: number, seconds: number): void {
    Atomics.store(this.#words, this.#place(number) + Word.USED, seconds)
  }

  /** When a grant was last in use, seconds since 1970; 0: never since this process began. */
  lastUsed(number: number): number {
    return Atomics.load(this.#words, this.#place(number) + Word.USED)
  }

  #place(number: number): number {
    return (number % this.capacity) * entryWords
  }

  #change(at: number, write: (words: Uint32Array) => void): void {
    const words = this.#words
    this.#lastStamp = (this.#lastStamp + 1) >>> 0 || 1
    Atomics.store(words, at + Word.STAMP, 0)
    write(words)
    Atomics.store(words, at + Word.STAMP, this.#lastStamp)
  }
}

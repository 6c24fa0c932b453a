import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { constants as osConstants } from 'node:os'
import type { Fattr3, WccAttr } from 'nfs-server-ts'
import { AT_FDCWD, handleBytes, MovedField, movedRow, native } from '../native/index.ts'
import { errnoName } from './errno.ts'
import { kernelHandleSizeMax, moveCountMax } from './handle.ts'

/**
 * What the objects of a share that was moved to another filesystem are called by its clients, who know them by handles and
 * numbers of the one before. The map lies beside the share. It is a row of segments, of which a later one holds before an
 * earlier; numbers are in network byte order:
 *
 *      0  "BERTHMOV"
 *      8  u32 version, 1
 *     12  u32 generation: how often the share has been moved
 *     16  u32 bytes H of a handle here, and
 *     20  u32 bytes C of one that clients have
 *     24  u64 objects with handles
 *     32  u64 numbers
 *     40  24 zero bytes
 *
 * and three tables, each sorted by its key, and followed by the key of each 64th record:
 *
 *     objects by their handle here:     size, type, H bytes · generation, size, type, C bytes
 *     objects by that which clients have: generation, size, type, C bytes · size, type, H bytes
 *     numbers: u64 here · u64 told to clients · ctime here, i64 seconds and u32 nanoseconds · ctime told instead of it
 *
 * An object that is in no table was made here: its handle says so by the generation, and its number has that in its highest
 * bits. So nothing that was made before can be mistaken for it.
 */
const magic = 'BERTHMOV'
const version = 1
const headerSize = 64
const blockRecords = 64
const numberSize = 8
const numberRecordSize = 40
/** Of a number made here, where its generation begins, in the upper 32 bits. */
const generationShift = 24
/** Nanoseconds that no time has. */
const never = 0xffff_ffff

/** A handle of the kernel: generation << 16 | type << 8 | size, and the bytes, which are copied. */
export interface NamedHandle {
  readonly packed: number
  readonly bytes: Buffer
}

/** An object's number and time of change. */
export interface NumberAndChange {
  readonly high: number
  readonly low: number
  readonly ctime: number
  readonly ctimeNs: number
}

/** Records of one size, as many as there are. */
class Records {
  readonly size: number
  readonly #perChunk: number
  readonly #chunks: Buffer[] = []
  count = 0

  constructor(size: number) {
    this.size = size
    this.#perChunk = Math.floor(2 ** 20 / size)
  }

  /** Room for one more, all zero. */
  add(): Buffer {
    const place = this.count++ % this.#perChunk
    if (place === 0) this.#chunks.push(Buffer.alloc(this.#perChunk * this.size))
    return this.#chunks.at(-1)!.subarray(place * this.size, (place + 1) * this.size)
  }

  *all(): Generator<Buffer> {
    for (let index = 0; index < this.count; index++) {
      const at = (index % this.#perChunk) * this.size
      yield this.#chunks[Math.floor(index / this.#perChunk)]!.subarray(at, at + this.size)
    }
  }
}

const hereSizeMax = 2 + kernelHandleSizeMax
const clientSizeMax = 3 + kernelHandleSizeMax

/** What a segment of a move map is made of. */
export class MoveMapSegment {
  readonly #generation: number
  readonly #handles = new Records(hereSizeMax + clientSizeMax)
  readonly #numbers = new Records(numberRecordSize)
  #hereSize = 0
  #clientSize = 0

  constructor(generation: number) {
    if (generation < 1 || generation > moveCountMax) throw new RangeError(`generation ${generation}`)
    this.#generation = generation
  }

  /** Objects with handles. */
  get count(): number {
    return this.#handles.count
  }

  /** An object has handle `here`, and clients know it by `client`. */
  addHandle(here: NamedHandle, client: NamedHandle): void {
    const record = this.#handles.add()
    const [hereSize, clientSize] = [here.packed & 0xff, client.packed & 0xff]
    record[0] = hereSize
    record[1] = (here.packed >> 8) & 0xff
    here.bytes.copy(record, 2, 0, hereSize)
    record[hereSizeMax] = client.packed >> 16
    record[hereSizeMax + 1] = clientSize
    record[hereSizeMax + 2] = (client.packed >> 8) & 0xff
    client.bytes.copy(record, hereSizeMax + 3, 0, clientSize)
    this.#hereSize = Math.max(this.#hereSize, hereSize)
    this.#clientSize = Math.max(this.#clientSize, clientSize)
  }

  /** An object has number and ctime `here`, and clients are told `client`; undefined: what they are of one made here. */
  addNumber(here: NumberAndChange, client: NumberAndChange | undefined): void {
    const told = client ?? {
      ...here,
      high: (here.high ^ (this.#generation << generationShift)) >>> 0,
      ctimeNs: never,
    }
    const record = this.#numbers.add()
    record.writeUInt32BE(here.high, 0)
    record.writeUInt32BE(here.low, 4)
    record.writeUInt32BE(told.high, 8)
    record.writeUInt32BE(told.low, 12)
    record.writeBigInt64BE(BigInt(here.ctime), 16)
    record.writeUInt32BE(client === undefined ? never : here.ctimeNs, 24)
    record.writeBigInt64BE(BigInt(told.ctime), 28)
    record.writeUInt32BE(told.ctimeNs, 36)
  }

  /** Adds the segment to a file, which is made when it is the first. It is on the disk once its filesystem is synced. */
  append(path: string): void {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600)
    try {
      write(file, this.#header())
      const [here, client] = [2 + this.#hereSize, 3 + this.#clientSize]
      writeTable(file, this.#table(0, here, hereSizeMax, client), here + client, here)
      writeTable(file, this.#table(hereSizeMax, client, 0, here), here + client, client)
      writeTable(file, Buffer.concat([...this.#numbers.all()]), numberRecordSize, numberSize)
    } finally {
      closeSync(file)
    }
  }

  #header(): Buffer {
    const header = Buffer.alloc(headerSize)
    header.write(magic, 'latin1')
    header.writeUInt32BE(version, 8)
    header.writeUInt32BE(this.#generation, 12)
    header.writeUInt32BE(this.#hereSize, 16)
    header.writeUInt32BE(this.#clientSize, 20)
    header.writeBigUInt64BE(BigInt(this.#handles.count), 24)
    header.writeBigUInt64BE(BigInt(this.#numbers.count), 32)
    return header
  }

  /** The records with one handle first and then the other, as long as they are here. */
  #table(first: number, firstSize: number, second: number, secondSize: number): Buffer {
    const table = Buffer.alloc(this.#handles.count * (firstSize + secondSize))
    let at = 0
    for (const record of this.#handles.all()) {
      at += record.copy(table, at, first, first + firstSize)
      at += record.copy(table, at, second, second + secondSize)
    }
    return table
  }
}

function writeTable(file: number, table: Buffer, recordSize: number, keySize: number): void {
  native.sortRecords(table, recordSize)
  write(file, table)
  const firsts: Buffer[] = []
  for (let at = 0; at < table.length; at += blockRecords * recordSize)
    firsts.push(table.subarray(at, at + keySize))
  write(file, Buffer.concat(firsts))
}

function write(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

/** A move map that is open, in one thread. To be closed. */
export class MoveMap {
  /** Of objects that were made where the share lies now. */
  readonly generation: number
  #id: number

  /** @throws {Error} naming the file that cannot be read. */
  static open(path: string): MoveMap {
    const fd = native.openAt(AT_FDCWD, Buffer.from(path), constants.O_RDONLY | constants.O_NOFOLLOW)
    const id = fd < 0 ? fd : native.moveMapOpen(fd)
    if (id >= 0) return new MoveMap(id)
    if (fd >= 0) native.close(fd)
    const reason = id === -osConstants.errno.EINVAL ? 'it is damaged' : errnoName(id)
    throw new Error(`cannot read the move map ${path}: ${reason}`)
  }

  private constructor(id: number) {
    this.#id = id
    this.generation = native.moveMapGeneration(id)
  }

  /**
   * The handle in `handleBytes`, for which nameToHandle answered `packed`, becomes that which clients know the object by.
   * Answers generation << 16 | type << 8 | size.
   */
  name(packed: number): number {
    return native.moveMapName(this.#id, packed)
  }

  /** The kernel's handle here, in `handleBytes`, of a wire handle: type << 8 | size; -ESTALE when it is of no object. */
  find(handle: Buffer): number {
    return native.moveMapFind(this.#id, handle)
  }

  /** Number and ctime that clients are told of the object in stat slot `slot`. */
  numberOf(slot: number): NumberAndChange {
    native.moveMapNumber(this.#id, slot)
    return {
      high: movedRow[MovedField.INO_HIGH]!,
      low: movedRow[MovedField.INO_LOW]!,
      ctime: movedRow[MovedField.CTIME]!,
      ctimeNs: movedRow[MovedField.CTIME_NS]!,
    }
  }

  /** Makes attributes of the object in stat slot `slot` those that clients are told. */
  tell(slot: number, attributes: Fattr3): Fattr3 {
    // A read may end after the map was closed: its share is being served elsewhere, and its client asks there.
    if (this.#id < 0) return attributes
    native.moveMapNumber(this.#id, slot)
    attributes.fileidHigh = movedRow[MovedField.INO_HIGH]!
    attributes.fileidLow = movedRow[MovedField.INO_LOW]!
    attributes.ctimeSeconds = movedRow[MovedField.CTIME]! >>> 0
    attributes.ctimeNanoseconds = movedRow[MovedField.CTIME_NS]!
    return attributes
  }

  /** As {@link tell}, for what attributes were before a call. */
  tellBefore(slot: number, attributes: WccAttr): WccAttr {
    if (this.#id < 0) return attributes
    native.moveMapNumber(this.#id, slot)
    attributes.ctimeSeconds = movedRow[MovedField.CTIME]! >>> 0
    attributes.ctimeNanoseconds = movedRow[MovedField.CTIME_NS]!
    return attributes
  }

  /** Makes the numbers in getdents records those that clients are told. */
  tellPage(page: Buffer, size: number): void {
    native.moveMapPage(this.#id, page, 0, size)
  }

  close(): void {
    if (this.#id >= 0) native.moveMapClose(this.#id)
    this.#id = -1
  }
}

/** A copy of the handle in `handleBytes`. */
export function handleAs(packed: number): NamedHandle {
  return { packed, bytes: Buffer.from(handleBytes.subarray(0, packed & 0xff)) }
}

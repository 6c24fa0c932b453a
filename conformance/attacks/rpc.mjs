// A small NFS client for attacks: it sends what it is told, right or wrong. RFC 4506, RFC 5531, RFC 1813.
import { once } from 'node:events'
import net from 'node:net'

export const programs = { nfs: { program: 100003, version: 3 }, mount: { program: 100005, version: 3 } }

/** RFC 1813 §3. */
export const procedure = /** @type {const} */ ({
  null: 0,
  getattr: 1,
  setattr: 2,
  lookup: 3,
  access: 4,
  readlink: 5,
  read: 6,
  write: 7,
  create: 8,
  mkdir: 9,
  symlink: 10,
  mknod: 11,
  remove: 12,
  rmdir: 13,
  rename: 14,
  link: 15,
  readdir: 16,
  readdirplus: 17,
  fsstat: 18,
  fsinfo: 19,
  pathconf: 20,
  commit: 21,
})

/** RFC 1813 §2.6. */
export const status = {
  ok: 0,
  noent: 2,
  acces: 13,
  xdev: 18,
  notdir: 20,
  isdir: 21,
  inval: 22,
  stale: 70,
  badHandle: 10001,
}

/** @param {number[]} values */
export function words(...values) {
  const buffer = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => buffer.writeUInt32BE(value >>> 0, index * 4))
  return buffer
}

/** Opaque of variable length, padded. @param {Buffer | string} data strings are latin1 */
export function opaque(data) {
  const bytes = Buffer.from(/** @type {string} */ (data), 'latin1')
  return Buffer.concat([words(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)])
}

/** sattr3 that sets nothing. */
export const noAttributes = words(0, 0, 0, 0, 0, 0)

/** An AUTH_SYS credential. @param {number} uid @param {number} gid */
const authSys = (uid, gid) => {
  const body = Buffer.concat([words(0), opaque('attacker'), words(uid, gid, 0)])
  return Buffer.concat([words(1), opaque(body)])
}

/**
 * A call message without record marking.
 * @param {number} xid
 * @param {{ program: number, version: number }} target
 * @param {number} number of the procedure
 * @param {Buffer} args
 */
export function callMessage(xid, target, number, args) {
  const head = words(xid, 0, 2, target.program, target.version, number)
  return Buffer.concat([head, authSys(0, 0), words(0, 0), args])
}

/** One record in one fragment, RFC 5531 §11. @param {Buffer} message */
export const framed = (message) => Buffer.concat([words(0x80000000 + message.length), message])

/** Takes a reply apart. */
export class Reader {
  #at = 0

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.bytes = bytes
  }

  uint32() {
    this.#at += 4
    return this.bytes.readUInt32BE(this.#at - 4)
  }

  opaque() {
    const size = this.uint32()
    const data = this.bytes.subarray(this.#at, this.#at + size)
    this.#at += size + (-size & 3)
    return data
  }

  /** @param {number} size */
  skip(size) {
    this.#at += size
  }

  /** fattr3, RFC 1813 §2.6. */
  attributes() {
    const type = this.uint32()
    this.skip(16)
    const size = this.uint32() * 2 ** 32 + this.uint32()
    this.skip(16)
    const fsid = this.bytes.toString('hex', this.#at, this.#at + 8)
    this.skip(8)
    const fileid = this.bytes.toString('hex', this.#at, this.#at + 8)
    this.skip(8 + 24)
    return { type, size, fsid, fileid }
  }

  optionalAttributes() {
    return this.uint32() === 1 ? this.attributes() : undefined
  }
}

// Never used twice: a server takes the same xid from the same address for the same call, sent again.
let nextXid = 1

export class Client {
  /** @type {Map<number, (reply: Buffer) => void>} */
  #waiting = new Map()
  /** @type {Buffer} */
  #received = Buffer.alloc(0)
  /** Replies that came, whoever waits for them. */
  replyCount = 0

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.socket = socket
    /** Resolves when the connection has ended, whoever ended it. */
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {}) // A reset is an end, which `closed` tells.
    socket.on('data', (chunk) => this.#take(chunk))
  }

  /** @param {number} port */
  static async connect(port) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Client(socket)
  }

  /**
   * Sends a call and gives the procedure's own part of the reply; throws when it was not accepted.
   * @param {{ program: number, version: number }} target
   * @param {number} number
   * @param {Buffer} args
   */
  async call(target, number, args) {
    const xid = nextXid++
    const reply = new Promise((/** @type {(reply: Buffer) => void} */ resolve) =>
      this.#waiting.set(xid, resolve),
    )
    this.socket.write(framed(callMessage(xid, target, number, args)))
    const ended = this.closed.then(() => {
      throw new Error(`the server closed the connection on procedure ${number}`)
    })
    const reader = new Reader(await Promise.race([reply, ended]))
    reader.skip(8)
    if (reader.uint32() !== 0) throw new Error(`procedure ${number} denied`)
    reader.skip(4)
    reader.opaque()
    const accept = reader.uint32()
    if (accept !== 0) throw new Error(`procedure ${number} not accepted: ${accept}`)
    return reader
  }

  /** An NFS call; gives its status and the rest. @param {keyof typeof procedure} name @param {Buffer[]} args */
  async nfs(name, ...args) {
    const reader = await this.call(programs.nfs, procedure[name], Buffer.concat(args))
    return { status: reader.uint32(), reader }
  }

  /** A file handle of a share, or the status of the refusal. @param {string} path */
  async mount(path) {
    const reader = await this.call(programs.mount, 1, opaque(path))
    const refusal = reader.uint32()
    return refusal === 0
      ? { status: 0, handle: Buffer.from(reader.opaque()) }
      : { status: refusal, handle: undefined }
  }

  /** The root handle of a share that must be there. @param {string} path */
  async root(path) {
    const { status: refusal, handle } = await this.mount(path)
    if (handle === undefined) throw new Error(`MOUNT of ${path} answered ${refusal}`)
    return handle
  }

  /** @param {Buffer} directory @param {Buffer | string} name */
  async lookup(directory, name) {
    const { status: answer, reader } = await this.nfs('lookup', opaque(directory), opaque(name))
    if (answer !== 0) return { status: answer, handle: Buffer.alloc(0), attributes: undefined }
    const handle = Buffer.from(reader.opaque())
    return { status: answer, handle, attributes: reader.optionalAttributes() }
  }

  /** Handle of a name that must be there. @param {Buffer} directory @param {Buffer | string} name */
  async find(directory, name) {
    const { status: answer, handle } = await this.lookup(directory, name)
    if (answer !== 0) throw new Error(`LOOKUP of ${name} answered ${answer}`)
    return handle
  }

  /** The first bytes of a file. @param {Buffer} file @param {number} count */
  async read(file, count) {
    const { status: answer, reader } = await this.nfs('read', opaque(file), words(0, 0, count))
    reader.optionalAttributes()
    if (answer !== 0) return { status: answer, data: Buffer.alloc(0) }
    reader.skip(8)
    return { status: answer, data: reader.opaque() }
  }

  close() {
    this.socket.destroy()
    return this.closed
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const size = this.#received.readUInt32BE() & 0x7fffffff
      if (this.#received.length < size + 4) return
      const reply = this.#received.subarray(4, size + 4)
      this.#received = this.#received.subarray(size + 4)
      const xid = reply.readUInt32BE()
      this.replyCount += 1
      this.#waiting.get(xid)?.(reply)
      this.#waiting.delete(xid)
    }
  }
}

// The admin API, as an operator's script uses it, and the few things every test here makes with it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { adminPort } from '../servers/server.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */
/** @typedef {{ id: string, text: string }} Token */
/** @typedef {{ id: number, path: string, directory: string, link: number, usedBytes: number, usedFiles: number }} Share */

const base = `http://127.0.0.1:${adminPort}`
/** The store that lies on the filesystem under test. */
const store = 'image'

/** An answer that is no success. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

export class Api {
  #token

  /** @param {string} token of an administrator */
  constructor(token) {
    this.#token = token
  }

  /** As the first administrator. @param {Context} context */
  static of(context) {
    return new Api(readFileSync(path.join(dataOf(context), 'admin.token'), 'utf8').trim())
  }

  /**
   * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
   * @param {string} where such as `/v1/shares`
   * @param {unknown} [body]
   * @param {string} [token] another's
   * @returns {Promise<any>} the body of the answer
   * @throws {Refusal}
   */
  async call(method, where, body, token = this.#token) {
    const response = await fetch(`${base}${where}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Refusal(response.status, `${method} ${where}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Makes the store `image` of the test's own filesystem. @param {Context} context */
  async makeStore(context) {
    await this.call('POST', '/v1/stores', { name: store, directory: context.storeDirectory })
  }

  /**
   * A share on the filesystem under test, in which everybody may write.
   * @param {string} where
   * @param {object} [settings] as the API takes them
   * @returns {Promise<Share>}
   */
  makeShare(where, settings = {}) {
    const rule = { squash: 'none', uid: 65_534, gid: 65_534, gids: [] }
    return this.call('POST', '/v1/shares', {
      ...{ path: where, store, identity: rule, directoryMode: 0o777 },
      ...settings,
    })
  }

  /** @param {number} id @returns {Promise<Share>} */
  share(id) {
    return this.call('GET', `/v1/shares/${id}`)
  }

  /**
   * @param {string} subject
   * @param {string} object a pattern of paths
   * @param {string} [action]
   */
  async allow(subject, object, action = '*') {
    await this.call('POST', '/v1/rules', { kind: 'p', subject, object, action, effect: 'allow' })
  }

  /**
   * A new token of a workload.
   * @param {string} subject
   * @param {object} [settings] as the API takes them
   * @returns {Promise<Token>}
   */
  async makeToken(subject, settings = {}) {
    return tokenOf(await this.call('POST', '/v1/tokens', { name: 'conformance', subject, ...settings }))
  }

  /**
   * The token that takes the place of another.
   * @param {Token} token
   * @param {number} overlapSeconds
   * @returns {Promise<Token>}
   */
  async rotate({ id }, overlapSeconds) {
    return tokenOf(await this.call('POST', `/v1/tokens/${id}/rotate`, { overlapSeconds }))
  }

  /** @param {Token} token */
  async revoke({ id }) {
    await this.call('DELETE', `/v1/tokens/${id}`)
  }

  /**
   * A path to mount, by the token of a workload.
   * @param {string} where
   * @param {Token} token
   * @param {number} [ttlSeconds]
   * @returns {Promise<string>}
   */
  async ticket(where, token, ttlSeconds = 60) {
    return (await this.call('POST', '/v1/mounts', { path: where, ttlSeconds }, token.text)).path
  }
}

/** @param {{ token: { id: string }, text: string }} answer @returns {Token} */
const tokenOf = ({ token, text }) => ({ id: token.id, text })

/**
 * Where the files of a snapshot lie on the host.
 * @param {Context} context
 * @param {Share} share
 * @param {{ id: number, name: string, driver: string }} snapshot as the API has it
 */
export function treeOf(context, share, { id, name, driver }) {
  return driver === 'cephfs'
    ? path.join(share.directory, '.snap', `berth-${id}`)
    : path.join(context.storeDirectory, '.berth/snapshots', String(share.id), name, 'data')
}

/** The data directory of a test's server. @param {Context} context */
export const dataOf = (context) => path.join(context.work, 'data')

/** The time in so many seconds, as the API has it. @param {number} seconds */
export const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString()

/** @param {boolean} holds @param {string} message of what is wrong otherwise */
export function check(holds, message) {
  if (!holds) throw new Error(message)
}

/**
 * @param {() => Promise<unknown>} request
 * @param {number} status that it must be refused with
 */
export async function mustRefuse(request, status) {
  try {
    await request()
  } catch (error) {
    if (error instanceof Refusal && error.status === status) return
    throw error
  }
  throw new Error(`should have been refused with ${status}: ${request}`)
}

// Tokens: each shows its own branch of the namespace and nothing else, for as long as it holds.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { Client, Reader, programs } from '../attacks/rpc.mjs'
import { nfsPort } from '../servers/server.mjs'
import { Api, check, dataOf, inSeconds } from './api.mjs'
import { converse } from './conversation.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const checksumLength = 7
/** Of a token's text: the 32 letters before the checksum are what only its owner knows. */
const secretLength = 32

/** @param {string} text */
function otherLetter(text) {
  return text === '0' ? '1' : '0'
}

/** A token with one letter wrong, as a typing error makes it. @param {string} text */
export function mistyped(text) {
  return text.slice(0, 30) + otherLetter(text.charAt(30)) + text.slice(31)
}

/** The same token with another secret and a checksum that is right. @param {string} text */
export function forged(text) {
  const altered = mistyped(text).slice(0, -checksumLength)
  let rest = crc32(altered)
  let checksum = ''
  for (let index = 0; index < checksumLength; index++) {
    checksum = alphabet.charAt(rest % 32) + checksum
    rest = Math.floor(rest / 32)
  }
  return altered + checksum
}

/** @param {Context} context */
export async function tokens(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  for (const name of ['payroll', 'shop']) await api.call('POST', '/v1/applications', { name, owner: 'test' })
  await api.makeShare('/finance/payroll/db', { application: 'payroll', audit: 'changes' })
  await api.makeShare('/shop/files', { application: 'shop', audit: 'opens' })
  await api.makeShare('/finance/ledger')
  await api.allow('app:payroll', '/finance/payroll/**')
  await api.allow('app:payroll/reader', '/shop/files', 'read')
  await api.allow('app:shop', '/shop/**')
  const payroll = await api.makeToken('app:payroll')
  const shop = await api.makeToken('app:shop')
  const short = await api.makeToken('app:shop', { expiresAt: inSeconds(context.full ? 12 : 8) })
  const revoked = await api.makeToken('app:payroll')
  const environment = {
    PAYROLL: payroll.text,
    SHOP: shop.text,
    SHORT: short.text,
    REVOKED: revoked.text,
    SCOPED: (await api.makeToken('app:shop', { scope: '/shop/other' })).text,
    READER: (await api.makeToken('app:payroll/reader', { scope: '/shop' })).text,
    FOREIGN: (await api.makeToken('app:shop', { networks: ['10.0.0.0/8'] })).text,
    FORGED: forged(shop.text),
    MISTYPED: mistyped(shop.text),
  }
  const secrets = Object.values(environment)
  await converse(context, 'access/tokens.sh', environment, {
    revoke: () => api.revoke(revoked),
    async rotate(seconds = '0') {
      const { text } = await api.rotate(shop, Number(seconds))
      secrets.push(text)
      return text
    },
    check: () => checkMountTable(api, secrets),
  })
  await context.server.stop()
  const files = [context.serverLog, ...filesBelow(dataOf(context))]
  const audit = readdirSync(path.join(dataOf(context), 'audit')).filter((name) => name.endsWith('.jsonl'))
  check(audit.length > 0, 'there is no audit')
  checkNoSecrets(files, secrets)
  await context.server.start()
}

/**
 * DUMP and EXPORT of MOUNT (RFC 1813 §5.2.2, §5.2.5), as `showmount` asks for them: from an address that may mount
 * everything, and so is told everything.
 * @param {Api} api
 * @param {readonly string[]} secrets
 */
async function checkMountTable(api, secrets) {
  await api.call('POST', '/v1/hosts', { network: '127.0.0.0/8', subject: 'host:watcher' })
  await api.allow('host:watcher', '/**')
  const client = await Client.connect(nfsPort)
  const dump = await client.call(programs.mount, 2, Buffer.alloc(0))
  const entries = mountEntries(dump)
  check(entries.includes('192.168.77.2 /shop/files'), `DUMP tells ${entries.join(', ')}`)
  const exports = await client.call(programs.mount, 5, Buffer.alloc(0))
  await client.close()
  for (const { bytes } of [dump, exports]) {
    const said = bytes.toString('latin1')
    check(!secrets.some((text) => said.includes(secretOf(text))), 'the mount table tells a secret')
    check(!said.includes('@'), 'the mount table tells of tokens')
  }
}

/** @param {Reader} reader @returns {string[]} */
function mountEntries(reader) {
  const entries = []
  while (reader.uint32() === 1) entries.push(`${reader.opaque()} ${reader.opaque()}`)
  return entries
}

/** @param {string} text of a token or ticket */
const secretOf = (text) => text.slice(-checksumLength - secretLength, -checksumLength)

/**
 * @param {readonly string[]} files
 * @param {readonly string[]} secrets
 */
export function checkNoSecrets(files, secrets) {
  for (const file of files) {
    const content = readFileSync(file, 'latin1')
    const found = secrets.some((text) => content.includes(secretOf(text)))
    check(!found, `${file} has a secret in it`)
  }
}

/** @param {string} directory @returns {string[]} */
export function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter((file) => statSync(file).isFile())
}

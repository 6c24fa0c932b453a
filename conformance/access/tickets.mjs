// Tickets: one mount by one address, soon.
import { Client } from '../attacks/rpc.mjs'
import { nfsPort } from '../servers/server.mjs'
import { Api, check, dataOf, mustRefuse } from './api.mjs'
import { converse } from './conversation.mjs'
import { checkNoSecrets, filesBelow, forged } from './tokens.mjs'

/** RFC 1813 §5.1.5. */
const mountDenied = 13

/** @param {import('../test-run.mjs').Context} context */
export async function tickets(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  await api.makeShare('/shop/files')
  await api.makeShare('/shop/other')
  await api.allow('app:shop', '/shop/files')
  const token = await api.makeToken('app:shop')
  await mustRefuse(() => api.ticket('/shop/files', { ...token, text: forged(token.text) }), 401)
  /** @type {string[]} */
  const given = []
  /** @param {number} ttlSeconds @param {string} where */
  const give = async (ttlSeconds, where = '/shop/files') => {
    const mountPath = await api.ticket(where, token, ttlSeconds)
    given.push(/** @type {string} */ (/bticket_\w+/.exec(mountPath)?.[0]))
    return mountPath
  }
  await converse(
    context,
    'access/tickets.sh',
    {},
    {
      ticket: (seconds = '60') => give(Number(seconds)),
      refused: () => refusedTicket(give),
      /** Uses the guest's ticket from another address. */
      async steal(mountPath = '') {
        const client = await Client.connect(nfsPort)
        const { status } = await client.mount(mountPath)
        await client.close()
        check(status === mountDenied, `a ticket used from a second address: MNT answered ${status}`)
      },
      /** Uses a ticket before the guest does. */
      async use(mountPath = '') {
        const client = await Client.connect(nfsPort)
        const handle = await client.root(mountPath)
        const { status } = await client.nfs('readdir', readdirArgs(handle))
        check(status === 0, `READDIR with a ticket's handle answered ${status}`)
        await client.close()
      },
      async restart() {
        await context.server.stop()
        await context.server.start()
      },
      revoke: () => api.revoke(token),
    },
  )
  await mustRefuse(() => api.ticket('/shop/files', token), 401)
  checkNoSecrets([context.serverLog, ...filesBelow(dataOf(context))], [...given, token.text])
}

/** What the token may not use, no ticket opens. @param {(seconds: number, where: string) => Promise<string>} give */
async function refusedTicket(give) {
  try {
    return await give(60, '/shop/other')
  } catch (error) {
    check(/: 40[34] /.test(String(error)), String(error))
    return 'refused'
  }
}

/** @param {Buffer} handle */
function readdirArgs(handle) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(handle.length)
  const rest = Buffer.alloc((-handle.length & 3) + 8 + 8 + 4)
  rest.writeUInt32BE(4096, rest.length - 4)
  return Buffer.concat([length, handle, rest])
}

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { isIPv6 } from 'node:net'
import { listenError } from '../../config/error.ts'
import { fail, ok, type Finding } from './finding.ts'

/** Whether a gateway that starts now could listen there. Nothing is sent; the port is free again at once. */
export async function checkPortFree(what: 'NFS' | 'admin', host: string, port: number): Promise<Finding> {
  const check = `${what.toLowerCase()} port`
  if (port === 0) return ok(check, 'any free port is taken')
  try {
    await listenOnce(host, port)
    if (what === 'NFS') await bindOnce(host, port)
    return ok(check, `port ${port} on ${host} is free`)
  } catch (error) {
    const reason = listenError(what, host, port, error)
    if (reason === undefined) throw error
    return fail(
      check,
      reason.message,
      `see who has it with: ss -lntup 'sport = :${port}'; or choose another port`,
    )
  }
}

function listenOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen({ host, port }, () => server.close(() => resolve()))
  })
}

function bindOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').once('error', reject)
    socket.bind(port, host, () => socket.close(() => resolve()))
  })
}

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6 } from 'node:net'
import type { Config } from '../config/config.ts'
import { listenError } from '../config/error.ts'

/**
 * Opens the gateway's ports and closes them again, before anything is made or changed in the data directory: a gateway
 * that cannot listen leaves no trace. Somebody may still take one until they are opened for good.
 * @throws {StartError} naming the port that cannot be had.
 */
export async function checkPorts({ listen, nfsPort, adminListen, adminPort }: Config): Promise<void> {
  try {
    await tryTcp(listen, nfsPort)
    await tryUdp(listen, nfsPort)
  } catch (error) {
    throw listenError('NFS', listen, nfsPort, error) ?? error
  }
  if (adminPort === 'off') return
  try {
    await tryTcp(adminListen, adminPort)
  } catch (error) {
    throw listenError('admin', adminListen, adminPort, error) ?? error
  }
}

async function tryTcp(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

async function tryUdp(host: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').bind(port, host)
  await once(socket, 'listening')
  socket.close()
  await once(socket, 'close')
}

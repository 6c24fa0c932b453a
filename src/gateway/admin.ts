import { join } from 'node:path'
import { RefusalDelay } from '../access/refusal-delay.ts'
import { ensureFirstAdmin } from '../admin/admins.ts'
import type { AdminServices, Clients } from '../admin/services.ts'
import { startAdminServer, type AdminServer } from '../admin/start.ts'
import { clientHostOf } from '../config/client-host.ts'
import type { Config } from '../config/config.ts'
import type { Lane } from '../lanes/lane.ts'
import { adminUrlFile } from '../state/admin-files.ts'
import { writeDurably } from '../state/durable-file.ts'
import type { Logger } from '../telemetry/log.ts'
import type { ControlPlane } from './control-plane.ts'

export interface AdminDoor extends Pick<AdminServices, 'isReady' | 'metrics' | 'clients'> {
  readonly nfsPort: number
  readonly portmap: boolean
  readonly log: Logger
  /** An error that nobody has foreseen was answered. */
  readonly onBug: () => void
}

/**
 * Opens the admin API over the control plane, and sees to it that somebody can come in.
 * @throws {StartError} if its port cannot be had.
 */
export async function startAdmin(
  config: Config,
  directory: string,
  plane: ControlPlane,
  { nfsPort, portmap, log, onBug, ...sources }: AdminDoor,
): Promise<AdminServer | undefined> {
  if (config.adminPort === 'off') return undefined
  const { services } = plane
  const { catalog, tokens, rules } = services
  const file = await ensureFirstAdmin({ catalog, directory, tokens, rules })
  if (file !== undefined) log.info({ file }, 'the token of the first administrator was written')
  const endpoint = { nfsHosts: [clientHostOf(config)], nfsPort, portmap }
  const { adminTls } = config
  const server = await startAdminServer(
    {
      ...services,
      ...sources,
      endpoint,
      auditDirectory: join(directory, 'audit'),
      // Its own: a client that guesses at mounts must not slow down administrators behind the same address.
      delay: new RefusalDelay(),
    },
    {
      listen: config.adminListen,
      port: config.adminPort,
      log,
      onBug,
      tls: adminTls && { cert: adminTls.certificate, key: adminTls.key },
    },
  )
  writeDurably(join(directory, adminUrlFile), `${server.url}\n`)
  return server
}

/** Whether administrators' tokens go over a network as they are. */
export function isOverheard({ adminListen, adminTls }: Config): boolean {
  return adminTls === undefined && adminListen !== '::1' && !adminListen.startsWith('127.')
}

export const overheard =
  'The admin API listens beyond this machine without TLS: tokens can be read on their way. Set adminTlsCertificate and adminTlsKey.'

/** The machines that have connections to any lane. */
export function clientsOf(lanes: readonly Lane[]): Clients {
  return {
    async list() {
      const counts = new Map<string, number>()
      for (const clients of await Promise.all(lanes.map((lane) => lane.clients())))
        for (const { address, connections } of clients)
          counts.set(address, (counts.get(address) ?? 0) + connections)
      return [...counts].map(([address, connections]) => ({ address, connections }))
    },
    async disconnect(address) {
      for (const lane of lanes) lane.disconnect(address)
      // It is done when a lane that was told answers the next question.
      await Promise.all(lanes.map((lane) => lane.clients()))
    },
  }
}

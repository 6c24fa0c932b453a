import { readFileSync } from 'node:fs'
import { isIPv6, type AddressInfo } from 'node:net'
import { listenError, StartError } from '../config/error.ts'
import { createApi, type ApiOptions } from './api.ts'
import type { AdminServices } from './services.ts'

export interface AdminOptions extends Omit<ApiOptions, 'tls'> {
  /** A numeric address; 127.0.0.1 and ::1 are for this machine alone. */
  readonly listen: string
  /** 0 for any free port. */
  readonly port: number
  /** Paths of PEM files: HTTPS instead of HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

export interface AdminServer {
  /** `http://127.0.0.1:8049`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts the admin API.
 * @throws {StartError} if the port cannot be had, or the certificate cannot be used.
 */
export async function startAdminServer(
  services: AdminServices,
  { listen, port, tls, ...options }: AdminOptions,
): Promise<AdminServer> {
  const pem = tls && { cert: readPem(tls.cert), key: readPem(tls.key) }
  const api = await createOrExplain(services, { ...options, tls: pem })
  try {
    await api.listen({ host: listen, port })
  } catch (error) {
    await api.close()
    throw listenError('admin', listen, port, error) ?? error
  }
  const { port: opened } = api.server.address() as AddressInfo
  const host = isIPv6(listen) ? `[${listen}]` : listen
  return { url: `${tls === undefined ? 'http' : 'https'}://${host}:${opened}`, close: () => api.close() }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new StartError(`admin TLS: ${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

async function createOrExplain(services: AdminServices, options: ApiOptions) {
  try {
    return await createApi(services, options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (options.tls === undefined || code?.startsWith('ERR_OSSL') !== true) throw error
    throw new StartError(`admin TLS: certificate and key cannot be used: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { expect } from 'vitest'
// As built: the audit is written by a thread, and threads run what users run.
import { createAdmin, ensureFirstAdmin } from '../../dist/admin/admins.js'
import { createApi, type ApiOptions } from '../../dist/admin/api.js'
import type { AdminServices, ConnectedClient } from '../../dist/admin/services.js'
import { loadConfig } from '../../dist/config/load.js'
import { ControlPlane } from '../../dist/gateway/control-plane.js'
import { LanesDataPlane } from '../../dist/gateway/lanes-data-plane.js'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** Of JSON. Each test knows which of it there is. */
  readonly body: Body
}

/** What tests look for in answers. */
export interface Body {
  readonly status: number
  readonly id: number
  readonly name: string
  readonly owner: string
  readonly link: number
  readonly operation: string
  readonly subject: string
  readonly deletedAt: string | null
  readonly groups: readonly string[]
  readonly items: readonly Body[]
  readonly next?: string
  readonly node: Body
  /** A token: its text beside it. */
  readonly token: { readonly id: string; readonly subject: string }
  readonly text: string
  readonly type: string
  readonly detail: string
  readonly instance: string
  readonly field: string
}

export interface Asking {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of the client. */
  readonly address?: string
}

export const roles = ['none', 'viewer', 'operator', 'owner'] as const
export type Role = (typeof roles)[number]

/** The admin API over everything that a gateway has, but lanes: nobody mounts. */
export class TemporaryApi {
  readonly directory = mkdtempSync(join(tmpdir(), 'berth-admin-'))
  readonly data = join(this.directory, 'data')
  /** Where the gateway asks Docker. */
  readonly dockerSocket = join(this.directory, 'docker.sock')
  readonly bugs: unknown[] = []
  readonly clients: ConnectedClient[] = []
  isReady = true
  plane!: ControlPlane
  services!: AdminServices
  api!: FastifyInstance
  /** Tokens of administrators, by role. */
  readonly tokens = {} as Record<Role, string>

  static async open(options: Partial<ApiOptions> = {}): Promise<TemporaryApi> {
    const temporary = new TemporaryApi()
    mkdirSync(temporary.data, { mode: 0o700 })
    await temporary.#open(options)
    return temporary
  }

  async ask(method: string, url: string, asking: Asking = {}): Promise<Answer> {
    const { token, body, headers = {}, address = '127.0.0.1' } = asking
    const {
      statusCode,
      payload,
      headers: answered,
    } = await this.api.inject({
      method: method as 'GET',
      url,
      remoteAddress: address,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const isJson = /[/+]json\b/.test(String(answered['content-type']))
    return {
      status: statusCode,
      headers: answered,
      text: payload,
      body: (isJson ? JSON.parse(payload) : {}) as Body,
    }
  }

  /** As the owner; what is asked for must be done. */
  async done(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const answer = await this.ask(method, url, {
      token: this.tokens.owner,
      body,
      ...(headers && { headers }),
    })
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer
  }

  /** All that the audit says of administrators, the newest first. */
  async audited(): Promise<readonly { operation: string; subject: string; result: string; path: string }[]> {
    await this.services.audit.flush()
    return (await this.services.audit.recent({ kind: 'admin', limit: 1000 })).items
  }

  async close(): Promise<void> {
    await this.api.close()
    await this.plane.close()
    rmSync(this.directory, { recursive: true })
    expect(this.bugs).toEqual([])
  }

  async #open(options: Partial<ApiOptions>): Promise<void> {
    const file = join(this.directory, 'berth.yaml')
    const imports = { directories: [this.directory], dockerSocket: this.dockerSocket, tarFiles: 1000 }
    writeFileSync(
      file,
      `hooks: { commands: [/bin/sleep, /bin/false] }\nimports: ${JSON.stringify(imports)}\n`,
    )
    const config = loadConfig({
      flags: { data: this.data, config: file },
      environment: {},
      workingDirectory: this.directory,
    })
    const log = pino({ level: 'silent' })
    this.plane = await ControlPlane.open({
      config,
      directory: this.data,
      laneCount: 1,
      log,
      onFatal: (error) => this.bugs.push(error),
      dataPlane: new LanesDataPlane([]),
      onShareGone: () => {},
    })
    this.services = {
      ...this.plane.services,
      auditDirectory: join(this.data, 'audit'),
      clients: {
        list: async () => this.clients,
        disconnect: async (address) => {
          const index = this.clients.findIndex((client) => client.address === address)
          this.clients.splice(index, 1)
        },
      },
      endpoint: { nfsHosts: ['nas.example.com'], nfsPort: 2049, portmap: false },
      isReady: () => this.isReady,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
    }
    const { services, data: directory } = this
    const tokenFile = await ensureFirstAdmin({ ...services, directory })
    this.tokens.owner = readFileSync(tokenFile!, 'utf8').trim()
    for (const role of ['none', 'viewer', 'operator'] as const) {
      const wanted = { name: role, roles: role === 'none' ? [] : [`role:${role}`] }
      this.tokens[role] = (await createAdmin(services, wanted, 'test')).text
    }
    const told = { error: (fields: unknown) => this.bugs.push(fields) }
    this.api = await createApi(services, {
      log: told,
      requestsPerMinute: 1_000_000,
      ...options,
    })
  }
}

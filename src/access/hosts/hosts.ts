import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { allHosts, deleteHost, insertHost, updateHost, type HostRecord } from '../../catalog/hosts.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../../service/page.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkCount, checkDescription, checkIdentity, checkVersion } from '../../service/checks.ts'
import { Turns } from '../../service/turns.ts'
import type { IdentityRule } from '../../shared-memory/identity-rule.ts'
import { parseRange, type AddressRange } from '../addresses.ts'
import { Listeners } from '../listeners.ts'
import { requireSubject } from '../subjects.ts'
import { checkScope, requireNetwork } from '../tokens/token-input.ts'
import { NetworkTable } from './network-table.ts'

/** Host rules in the catalog. */
export const hostCountMax = 10_000

/** A host rule, stored or built in. */
export interface Host extends HostRecord {
  /** Given at start, by the config file: not in the catalog, and not to be changed. */
  readonly builtIn: boolean
}

/** A host rule to be made. */
export interface HostInput {
  /** An address, or a network such as `10.0.0.0/8`. */
  readonly network: string
  /** Whom its clients are, without a token. */
  readonly subject: string
  /** Logical path that they are confined to. */
  readonly scope?: string | null
  /** Null: the share's. */
  readonly identity?: IdentityRule | null
  readonly description?: string
}

export interface HostsOptions {
  readonly catalog: Catalog
  /** Rules that hold without being in the catalog: those of the config file's shares. A network may have several. */
  readonly builtIn?: readonly HostInput[]
  readonly now?: () => number
}

/** For closed networks: clients that are known by their address alone. All in memory, and in the catalog. */
export class Hosts {
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #byId = new Map<string, Host>()
  readonly #byNetwork = new NetworkTable<Host>()
  readonly #turns = new Turns()
  readonly #listeners = new Listeners<[id: string]>()
  #storedCount = 0

  private constructor(catalog: Catalog, now: () => number, hosts: Iterable<Host>) {
    this.#catalog = catalog
    this.#now = now
    for (const host of hosts) this.#keep(host)
  }

  /** @throws {ServiceError} when a rule given as built in is none. */
  static async open({ catalog, builtIn = [], now = Date.now }: HostsOptions): Promise<Hosts> {
    const stored = (await allHosts(catalog.db)).map((record) => ({ ...record, builtIn: false }))
    return new Hosts(catalog, now, [...builtIn.map(builtInHost), ...stored])
  }

  /** Told with the id of each rule that was made, changed or removed. Returns what ends that. */
  onChange(listener: (id: string) => void): () => void {
    return this.#listeners.add(listener)
  }

  /**
   * All rules whose network holds the address, the most specific network first; of one network the built-in rules first.
   * IPv4-mapped IPv6 addresses are IPv4.
   */
  match(address: string): readonly Host[] {
    return this.#byNetwork.match(address)
  }

  /** The rule of the most specific network that holds the address. */
  subjectOf(address: string): Host | undefined {
    return this.match(address)[0]
  }

  /** The rule of this id while it is there. */
  find(id: string): Host | undefined {
    return this.#byId.get(id)
  }

  /** @throws {ServiceError} `not-found`. */
  get(id: string): Host {
    const host = this.#byId.get(id)
    if (host === undefined) throw new ServiceError('not-found', `there is no host rule ${id}`)
    return host
  }

  /** @throws {ServiceError} `invalid`. */
  list({ after = '', limit }: PageRequest): Page<Host> {
    checkCount('limit', limit, 1, pageLimitMax)
    const rest = [...this.#byId.values()].filter(({ id }) => id > after)
    rest.sort((a, b) => (a.id < b.id ? -1 : 1))
    return pageOf(rest, limit, ({ id }) => id)
  }

  /** @throws {ServiceError} `invalid`, `limit`, or `exists` when the network has a rule already. */
  async create(input: HostInput): Promise<Host> {
    const fields = hostFields(input)
    return this.#turns.take(async () => {
      if (this.#storedCount >= hostCountMax)
        throw new ServiceError('limit', `at most ${hostCountMax} host rules: use wider networks`)
      this.#requireFree(fields.network, undefined)
      const host: Host = { id: uuid(), ...fields, createdAt: this.#now(), version: 1, builtIn: false }
      await insertHost(this.#catalog.db, recordOf(host))
      this.#keep(host)
      this.#listeners.tell(host.id)
      return host
    })
  }

  /** What is absent from `change` stays. @throws {ServiceError} as {@link create}, `not-found`, `stale`, `conflict`. */
  async update(id: string, change: Partial<HostInput>, ifVersion?: number): Promise<Host> {
    return this.#turns.take(async () => {
      const old = this.#changeable(id, ifVersion)
      const host: Host = { ...old, ...hostFields({ ...old, ...change }), version: old.version + 1 }
      this.#requireFree(host.network, id)
      await updateHost(this.#catalog.db, recordOf(host))
      this.#drop(old)
      this.#keep(host)
      this.#listeners.tell(id)
      return host
    })
  }

  /** @throws {ServiceError} `not-found`, `stale`, or `conflict` for a rule that is built in. */
  async remove(id: string, ifVersion?: number): Promise<void> {
    return this.#turns.take(async () => {
      const host = this.#changeable(id, ifVersion)
      await deleteHost(this.#catalog.db, id)
      this.#drop(host)
      this.#listeners.tell(id)
    })
  }

  #changeable(id: string, ifVersion: number | undefined): Host {
    const host = this.get(id)
    if (host.builtIn)
      throw new ServiceError('conflict', `host rule ${id} is declared in the config file: change it there`)
    checkVersion(`host rule ${id}`, host.version, ifVersion)
    return host
  }

  #requireFree(network: string, except: string | undefined): void {
    const twin = this.#byNetwork.at(rangeOf(network)).find(({ id, builtIn }) => !builtIn && id !== except)
    if (twin !== undefined)
      throw new ServiceError('exists', `network ${network} has the host rule ${twin.id}, for ${twin.subject}`)
  }

  #keep(host: Host): void {
    this.#byId.set(host.id, host)
    this.#byNetwork.add(rangeOf(host.network), host)
    if (!host.builtIn) this.#storedCount += 1
  }

  #drop(host: Host): void {
    this.#byId.delete(host.id)
    this.#byNetwork.remove(rangeOf(host.network), host)
    this.#storedCount -= 1
  }
}

type HostFields = Pick<HostRecord, 'network' | 'subject' | 'scope' | 'identity' | 'description'>

/** @throws {ServiceError} `invalid`. */
function hostFields({
  network,
  subject,
  scope = null,
  identity = null,
  description = '',
}: HostInput): HostFields {
  requireNetwork(network)
  requireSubject(subject)
  // Administrators prove who they are.
  if (subject.startsWith('admin:'))
    throw new ServiceError(
      'invalid',
      `clients of a network cannot be ${subject}: an administrator needs a token`,
    )
  return {
    network,
    subject,
    scope: checkScope(scope),
    identity: identity && checkIdentity(identity),
    description: checkDescription(description),
  }
}

/** Of a network that was checked. */
function rangeOf(network: string): AddressRange {
  return parseRange(network)!
}

function builtInHost(input: HostInput, index: number): Host {
  const number = String(index + 1).padStart(6, '0')
  return { id: `built-in-${number}`, ...hostFields(input), createdAt: 0, version: 1, builtIn: true }
}

function recordOf({ builtIn: _, ...record }: Host): HostRecord {
  return record
}

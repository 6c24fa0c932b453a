import { BlockList, isIPv6 } from 'node:net'
import { parseNetwork } from '../config/network.ts'

/** Who may use a share without a token: addresses and networks, see {@link parseNetwork}. */
export interface ShareClients {
  readonly id: number
  readonly clients: readonly string[]
}

/** The lists of clients in the configuration file. */
export class ClientLists {
  readonly #networksById: ReadonlyMap<number, BlockList>
  readonly #clientsById: ReadonlyMap<number, readonly string[]>

  constructor(shares: readonly ShareClients[]) {
    this.#networksById = new Map(shares.map(({ id, clients }) => [id, networksOf(clients)]))
    this.#clientsById = new Map(shares.map(({ id, clients }) => [id, clients]))
  }

  /** Addresses and networks as they were given; none for a share without a list. */
  clientsOf(shareId: number): readonly string[] {
    return this.#clientsById.get(shareId) ?? []
  }

  /** Whether an address is on a share's list; false for a share without one. */
  includes(shareId: number, address: string): boolean {
    // A link-local peer has a zone (fe80::1%eth0), which BlockList does not know.
    const [plain = ''] = address.split('%')
    return this.#networksById.get(shareId)?.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ?? false
  }
}

function networksOf(clients: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const client of clients) {
    const network = parseNetwork(client)
    if (network === undefined)
      throw new Error(`client ${client} is no network: the configuration was not checked`)
    networks.addSubnet(network.address, network.prefix, network.family)
  }
  return networks
}

import { BlockList, isIPv6 } from 'node:net'
import type { RpcClient } from 'nfs-server-ts'
import { parseNetwork } from '../config/network.ts'

/** Who may use a share: addresses and networks, see {@link parseNetwork}. */
export interface ShareClients {
  readonly id: number
  readonly clients: readonly string[]
}

/**
 * Judges each call by the address it comes from, so that a handle alone opens nothing. The answer for a client object
 * (a connection) is found once per share and kept as long as that object lives.
 */
export class ClientLists {
  readonly #networksById: ReadonlyMap<number, BlockList>
  readonly #answers = new WeakMap<RpcClient, Map<number, boolean>>()
  // Calls come in runs from one connection to one share: the last answer is the likely one, and two compares.
  #lastClient: RpcClient | undefined
  #lastShareId = 0
  #lastAnswer = false

  constructor(shares: readonly ShareClients[]) {
    this.#networksById = new Map(shares.map(({ id, clients }) => [id, networksOf(clients)]))
  }

  /** Whether this client may use the share; false for a share that is unknown. */
  allows(shareId: number, client: RpcClient): boolean {
    if (client === this.#lastClient && shareId === this.#lastShareId) return this.#lastAnswer
    let answers = this.#answers.get(client)
    if (answers === undefined) this.#answers.set(client, (answers = new Map<number, boolean>()))
    let answer = answers.get(shareId)
    if (answer === undefined) answers.set(shareId, (answer = this.#judge(shareId, client.address)))
    this.#lastClient = client
    this.#lastShareId = shareId
    this.#lastAnswer = answer
    return answer
  }

  #judge(shareId: number, address: string): boolean {
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

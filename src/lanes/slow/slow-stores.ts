import { NfsError, Nfsstat3, XdrError, type DirOpArgs3, type Nfs3Caller, type RpcClient } from 'nfs-server-ts'
import type { ChangeList, ShareDefinition } from '../../filesystem/index.ts'
import type { Arrival } from '../folder-backend.ts'
import type { NotedChanges, SlowOrder, SlowReply, SlowRequest } from './messages.ts'
import { SlowStore, type SlowStoreOptions } from './slow-store.ts'

/** Calls of one share, and of one store, that are not answered: what comes beyond is put off. */
export const shareUnansweredMax = 128
export const storeUnansweredMax = 512
/** Bytes of data that wait for remote stores in a lane. */
export const unansweredBytesMax = 64 * 1024 * 1024

export interface SlowStoresOptions {
  /** Most threads of a store. */
  readonly threadCount: number
  /** Most calls of one connection that wait for remote stores: it has others for other stores. */
  readonly connectionUnansweredMax: number
  /** Starts a thread of a store, with what it would have been ordered. */
  start(
    store: string,
    orders: readonly SlowOrder[],
    ...at: Parameters<SlowStoreOptions['start']>
  ): ReturnType<SlowStoreOptions['start']>
  onWarning(message: string): void
}

/** A call of the NFS program, by the number of its procedure. */
export interface SlowCall {
  readonly procedure: number
  /** A view of the record. */
  readonly args: Buffer
  readonly isChange: boolean
  /** What it has to wait for first. */
  readonly held: Promise<void> | undefined
}

type CallResult = { readonly bytes: Uint8Array } | { readonly args: Uint8Array }

/** The shares that lie in remote stores, of one lane: it never touches their files itself. */
export class SlowStores {
  readonly #options: SlowStoresOptions
  readonly #stores = new Map<string, SlowStore>()
  readonly #shares = new Map<number, { readonly definition: ShareDefinition; readonly store: SlowStore }>()
  readonly #unanswered = new Map<number | RpcClient, number>()
  readonly #watched = new Set<number>()
  readonly #journaled = new Set<number>()
  #unansweredBytes = 0

  constructor(options: SlowStoresOptions) {
    this.#options = options
  }

  /** Whether there is no share in a remote store: no call need be looked at. */
  get isEmpty(): boolean {
    return this.#shares.size === 0
  }

  has(shareId: number): boolean {
    return this.#shares.has(shareId)
  }

  /** From now on calls on this share are done by threads of its store, if that is remote; whether it is. */
  take(definition: ShareDefinition): boolean {
    if (definition.remote !== true) return false
    if (!this.#shares.has(definition.id))
      this.#shares.set(definition.id, { definition, store: this.#storeOf(definition) })
    return true
  }

  /**
   * A call of a share: its arguments are copied. Resolves with the bytes of its result; or with its arguments, when the share
   * has gone elsewhere while the call was `held`. @throws NfsError JUKEBOX when more waits than may.
   */
  call(
    shareId: number,
    { client, credentials }: Nfs3Caller,
    { procedure, args, isChange, held }: SlowCall,
  ): Promise<CallResult> {
    const { definition: share } = this.#of(shareId)
    this.#admit(shareId, client, args.length)
    const own = new Uint8Array(args)
    const request = { kind: 'call', share, caller: { client, credentials }, procedure, args: own } as const
    return this.#submit(request, client, isChange, held).then((reply) => {
      if (reply === undefined) return { args: own }
      if (reply.kind === 'reply') return { bytes: reply.bytes }
      throw reply.kind === 'garbage' ? new XdrError(reply.message, 0) : bugOf(reply)
    })
  }

  /** The root of a share under a grant. @throws NfsError */
  root(shareId: number, grant: number, { client }: Nfs3Caller): Promise<Arrival> {
    const { definition: share } = this.#of(shareId)
    return this.#arrive({ kind: 'root', share, grant }, client)
  }

  /** What a name in a directory of a share leads to. @throws NfsError */
  enter(shareId: number, { client, credentials }: Nfs3Caller, { dir, name }: DirOpArgs3): Promise<Arrival> {
    const { definition: share } = this.#of(shareId)
    const caller = { client, credentials }
    return this.#arrive(
      { kind: 'enter', share, caller, dir: Uint8Array.from(dir), name: Uint8Array.from(name) },
      client,
    )
  }

  /** Brings to the disk what was written to a share by calls that have been answered: 0 or a negative errno. */
  async sync(shareId: number): Promise<number> {
    const store = this.#shares.get(shareId)?.store
    if (store === undefined) return 0
    await store.quiet(shareId)
    const results = await store.carryOut<number>({ kind: 'sync', shareIds: [shareId] })
    return results.find((result) => result < 0) ?? 0
  }

  watch(shareId: number): Promise<unknown> {
    this.#watched.add(shareId)
    return this.#carryOut({ kind: 'watch', shareId })
  }

  unwatch(shareId: number): Promise<unknown> {
    this.#watched.delete(shareId)
    return this.#carryOut({ kind: 'unwatch', shareId })
  }

  beginJournal(shareId: number): Promise<unknown> {
    this.#journaled.add(shareId)
    return this.#carryOut({ kind: 'begin-journal', shareId })
  }

  endJournal(shareId: number): Promise<unknown> {
    this.#journaled.delete(shareId)
    return this.#carryOut({ kind: 'end-journal', shareId })
  }

  /** What each thread has noted of a share, and notes from nothing again. */
  async takeChanges(shareId: number): Promise<(ChangeList | undefined)[]> {
    return this.#carryOut({ kind: 'take-changes', shareId })
  }

  /** Has what has changed in shares so far told, and answers what was noted of it. */
  async tellChanges(shareIds: readonly number[]): Promise<NotedChanges[]> {
    const concerned = new Set(
      shareIds.map((id) => this.#shares.get(id)?.store).filter((store) => store !== undefined),
    )
    const told = [...concerned].map((store) => {
      const own = shareIds.filter((id) => this.#shares.get(id)?.store === store)
      return store.carryOut<NotedChanges>({ kind: 'tell-changes', shareIds: own })
    })
    return (await Promise.all(told)).flat()
  }

  /** Lets go of a share: it is served no more, or from elsewhere. */
  async drop(shareId: number): Promise<void> {
    const store = this.#shares.get(shareId)?.store
    this.#shares.delete(shareId)
    await store?.carryOut({ kind: 'close-share', shareId })
  }

  /** Ends all threads, with all on the disk. Answers the stores that have not answered within `timeoutMs`. */
  async close(timeoutMs: number): Promise<string[]> {
    const stores = [...this.#stores.values()]
    const ended = await Promise.all(stores.map((store) => store.close(timeoutMs)))
    return stores.filter((_store, index) => !ended[index]).map(({ name }) => name)
  }

  #of(shareId: number) {
    const share = this.#shares.get(shareId)
    if (share === undefined) throw new NfsError(Nfsstat3.JUKEBOX)
    return share
  }

  #storeOf({ store: given, directory }: ShareDefinition): SlowStore {
    const name = given ?? directory
    const known = this.#stores.get(name)
    if (known !== undefined) return known
    const { threadCount: threadCountMax, start, onWarning } = this.#options
    const store = new SlowStore({
      name,
      threadCountMax,
      start: (...at) => start(name, this.#orders(), ...at),
      onWarning,
    })
    this.#stores.set(name, store)
    return store
  }

  /** What a thread that begins now would have been ordered. */
  #orders(): SlowOrder[] {
    return [
      ...[...this.#watched].map((shareId) => ({ kind: 'watch', shareId }) as const),
      ...[...this.#journaled].map((shareId) => ({ kind: 'begin-journal', shareId }) as const),
    ]
  }

  /** By the threads of the store that a share lies in. */
  async #carryOut<Result>(order: SlowOrder & { readonly shareId: number }): Promise<Result[]> {
    const store = this.#shares.get(order.shareId)?.store
    return store === undefined ? [] : store.carryOut<Result>(order)
  }

  async #arrive(request: SlowRequest, client: RpcClient): Promise<Arrival> {
    this.#admit(request.share.id, client, 0)
    const reply = await this.#submit(request, client, false, undefined)
    if (reply?.kind !== 'arrived') throw bugOf(reply)
    const { arrival } = reply
    if (arrival.status !== Nfsstat3.OK) throw new NfsError(arrival.status)
    return { object: Buffer.from(arrival.object), attributes: arrival.attributes }
  }

  /** @throws NfsError JUKEBOX when more waits than may. */
  #admit(shareId: number, client: RpcClient, size: number): void {
    const isFull =
      this.#of(shareId).store.unansweredCount >= storeUnansweredMax ||
      this.#count(shareId) >= shareUnansweredMax ||
      this.#count(client) >= this.#options.connectionUnansweredMax ||
      this.#unansweredBytes + size > unansweredBytesMax
    if (isFull) throw new NfsError(Nfsstat3.JUKEBOX)
  }

  /** Undefined: the share has gone elsewhere while the request was held. */
  #submit(
    request: SlowRequest,
    client: RpcClient,
    isChange: boolean,
    held: Promise<void> | undefined,
  ): Promise<SlowReply | undefined> {
    const counted = [request.share.id, client]
    const size = request.kind === 'call' ? request.args.length : 0
    for (const key of counted) this.#unanswered.set(key, this.#count(key) + 1)
    this.#unansweredBytes += size
    return new Promise((resolve) => {
      const settle = (reply: SlowReply | undefined) => {
        for (const key of counted) this.#uncount(key)
        this.#unansweredBytes -= size
        resolve(reply)
      }
      const submit = () => {
        const now = this.#shares.get(request.share.id)
        if (now === undefined) settle(undefined)
        else now.store.submit({ request: { ...request, share: now.definition }, isChange, settle })
      }
      if (held === undefined) submit()
      else void held.then(submit)
    })
  }

  #count(key: number | RpcClient): number {
    return this.#unanswered.get(key) ?? 0
  }

  #uncount(key: number | RpcClient): void {
    const count = this.#count(key) - 1
    if (count === 0) this.#unanswered.delete(key)
    else this.#unanswered.set(key, count)
  }
}

function bugOf(reply: SlowReply | undefined): Error {
  if (reply?.kind !== 'bug') return new Error(`a slow thread has answered with ${reply?.kind ?? 'nothing'}`)
  const error = new Error(reply.message)
  error.stack = reply.stack
  return error
}

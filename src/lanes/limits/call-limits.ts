import type { HandleCodec } from '../../filesystem/index.ts'
import type { RpcClient, XdrReader } from 'nfs-server-ts'
import type { GrantTable } from '../../shared-memory/grant-table.ts'
import type { Rates } from '../../shared-memory/rate-table.ts'
import type { LimitCounts } from '../../telemetry/metrics.ts'
import { grantIn, handleIn, isGenuine } from '../handle-argument.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * The longest that a call waits for its time, in ms; who would have to wait longer is told to ask again, which Linux does
 * after as long. Far less than the minute after which it would believe that its call was lost.
 */
export const waitMsMax = 5000

export interface CallLimitsOptions {
  readonly rates: Rates
  readonly grants: GrantTable
  readonly codec: HandleCodec
  /** Most calls of one connection that wait. */
  readonly connectionCountMax: number
}

/** A call that is under a limit. */
export interface LimitedCall {
  readonly client: RpcClient
  /** 0: its share has no limit. */
  readonly shareId: number
  /** 0: its grant has no limit. */
  readonly grant: number
  /** What its waiting is counted for. */
  readonly counts: LimitCounts
}

/** The limits of shares and grants as one lane keeps them: see {@link withLimits}. */
export class CallLimits {
  readonly #rates: Rates
  readonly #grants: GrantTable
  readonly #codec: HandleCodec
  readonly #room: WaitingRoom
  readonly #counts = new Map<number, LimitCounts>()
  #areOver = false

  constructor({ rates, grants, codec, connectionCountMax }: CallLimitsOptions) {
    this.#rates = rates
    this.#grants = grants
    this.#codec = codec
    this.#room = new WaitingRoom(connectionCountMax)
  }

  /** Whether nobody has a limit: no call need be looked at. */
  get areNone(): boolean {
    return this.#rates.shares.isEmpty && this.#rates.grants.isEmpty
  }

  /** By number of the share, 0 for folders: of those that had calls which had to wait. */
  get counts(): ReadonlyMap<number, LimitCounts> {
    return this.#counts
  }

  /**
   * Under which limits a call is, by the handle with which its arguments begin; undefined: under none. One whose handle was
   * not made here, or is another client's, is under none: it fails all the same, and must not use up what others have.
   *
   * A grant is of one share, and so are the handles made under it: those of the share's snapshots and of its folder of
   * snapshots, too.
   */
  of(reader: XdrReader, client: RpcClient): LimitedCall | undefined {
    const grant = grantIn(reader)
    if (!this.#grants.isLimited(grant)) return undefined
    const shareId = this.#grants.shareOf(grant)
    const { shares, grants } = this.#rates
    const isOfShare = shares.has(shareId)
    const isOfGrant = grants.has(grant)
    if (!isOfShare && !isOfGrant) return undefined
    const handle = handleIn(reader)
    if (this.#areOver || handle === undefined || !isGenuine(handle, this.#codec)) return undefined
    if (this.#grants.read(grant)?.address !== client.address) return undefined
    return {
      client,
      shareId: isOfShare ? shareId : 0,
      grant: isOfGrant ? grant : 0,
      counts: this.#countsOf(shareId),
    }
  }

  /**
   * Books a call that transfers `bytes`, in arguments of `size`. Undefined: it may go on; else what it has to wait for, or
   * `put-off`: for too long, or too many wait.
   */
  book(call: LimitedCall, bytes: number, size: number): Promise<void> | 'put-off' | undefined {
    const waitMs = this.#bookBoth(call, bytes)
    if (waitMs === 0) return undefined
    const due = waitMs === undefined ? undefined : this.#room.wait({ ...call, size }, waitMs)
    const { counts } = call
    if (due === undefined) {
      if (waitMs !== undefined) this.#giveBack(call, bytes)
      counts.putOff++
      return 'put-off'
    }
    counts.delayed++
    counts.waitedSeconds += waitMs! / 1000
    return due
  }

  /** A share is served no more. */
  forget(shareId: number): void {
    this.#counts.delete(shareId)
  }

  /** From now on nobody waits: the gateway ends. */
  end(): void {
    this.#areOver = true
    this.#room.clear()
  }

  /** Milliseconds that a call has to wait; undefined: it would be too long, and nothing is booked. */
  #bookBoth({ shareId, grant }: LimitedCall, bytes: number): number | undefined {
    const { shares, grants } = this.#rates
    const shareWait = shareId === 0 ? 0 : shares.book(shareId, bytes, waitMsMax)
    if (shareWait === undefined || grant === 0) return shareWait
    const grantWait = grants.book(grant, bytes, waitMsMax)
    if (grantWait !== undefined) return Math.max(shareWait, grantWait)
    if (shareId !== 0) shares.giveBack(shareId, bytes)
    return undefined
  }

  #giveBack({ shareId, grant }: LimitedCall, bytes: number): void {
    if (shareId !== 0) this.#rates.shares.giveBack(shareId, bytes)
    if (grant !== 0) this.#rates.grants.giveBack(grant, bytes)
  }

  #countsOf(shareId: number): LimitCounts {
    let counts = this.#counts.get(shareId)
    if (counts === undefined) {
      counts = { delayed: 0, putOff: 0, waitedSeconds: 0 }
      this.#counts.set(shareId, counts)
    }
    return counts
  }
}

import { Nfsstat3, NfsError, type Fattr3, type RpcClient, type WccAttr } from 'nfs-server-ts'
import { handleBytes, native, StatField } from '../native/index.ts'
import { Right, type GrantTable } from '../shared-memory/grant-table.ts'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import { ShareFlag } from '../shared-memory/share-table.ts'
import { fattr3, statField, wccAttr } from './attributes.ts'
import { grantOfHandle, shareOfHandle, type HandleCodec } from './handle.ts'
import { sidecarName, snapshotsName } from './names.ts'
import { allBits, kindOfMode, type ServedShare } from './served-share.ts'

/** A share as one grant opens it: the handles made under the grant, and what the grant is known to allow. */
export class GrantedShare {
  readonly served: ServedShare
  /** Number of the grant. */
  readonly grant: number
  /** The first bytes of all handles made under the grant. */
  readonly header: Buffer
  /** Whom its callers become. The same object for as long as it holds, so that it can be compared by identity. */
  rule: IdentityRule
  readonly #codec: HandleCodec
  readonly #grants: GrantTable
  #rights: number
  #address: string
  /** What the grant table said when this was read; while it says so, all here holds. */
  #stamp: number
  /** The client that asked last, when it may: most calls are of the same one as the call before. */
  #admitted: RpcClient | undefined
  #usedAt = 0

  /** @throws NfsError ACCES unless the grant lives and is for the share. */
  constructor(served: ServedShare, grant: number, grants: GrantTable, codec: HandleCodec) {
    const entry = livingGrant(grants, grant, served.grantedAs)
    this.served = served
    this.grant = grant
    this.header = codec.header(served.locator.version, served.share.id, grant)
    this.#codec = codec
    this.#grants = grants
    this.rule = entry.rule
    this.#rights = entry.rights
    this.#address = entry.address
    this.#stamp = entry.stamp
  }

  /** Whether nothing may be changed: the share is read-only or a snapshot, or the grant is for reading. */
  get isReadOnly(): boolean {
    const { state, isSnapshot } = this.served
    return isSnapshot || (this.#rights & Right.WRITE) === 0 || (state.flags & ShareFlag.READ_ONLY) !== 0
  }

  /** @throws NfsError ACCES when the grant has ended, or is another client's. */
  check(client: RpcClient): void {
    if (this.#grants.stamp(this.grant) !== this.#stamp) this.#readAgain()
    if (client === this.#admitted) return
    if (client.address !== this.#address) throw new NfsError(Nfsstat3.ACCES)
    this.#admitted = client
  }

  /**
   * Number of the filesystem that its clients see. A backup sees a share as the same one every day, whichever snapshot it
   * is read from.
   */
  get fsid(): number {
    const { grantedAs, isSidecar, share } = this.served
    return this.#isBackup && !isSidecar ? grantedAs : share.id
  }

  /** The name that its root lists beside its own. */
  get nameAtRoot(): Buffer | undefined {
    const { isSnapshot, state } = this.served
    if (this.sidecar !== undefined) return sidecarName
    return !isSnapshot && state.flags & ShareFlag.LISTS_SNAPSHOTS ? snapshotsName : undefined
  }

  /** Number of the directory with what is known about it, which backups see. */
  get sidecar(): number | undefined {
    return this.#isBackup ? this.served.share.definition.snapshotOf?.sidecar : undefined
  }

  get #isBackup(): boolean {
    return (this.#rights & Right.BACKUP) !== 0
  }

  /**
   * fattr3 of the object in stat slot `slot`. In a snapshot the slot itself may become the live file's: to be asked when
   * the slot is not looked at any more.
   */
  attributes(slot: number): Fattr3 {
    const { inodeHighMask, inodeMap, moved } = this.served
    // An object that the map does not have was put there by somebody else: its own number does.
    if (inodeMap >= 0) native.inodeMapTranslate(inodeMap, slot)
    const attributes = fattr3(this.fsid, undefined, slot)
    if (inodeHighMask !== allBits) attributes.fileidHigh = (attributes.fileidHigh & inodeHighMask) >>> 0
    return moved === undefined ? attributes : moved.tell(slot, attributes)
  }

  /** wcc_attr of the object in stat slot `slot`. */
  before(slot: number): WccAttr {
    const { moved } = this.served
    const before = wccAttr(slot)
    return moved === undefined ? before : moved.tellBefore(slot, before)
  }

  /** @throws NfsError ACCES in a snapshot of a share that shows them to backups alone. */
  checkSnapshot(): void {
    const isClosed = (this.served.state.flags & ShareFlag.CLOSES_SNAPSHOTS) !== 0
    if (isClosed && (this.#rights & (Right.BACKUP | Right.SNAPSHOTS)) === 0)
      throw new NfsError(Nfsstat3.ACCES)
  }

  /** Tells the control plane that the grant is in use; `seconds` since 1970, which need not be exact. */
  use(seconds: number): void {
    if (seconds === this.#usedAt) return
    this.#usedAt = seconds
    this.#grants.use(this.grant, seconds)
  }

  /**
   * Makes the wire handle of the object that `locator.identify` answered `packed` for and stat slot `slot` describes,
   * in the codec's buffer, and answers its size.
   */
  encodeHandle(packed: number, slot: number): number {
    const kind = kindOfMode(statField(slot, StatField.MODE))
    return this.#codec.encode(this.header, kind, packed >> 8, handleBytes, packed & 0xff)
  }

  #readAgain(): void {
    const { rule, rights, address, stamp } = livingGrant(this.#grants, this.grant, this.served.grantedAs)
    this.rule = rule
    this.#rights = rights
    this.#address = address
    this.#admitted = undefined
    this.#stamp = stamp
  }
}

function livingGrant(grants: GrantTable, grant: number, shareId: number) {
  const entry = grants.read(grant)
  if (entry?.shareId !== shareId) throw new NfsError(Nfsstat3.ACCES)
  return entry
}

/** A share that is open, and what is granted of it. */
interface OpenShare {
  readonly served: ServedShare
  /** By number of the grant, as seen in handles since it was opened. */
  readonly granted: Map<number, GrantedShare>
}

/** The open shares and snapshots, and the grants seen in their handles. */
export class GrantedShares {
  readonly #codec: HandleCodec
  readonly #grants: GrantTable
  readonly #open = new Map<number, OpenShare>()
  readonly #notOpen: (shareId: number) => NfsError

  /** `notOpen`: what to say of a share that is not open. */
  constructor(grants: GrantTable, codec: HandleCodec, notOpen: (shareId: number) => NfsError) {
    this.#grants = grants
    this.#codec = codec
    this.#notOpen = notOpen
  }

  *served(): Generator<ServedShare> {
    for (const { served } of this.#open.values()) yield served
  }

  get(shareId: number): ServedShare | undefined {
    return this.#open.get(shareId)?.served
  }

  add(served: ServedShare): void {
    this.#open.set(served.share.id, { served, granted: new Map() })
  }

  /** Forgets a share and everything granted of it. */
  delete(shareId: number): void {
    this.#open.delete(shareId)
  }

  /** What a verified handle was made under; @throws NfsError ACCES without a grant, or as `notOpen` says. */
  of(handle: Buffer): GrantedShare {
    return this.granted(shareOfHandle(handle), grantOfHandle(handle))
  }

  granted(shareId: number, grant: number): GrantedShare {
    const open = this.#open.get(shareId)
    if (open === undefined) throw this.#notOpen(shareId)
    const known = open.granted.get(grant)
    if (known !== undefined) return known
    const granted = new GrantedShare(open.served, grant, this.#grants, this.#codec)
    open.granted.set(grant, granted)
    return granted
  }

  /** Forgets grants that have ended: others may have their places by now. */
  sweep(): void {
    for (const { granted } of this.#open.values())
      for (const grant of granted.keys()) if (this.#grants.read(grant) === undefined) granted.delete(grant)
  }
}

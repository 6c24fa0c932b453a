import {
  createNfs3Program,
  NfsError,
  Nfsstat3,
  XdrError,
  XdrReader,
  XdrWriter,
  type DeferredReply,
  type RpcProcedure,
} from 'nfs-server-ts'
import { FatalIdentityError, LinuxBackend, type ShareDefinition } from '../../filesystem/index.ts'
import { GrantTable } from '../../shared-memory/grant-table.ts'
import { ObjectLocks } from '../../shared-memory/object-locks.ts'
import { ShareTable } from '../../shared-memory/share-table.ts'
import type { LogEvent } from '../../telemetry/log.ts'
import type { ControlPlane } from '../control-plane.ts'
import { describeError } from '../describe-error.ts'
import { FolderBackend } from '../folder-backend.ts'
import { FolderHandles } from '../folder-handle.ts'
import { GatewayBackend } from '../gateway-backend.ts'
import { Holds } from '../holds.ts'
import { filesystemLanes } from '../lane-memory.ts'
import type {
  NotedChanges,
  SlowArrival,
  SlowOrder,
  SlowReply,
  SlowRequest,
  SlowThreadAnswer,
  SlowThreadSetup,
} from './messages.ts'

/** Inodes whose numbers a slow thread remembers. */
const inodeCountMax = 16_384
/** Replies up to this size are copied out of the buffer that all are written into; it goes with a larger one. */
const copiedSizeMax = 16 * 1024
const replySizeUsual = 64 * 1024

export interface SlowServerObserver {
  /** `moved`: memory that goes with it. */
  readonly tell: (answer: SlowThreadAnswer, moved?: readonly ArrayBuffer[]) => void
  readonly onLog: (event: LogEvent) => void
  /** The thread may act for the wrong user: it must end before it takes another call. */
  readonly onUnsafe: () => never
}

/** The files of one remote store, served in this thread as a lane serves those of others, but without sockets. */
export class SlowServer {
  readonly #setup: SlowThreadSetup
  readonly #observer: SlowServerObserver
  readonly #files: LinuxBackend
  readonly #procedures: readonly (RpcProcedure | undefined)[]
  readonly #opened = new Set<number>()
  #writer = newWriter()

  constructor(setup: SlowThreadSetup, plane: ControlPlane, observer: SlowServerObserver) {
    const { tell, onLog } = observer
    this.#setup = setup
    this.#observer = observer
    const grants = new GrantTable(setup.grants)
    const onAdded = (shareId: number, bytes: number, files: number) =>
      tell({ kind: 'added', shareId, bytes, files })
    this.#files = LinuxBackend.open({
      grants,
      shareTable: new ShareTable(setup.shareTable, setup.laneCount, onAdded),
      lane: 0,
      lanes: filesystemLanes(setup.memory),
      handleKey: Buffer.from(setup.handleKey),
      stateDirectory: setup.stateDirectory,
      openFileCountMax: setup.openFileCountMax,
      inodeCountMax,
      // The lane hands over what is to be opened with each call.
      onClosedShare: () => undefined,
      audit: { append: (event) => tell({ kind: 'audit', event }) },
      onChanges: (entries) => tell({ kind: 'changes', entries }),
      onWarning: (message, error) =>
        onLog({
          level: 'warn',
          message: `store ${setup.store}: ${message}`,
          fields: error === undefined ? {} : { err: describeError(error) },
        }),
    })
    for (const order of setup.orders) void this.carryOut(order)
    const folders = new FolderBackend({
      plane,
      grants,
      handles: new FolderHandles(Buffer.from(setup.handleKey)),
      arrive: (_caller, { share, grant }) => this.#root(share, grant),
    })
    const isElsewhere = (id: number) => !this.#opened.has(id)
    const { locks, countMax, number } = setup.place
    const backend = new GatewayBackend({
      ...{ files: this.#files, folders, holds: noHolds, isElsewhere },
      locks: new ObjectLocks(locks, countMax, number),
    })
    const sizeMax = setup.transferSizeMax
    const program = createNfs3Program(backend, { rtmax: sizeMax, wtmax: sizeMax, dtmax: sizeMax })
    this.#procedures = program.versions[0]!.procedures
  }

  /** Answers a request, and says when it can take another. */
  serve(id: number, request: SlowRequest): void {
    const reply = this.#begin(request)
    if (reply instanceof Promise)
      void reply.then(
        (late) => this.#reply(id, late),
        (error: unknown) => this.#reply(id, this.#bug(error)),
      )
    else this.#reply(id, reply)
    this.#observer.tell({ kind: 'free' })
  }

  #begin(request: SlowRequest): SlowReply | Promise<SlowReply> {
    try {
      this.#open(request.share)
      return request.kind === 'call' ? this.#call(request) : this.#arrive(request)
    } catch (error) {
      return this.#failure(error)
    }
  }

  /** Answers what the order is answered with: see {@link SlowOrder}. */
  async carryOut(order: SlowOrder): Promise<unknown> {
    const files = this.#files
    switch (order.kind) {
      case 'watch': {
        files.watch(order.shareId)
        return
      }
      case 'unwatch': {
        files.unwatch(order.shareId)
        return
      }
      case 'take-changes':
        return files.takeChanges(order.shareId)
      case 'begin-journal': {
        files.beginJournal(order.shareId)
        return
      }
      case 'end-journal': {
        files.endJournal(order.shareId)
        return
      }
      case 'sync': {
        const results = await Promise.all(order.shareIds.map((id) => files.sync(id)))
        return results.find((result) => result < 0) ?? 0
      }
      case 'tell-changes': {
        files.tellChanges(order.shareIds)
        const noted: NotedChanges = new Map(order.shareIds.map((id) => [id, files.changesOf(id)]))
        return noted
      }
      case 'close-share': {
        this.#opened.delete(order.shareId)
        return files.closeShare(order.shareId)
      }
    }
  }

  /** Brings everything to the disk. */
  close(): Promise<void> {
    return this.#files.close()
  }

  /** @throws NfsError when it cannot be served. */
  #open(share: ShareDefinition): void {
    if (this.#opened.has(share.id)) return
    try {
      const restriction = this.#files.openShare(share)
      this.#opened.add(share.id)
      this.#observer.tell({
        kind: 'opened',
        shareId: share.id,
        isIndexed: restriction !== undefined || share.handles === 'index',
      })
    } catch (error) {
      const { message } = error as Error
      this.#observer.onLog({ level: 'error', message, fields: {} })
      // Its calls find it closed, and are put off.
    }
  }

  #call({ caller, procedure, args }: SlowRequest & { kind: 'call' }): SlowReply | Promise<SlowReply> {
    const found = this.#procedures[procedure]
    if (found === undefined) throw new Error(`there is no procedure ${procedure}`)
    const reader = new XdrReader(Buffer.from(args.buffer, args.byteOffset, args.length))
    this.#writer.offset = 0
    const late = found.run(reader, { xid: 0, ...caller }, this.#writer)
    return late instanceof Promise ? late.then((write) => this.#write(write)) : this.#take()
  }

  async #write(write: DeferredReply): Promise<SlowReply> {
    this.#writer.offset = 0
    try {
      const later = write(this.#writer)
      // Taken in the same turn: the next one may write as soon as this one waits.
      return later instanceof Promise ? await this.#write(await later) : this.#take()
    } catch (error) {
      return this.#failure(error)
    }
  }

  /** What was written last, as memory that can be sent away. */
  #take(): SlowReply {
    const { buffer, offset } = this.#writer
    if (offset <= copiedSizeMax) return { kind: 'reply', bytes: Uint8Array.from(buffer.subarray(0, offset)) }
    this.#writer = newWriter()
    return { kind: 'reply', bytes: new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, offset) }
  }

  async #arrive(request: SlowRequest & { kind: 'root' | 'enter' }): Promise<SlowReply> {
    return { kind: 'arrived', arrival: await this.#arrival(request) }
  }

  async #arrival(request: SlowRequest & { kind: 'root' | 'enter' }): Promise<SlowArrival> {
    try {
      if (request.kind === 'root') return { status: Nfsstat3.OK, ...this.#root(request.share, request.grant) }
      const what = { dir: Buffer.from(request.dir), name: Buffer.from(request.name) }
      const found = await this.#files.lookup(request.caller, what)
      if (found.status !== Nfsstat3.OK) return { status: found.status }
      return { status: found.status, object: Buffer.from(found.object), attributes: found.attributes }
    } catch (error) {
      if (error instanceof NfsError) return { status: error.status }
      throw error
    }
  }

  #root(share: ShareDefinition, grant: number) {
    if ((share.store ?? share.directory) !== this.#setup.store) throw new NfsError(Nfsstat3.XDEV)
    this.#open(share)
    if (!this.#files.hasShare(share.id)) throw new NfsError(Nfsstat3.IO)
    return this.#files.root(share.id, grant)
  }

  #reply(id: number, reply: SlowReply): void {
    const moved = reply.kind === 'reply' ? [reply.bytes.buffer] : []
    this.#observer.tell({ kind: 'replied', id, reply }, moved)
  }

  #failure(error: unknown): SlowReply {
    return error instanceof XdrError ? { kind: 'garbage', message: error.message } : this.#bug(error)
  }

  #bug(error: unknown): SlowReply {
    if (error instanceof FatalIdentityError) this.#observer.onUnsafe()
    const { message, stack } = describeError(error)
    return { kind: 'bug', message, stack }
  }
}

/** What is held waits in the lane. */
const noHolds = new Holds({
  sync: () => Promise.resolve(0),
  syncHeld: () => Promise.resolve(0),
  settle: () => Promise.resolve(0),
  tellChanges: () => Promise.resolve(new Map()),
})

/** Memory of its own, which can be sent away. */
function newWriter(): XdrWriter {
  return new XdrWriter(Buffer.allocUnsafeSlow(replySizeUsual))
}

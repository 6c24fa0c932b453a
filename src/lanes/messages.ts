import type { Mountstat3, Nfsstat3, Nfsstat3Failure } from 'nfs-server-ts'
import type { LimitsConfig, NetworkConfig } from '../config/config.ts'
import type { ChangeList, ShareDefinition } from '../filesystem/index.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneMemory } from './lane-memory.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'

/** Everything a lane needs to serve; given to its thread at birth. */
export interface LaneSetup {
  /** Counted from 0. */
  readonly lane: number
  readonly laneCount: number
  readonly listen: string
  readonly network: NetworkConfig
  /** 0 for any free port; for all but lane 0, that of lane 0. */
  readonly port: number
  /** 16 bytes. */
  readonly handleKey: Uint8Array
  readonly stateDirectory: string
  readonly limits: LimitsConfig
  /** Of the grant table and the share table. */
  readonly grants: SharedArrayBuffer
  readonly shareTable: SharedArrayBuffer
  /** Of the tables of limits: of shares and of grants. */
  readonly rates: { readonly shares: SharedArrayBuffer; readonly grants: SharedArrayBuffer }
  readonly memory: LaneMemory
  /** The ring in which file operations go to the audit. */
  readonly audit: SharedArrayBuffer
  /** Shares of which a journal is kept: what changes in them is told. */
  readonly journaled: readonly number[]
  /** Shares to open before the first client comes. */
  readonly shares: readonly (ShareDefinition & {
    /** Whether the lane must not start without it. */
    readonly required: boolean
  })[]
}

export interface LaneReady {
  /** The port it listens on: TCP, and lane 0 UDP too. */
  readonly port: number
  /** What the filesystem may not do here, one sentence each. */
  readonly restrictions: readonly string[]
}

/** Who asks, as far as it can be told. */
export interface Peer {
  readonly address: string
  readonly transport: 'tcp' | 'udp'
  /** The name the client gives itself in AUTH_SYS; empty without. */
  readonly machineName: string
}

/** What a lane does not know itself. Paths and names are bytes. */
export type Question =
  | { readonly kind: 'mount'; readonly peer: Peer; readonly path: Uint8Array }
  /** Without a path: all of the client's mounts. */
  | { readonly kind: 'unmount'; readonly peer: Peer; readonly path?: Uint8Array }
  | { readonly kind: 'exports'; readonly peer: Peer }
  | { readonly kind: 'dump'; readonly peer: Peer }
  /** A handle of this share has come, and it is not open here. */
  | { readonly kind: 'share'; readonly id: number }
  | {
      readonly kind: 'folder'
      readonly peer: Peer
      readonly grant: number
      readonly tree: FolderTree
      readonly folder: number
    }
  /** A name in a folder is gone into. */
  | {
      readonly kind: 'enter'
      readonly peer: Peer
      readonly grant: number
      readonly tree: FolderTree
      readonly folder: number
      readonly name: Uint8Array
    }

/** A place that a client may go to under a grant. */
export type Place =
  | { readonly kind: 'share'; readonly share: ShareDefinition; readonly grant: number }
  | { readonly kind: 'folder'; readonly folder: FolderView; readonly grant: number }

/**
 * What folders are of: the namespace, the backup view of it, or `.snapshot` at the root of a share, which has the share's
 * number.
 */
export type FolderTree = 'namespace' | 'snapshots' | 'backup'

/** A folder as one grant shows it. */
export interface FolderView {
  readonly tree: FolderTree
  /** Number of the folder in its tree; of the namespace's root: 0. */
  readonly id: number
  readonly parentId: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** What the grant may see, by number. */
  readonly entries: readonly {
    readonly id: number
    readonly name: string
    readonly kind: 'folder' | 'link'
    /** What is found behind the name now, as a number: with another one, clients must look again. */
    readonly behind?: number
  }[]
}

export interface Answers {
  mount:
    | { readonly status: Exclude<Mountstat3, typeof Mountstat3.OK> }
    | {
        readonly status: typeof Mountstat3.OK
        readonly place: Place
        /** Names below the share's root. */
        readonly below: readonly Uint8Array[]
      }
  unmount: undefined
  exports: readonly { readonly path: string; readonly groups: readonly string[] }[]
  dump: readonly { readonly hostname: string; readonly directory: string }[]
  share: ShareDefinition | undefined
  folder:
    | { readonly status: Nfsstat3Failure }
    | { readonly status: typeof Nfsstat3.OK; readonly folder: FolderView }
  enter:
    | { readonly status: Nfsstat3Failure; readonly folder?: FolderView }
    | { readonly status: typeof Nfsstat3.OK; readonly folder: FolderView; readonly place: Place }
}

/** The answer to one kind of question. */
export type AnswerTo<Asked extends Question> = Answers[Asked['kind']]

/** What a lane is to do, and to say when it is done. */
export type Order =
  /** Note what changes in a share from now on. */
  | { readonly kind: 'watch'; readonly shareId: number }
  | { readonly kind: 'unwatch'; readonly shareId: number }
  /** Say what has changed, and note from nothing again. */
  | { readonly kind: 'take-changes'; readonly shareId: number }
  /** Tell what changes in a share from now on. */
  | { readonly kind: 'begin-journal'; readonly shareId: number }
  | { readonly kind: 'end-journal'; readonly shareId: number }
  /** Bring to the disk what was written to shares. */
  | { readonly kind: 'sync'; readonly shareIds: readonly number[] }
  /** Let the changing calls of shares wait, and bring to the disk what was written. */
  | { readonly kind: 'hold'; readonly shareIds: readonly number[] }
  /** Bring to the disk what was written before they had to wait, where that was put off. */
  | { readonly kind: 'settle'; readonly shareIds: readonly number[] }
  /** Let calls that wait do so until they are released, however long. */
  | { readonly kind: 'seal'; readonly shareIds: readonly number[] }
  /** Serve a share whose calls wait from where it was moved to. */
  | { readonly kind: 'move'; readonly share: ShareDefinition }
  /** Let them go on. */
  | { readonly kind: 'release'; readonly shareIds: readonly number[] }

export interface OrderResults {
  watch: undefined
  unwatch: undefined
  /** Undefined: more than is noted. */
  'take-changes': ChangeList | undefined
  'begin-journal': undefined
  'end-journal': undefined
  /** What the disk said, when it refused. */
  sync: string | undefined
  hold: {
    /** What the disk said, when it refused. */
    readonly failure: string | undefined
    /** By share: what has changed since it is watched; undefined: more than is noted. */
    readonly changed: ReadonlyMap<number, ChangeList | undefined>
  }
  /** What the disk said, when it refused. */
  settle: string | undefined
  /** Whether none of them had gone on by itself; else nothing is sealed. */
  seal: boolean
  /** Why it cannot be served there. */
  move: string | undefined
  /** Whether none of them had gone on by itself. */
  release: boolean
}

export type ResultOf<Given extends Order> = OrderResults[Given['kind']]

/** Clients with connections. */
export interface ConnectedClient {
  readonly address: string
  readonly connections: number
}

/** From the control plane to a lane. */
export type LaneRequest =
  | { readonly kind: 'statistics' }
  /** Answer the calls in flight, for `timeoutMs` at most; write everything to the disk; end. */
  | { readonly kind: 'drain'; readonly timeoutMs: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'close-share'; readonly shareId: number }
  | { readonly kind: 'order'; readonly id: number; readonly order: Order }
  | { readonly kind: 'clients' }
  /** Close the connections of a client. */
  | { readonly kind: 'disconnect'; readonly address: string }

/** From a lane to the control plane. The first that is not `log` is `ready` or `failed`. */
export type LaneAnswer =
  | { readonly kind: 'ready'; readonly ready: LaneReady }
  /** It cannot start, for a reason an operator can mend; it ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'statistics'; readonly statistics: LaneStatistics }
  | { readonly kind: 'log'; readonly event: LogEvent }
  /** It serves no more. `isSilent`: threads of it wait for a store that does not answer, and nobody should wait for them. */
  | { readonly kind: 'drained'; readonly isSilent: boolean }
  /** Entries of filesystem/journal-entries.ts. What was told before the answer to `hold` was before the hold. */
  | { readonly kind: 'changes'; readonly entries: Uint8Array }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'clients'; readonly clients: readonly ConnectedClient[] }

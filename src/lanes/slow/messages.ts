import type { Credentials, Fattr3, Nfsstat3Failure, RpcClient } from 'nfs-server-ts'
import type { FileEvent } from '../../audit/event.ts'
import type { ChangeList, ShareDefinition } from '../../filesystem/index.ts'
import type { LogEvent } from '../../telemetry/log.ts'
import type { FilesystemMemory } from '../lane-memory.ts'
import type { Order, Question } from '../messages.ts'

/** Everything a slow thread needs; given to it at birth. */
export interface SlowThreadSetup {
  /** Name of the store, for messages. */
  readonly store: string
  readonly laneCount: number
  /** 16 bytes. */
  readonly handleKey: Uint8Array
  readonly stateDirectory: string
  readonly openFileCountMax: number
  readonly transferSizeMax: number
  readonly grants: SharedArrayBuffer
  readonly shareTable: SharedArrayBuffer
  /** What threads of remote stores share, of whichever lane. */
  readonly memory: FilesystemMemory
  /** Of the threads of this store in this lane: which it is, counted from 0, of how many at most, and what they change. */
  readonly place: { readonly number: number; readonly countMax: number; readonly locks: SharedArrayBuffer }
  /** What it would have been ordered had it been there before. */
  readonly orders: readonly SlowOrder[]
}

/** Who asks. */
export interface SlowCaller {
  readonly client: RpcClient
  readonly credentials: Credentials
}

/** What a slow thread does for a lane. `share` is opened first, unless it is open. */
export type SlowRequest =
  /** A call of the NFS program: its arguments as they came. Answered by `reply`, `garbage` or `bug`. */
  | {
      readonly kind: 'call'
      readonly share: ShareDefinition
      readonly caller: SlowCaller
      readonly procedure: number
      readonly args: Uint8Array<ArrayBuffer>
    }
  /** The root of the share under a grant. Answered by `arrived`. */
  | { readonly kind: 'root'; readonly share: ShareDefinition; readonly grant: number }
  /** A name in a directory of the share. Answered by `arrived`. */
  | {
      readonly kind: 'enter'
      readonly share: ShareDefinition
      readonly caller: SlowCaller
      readonly dir: Uint8Array
      readonly name: Uint8Array
    }

/** Where a client gets to, or why not. */
export type SlowArrival =
  | { readonly status: 0; readonly object: Uint8Array; readonly attributes: Fattr3 | undefined }
  | { readonly status: Nfsstat3Failure }

/** From a lane to a slow thread of its own. */
export type SlowThreadMessage =
  | { readonly kind: 'request'; readonly id: number; readonly request: SlowRequest }
  | { readonly kind: 'order'; readonly id: number; readonly order: SlowOrder }
  /** To a question. */
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  /** End, with all on the disk. */
  | { readonly kind: 'end' }

/** Calls are held in the lane. */
export type SlowOrder =
  | Exclude<Order, { readonly kind: 'hold' | 'settle' | 'seal' | 'release' | 'move' }>
  | { readonly kind: 'close-share'; readonly shareId: number }
  /** Tell what has changed in shares so far, and what was noted of it: answered as {@link NotedChanges}. */
  | { readonly kind: 'tell-changes'; readonly shareIds: readonly number[] }

/** By share: what has changed since it is watched; undefined: more than is noted, or it is not watched. */
export type NotedChanges = ReadonlyMap<number, ChangeList | undefined>

/** The answer to a request. */
export type SlowReply =
  | { readonly kind: 'reply'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The arguments were none. */
  | { readonly kind: 'garbage'; readonly message: string }
  | { readonly kind: 'arrived'; readonly arrival: SlowArrival }
  /** An error of ours. */
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }

/** From a slow thread to its lane. */
export type SlowThreadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'replied'; readonly id: number; readonly reply: SlowReply }
  /** It takes the next request; the answer to the last one may still be to come. */
  | { readonly kind: 'free' }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  /** A share was opened. `isIndexed`: only this thread can open its files. */
  | { readonly kind: 'opened'; readonly shareId: number; readonly isIndexed: boolean }
  /** What its calls have taken and given back. */
  | { readonly kind: 'added'; readonly shareId: number; readonly bytes: number; readonly files: number }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'log'; readonly event: LogEvent }
  | { readonly kind: 'changes'; readonly entries: Uint8Array }
  | { readonly kind: 'audit'; readonly event: FileEvent }

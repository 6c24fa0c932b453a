import { Nfs3ProcedureNumber, type Nfsstat3 } from 'nfs-server-ts'

/** What was done to a file. The numbers are those of the NFS procedures (RFC 1813 §3.3); those above are ours. */
export const FileOperation = {
  ...Nfs3ProcedureNumber,
  /** NFS version 3 has no open: the first call of a grant that reads or writes a file stands for it. */
  OPEN: 32,
  OPEN_WRITE: 33,
} as const
export type FileOperation = (typeof FileOperation)[keyof typeof FileOperation]

/** A file operation, as a lane tells it. Bytes are copied before `append` returns: the same object may serve again. */
export interface FileEvent {
  /** Milliseconds since 1970. */
  at: number
  operation: FileOperation
  status: Nfsstat3
  grant: number
  shareId: number
  /** The caller, after the identity rule. */
  uid: number
  gid: number
  /** Path of the directory below the share's root: no slash at either end, empty for the root. */
  directory: Uint8Array
  /** Empty: the directory itself. */
  name: Uint8Array
  /** Where RENAME and LINK lead. */
  toDirectory?: Uint8Array
  toName?: Uint8Array
}

export const controlKinds = ['mount', 'refusal', 'admin', 'grant', 'system'] as const
export type ControlKind = (typeof controlKinds)[number]

/** What an audit line can be about. `dropped`: events that were lost since the one who told them was too fast. */
export type AuditKind = ControlKind | 'file' | 'dropped'

/** Something that the control plane did or refused. */
export interface ControlEvent {
  /** Milliseconds since 1970; now, unless given. */
  readonly at?: number
  readonly kind: ControlKind
  /** `app:NAME`, `admin:NAME`, …; empty when nobody is known. */
  readonly subject: string
  /** Where the request came from; empty for the gateway itself. */
  readonly address: string
  readonly grant?: number
  readonly shareId?: number
  /** A verb in capitals: MOUNT, CREATE_SHARE, REVOKE_TOKEN. */
  readonly operation: string
  /** Logical path, or what else the operation was about. */
  readonly path: string
  /** `OK`, or why not. */
  readonly result: string
  /** What else there is to say, as JSON. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** One line of the audit and what can be asked of it. */
export interface AuditLine {
  readonly at: number
  readonly kind: AuditKind
  readonly subject: string
  readonly address: string
  readonly grant: number | null
  readonly shareId: number | null
  readonly operation: string
  /** Logical path, of a file operation too. */
  readonly path: string
  readonly result: string
  /** JSON, without a newline. */
  readonly line: string
}

/** A line with its number: how many lines were sealed before it, ever, plus one. */
export interface NumberedLine extends AuditLine {
  readonly sequence: number
}
